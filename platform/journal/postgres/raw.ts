/** A PostgreSQL store as copying sees it: whole rows, with the end of the log locked, so that no node appends. */
import type pg from 'pg';
import type { RawSource, RawTarget, StoreState } from '../copy/raw-store.ts';
import { unfinished } from '../copy/raw-store.ts';
import { JournalError } from '../errors.ts';
import type { StoredEvent } from '../log-check.ts';
import { refuseMoved } from './commit.ts';
import { Connection } from './connection.ts';
import { blobKeysOf, checkSchema, migrate } from './open.ts';
import type { StoredEventRow } from '../rows.ts';
import type { EventJson, HeadRow } from './rows.ts';
import { toParameters } from './rows.ts';
import { toStoredEvent } from '../rows.ts';
import { placeOf, serversOf } from './servers.ts';
import * as sql from './sql.ts';
import { verifyStore } from './verify.ts';

type Place = { readonly url: string; readonly schema: string };

/** Opens the journal in a schema to be copied. Nodes that run wait, and are refused once it is retired. */
export async function openPostgresSource(place: Place): Promise<RawSource> {
  checkSchema(place.schema);
  const options = { ...place, servers: serversOf(place.url) };
  const stack = new AsyncDisposableStack();
  const [lock, reader] = [stack.use(new Connection(options)), stack.use(new Connection(options))];
  try {
    const organisation = await lock.use(async (client) => {
      if (!(await hasJournal(client))) {
        throw new JournalError(
          'format',
          `there is no journal in schema \`${place.schema}\` at ${placeOf(place.url)}; check its name`,
        );
      }
      await client.query(sql.unboundTransactions);
      await client.query(sql.begin);
      const { rows } = await client.query<{ moved_to: string | null }>(sql.lockLog);
      refuseMoved(rows[0]?.moved_to ?? null);
      return organisationOf(client);
    });
    return {
      organisation,
      ...reading(reader, options, organisation),
      retire: (to) =>
        lock.use(async (client) => {
          await client.query(sql.setMoved, [to]);
          await client.query(sql.commit);
        }),
      // The end of its connection ends the transaction, and lets the nodes go on if it was not retired.
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Makes a new store in a schema. One that was moved on from, or not ended, is renamed; a journal in use is refused. */
export async function openPostgresTarget(place: Place, organisation: string): Promise<RawTarget> {
  checkSchema(place.schema);
  const options = { ...place, organisation, servers: serversOf(place.url) };
  const connection = new Connection(options);
  await connection.use((client) =>
    inTransaction(client, async () => {
      await client.query(sql.lockSchema, [place.schema]);
      await setAside(client, place);
      await client.query(`CREATE SCHEMA IF NOT EXISTS ${client.escapeIdentifier(place.schema)}`);
      await migrate(client, options);
      await client.query(sql.setMoved, [unfinished]);
    }),
  );
  return {
    write: (events) => connection.use((client) => inTransaction(client, () => writeEvents(client, events))),
    ...reading(connection, options, organisation),
    release: () =>
      connection.use(async (client) => {
        await client.query(sql.setMoved, [null]);
      }),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

function reading(
  connection: Connection,
  options: { readonly servers: readonly string[]; readonly schema: string },
  organisation: string,
): Pick<RawSource, 'page' | 'verify'> {
  return {
    page: (after, limit) =>
      connection.use(async (client): Promise<readonly StoredEvent[]> => {
        const { rows } = await client.query<StoredEventRow>(sql.readPageToVerify, [after, limit]);
        return rows.map((row) => toStoredEvent(row, organisation));
      }),
    verify: () => verifyStore(options, organisation),
  };
}

async function writeEvents(client: pg.Client, events: readonly StoredEvent[]): Promise<void> {
  const last = events.at(-1);
  if (!last) return;
  const keys = await blobKeysOf(client);
  const streams = [...new Set(events.map(({ stream = '' }) => stream))];
  const known = (await client.query<HeadRow>(sql.readHeads, [streams])).rows;
  const heads = new Map<string, HeadRow>(known.map((head) => [head.stream, head]));
  const rows = events.map((event): EventJson => {
    const { position, stream = '', version, hash } = event;
    const id = heads.get(stream)?.id ?? position;
    heads.set(stream, { id, stream, version, position, hash });
    return {
      ...{ position, stream: id, version, type: event.type, at: event.at, project: event.project, actor: event.actor },
      ...{
        cause: event.cause ?? null,
        lineage: event.lineageText,
        hash,
        data_hash: event.dataHash,
        data: event.dataText,
      },
      salt: event.salt === null ? null : Buffer.from(event.salt).toString('base64'),
    };
  });
  const written = toParameters(rows, keys);
  const end = [last.position, Date.parse(last.at)];
  const values = [written.events, JSON.stringify([...heads.values()]), ...end, written.blobs];
  await client.query({ name: 'write', text: sql.write, values });
}

async function setAside(client: pg.Client, { url, schema }: Place): Promise<void> {
  if (!(await hasJournal(client))) return;
  const { rows } = await client.query<{ moved_to: string | null }>(sql.lockLog);
  if ((rows[0]?.moved_to ?? null) === null) {
    throw new JournalError(
      'format',
      `schema \`${schema}\` at ${placeOf(url)} holds a journal in use; only one that was moved makes room for a copy`,
    );
  }
  for (let count = 1; ; count++) {
    const aside = `${schema}_moved_${String(count)}`;
    const taken = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [aside]);
    if (taken.rowCount !== 0) continue;
    const [from, to] = [schema, aside].map((name) => client.escapeIdentifier(name));
    await client.query(`ALTER SCHEMA ${from ?? ''} RENAME TO ${to ?? ''}`);
    return;
  }
}

async function hasJournal(client: pg.Client): Promise<boolean> {
  return (await client.query<{ is_there: boolean }>(sql.findMeta)).rows[0]?.is_there === true;
}

async function organisationOf(client: pg.Client): Promise<string> {
  return (await client.query<{ value: string }>(sql.readMeta, ['organisation'])).rows[0]?.value ?? '';
}

async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query(sql.begin);
  try {
    const result = await work();
    await client.query(sql.commit);
    return result;
  } catch (error) {
    await client.query(sql.rollback).catch(() => undefined); // The first error is the one that says what happened.
    throw error;
  }
}

/** What a schema holds. Rejects with a `JournalError` of kind `store` when the server cannot be asked. */
export async function inspectPostgres(place: Place): Promise<StoreState> {
  checkSchema(place.schema);
  await using connection = new Connection({ ...place, servers: serversOf(place.url) });
  try {
    return await connection.use(async (client): Promise<StoreState> => {
      if (!(await hasJournal(client))) return { state: 'none' };
      const { rows } = await client.query<{ position: number; moved_to: string | null }>(sql.readEnd);
      const [end] = rows;
      if (end && end.moved_to !== null) return { state: 'moved', to: end.moved_to };
      return { state: 'live', head: end?.position ?? 0 };
    });
  } catch (error) {
    if (error instanceof JournalError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new JournalError(
      'store',
      `the store at ${placeOf(place.url)} cannot be asked: ${reason}; check that it runs`,
      {
        cause: error,
      },
    );
  }
}
