/** Opens a journal in a schema of a PostgreSQL database, making it where there is none. It refuses a schema that is something else's, or another organisation's. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { BlobKeys, blobKeyBytes } from '../blob.ts';
import { JournalError } from '../errors.ts';
import type { Journal } from '../journal.ts';
import { checkName } from '../prepare.ts';
import { refuseMoved } from './commit.ts';
import { Connection, ConnectionLost } from './connection.ts';
import { migrations, readerVersion } from './migrations.ts';
import { PostgresJournal } from './postgres-journal.ts';
import type { PostgresJournalOptions } from './postgres-journal.ts';
import { placeOf, serversOf } from './servers.ts';
import * as sql from './sql.ts';

/**
 * `url`: a connection string, of several servers where one can take another's place. `schema`: the journal's own. `now`: milliseconds since the epoch.
 * `patienceMs` (default 20 000): how long work waits for a server that went away. `pollMs` (default 200): how often a node looks for others' events unasked.
 */
export type OpenPostgresOptions = {
  readonly url: string;
  readonly schema: string;
  readonly organisation: string;
  readonly now: () => number;
  readonly patienceMs?: number;
  readonly pollMs?: number;
};

/**
 * Opens the journal, which any number of processes may have open. Rejects with a `JournalError`: `format` when the schema holds something else, another organisation's
 * journal or a newer one, or the server does not keep what it acknowledges; `store` when no server takes writes; `input` for an unusable string or name.
 */
export async function openPostgresJournal(options: OpenPostgresOptions): Promise<Journal> {
  const { schema, organisation } = options;
  checkName('organisation', organisation);
  checkSchema(schema);
  const ready = { patienceMs: 20_000, pollMs: 200, ...options, servers: serversOf(options.url) };
  const { seen, blobs } = await prepareStore(ready);
  return new PostgresJournal({ ...ready, blobs }, seen);
}

/** Throws a `JournalError` of kind `input` unless `schema` is a plain name: one that needs no quotes in anyone's tool and leaves room in a channel's name. */
export function checkSchema(schema: string): void {
  if (/^[a-z_][a-z0-9_]{0,39}$/.test(schema)) return;
  const sentence = 'takes no journal; give a name of at most 40 letters, digits and underscores';
  throw new JournalError('input', `schema \`${schema}\` ${sentence}`);
}

async function prepareStore(
  options: Omit<PostgresJournalOptions, 'blobs'> & { readonly url: string },
): Promise<{ readonly seen: { readonly position: number; readonly hash: string }; readonly blobs: BlobKeys }> {
  await using connection = new Connection(options);
  try {
    return await connection.use(async (client) => {
      // In one transaction, so that of several nodes that start at once one makes the journal.
      await client.query(sql.begin);
      try {
        await client.query(sql.lockSchema, [options.schema]);
        await client.query(`CREATE SCHEMA IF NOT EXISTS ${client.escapeIdentifier(options.schema)}`);
        await migrate(client, options);
        const seen = await endOf(client);
        const blobs = await blobKeysOf(client);
        await client.query(sql.commit);
        return { seen, blobs };
      } catch (error) {
        await client.query(sql.rollback).catch(() => undefined); // The first error is the one that says what happened.
        throw error;
      }
    });
  } catch (error) {
    if (error instanceof JournalError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const wayOut = error instanceof ConnectionLost ? 'check that it runs' : 'check the rights of its user';
    throw new JournalError('store', `the store at ${placeOf(options.url)} cannot be opened: ${reason}; ${wayOut}`, {
      cause: error,
    });
  }
}

/** Brings the schema up to date, within the transaction of the caller. Throws a `JournalError` of kind `format` when it is not ours to change. */
export async function migrate(
  client: pg.Client,
  { url, schema, organisation }: { readonly url: string; readonly schema: string; readonly organisation: string },
): Promise<void> {
  const refuse = (problem: string): never => {
    throw new JournalError('format', `schema \`${schema}\` at ${placeOf(url)} ${problem}`);
  };
  const isThere = (await client.query<{ is_there: boolean }>(sql.findMeta)).rows[0]?.is_there === true;
  const meta = async (key: string): Promise<string | undefined> =>
    isThere ? (await client.query<{ value: string }>(sql.readMeta, [key])).rows[0]?.value : undefined;
  const from = Number((await meta('schema_version')) ?? 0);
  const needed = Number((await meta('reader_version')) ?? readerVersion);
  if (needed > readerVersion)
    refuse(`needs reader \`${String(needed)}\` and this one is \`${String(readerVersion)}\`; upgrade writ`);
  if (!(from <= migrations.length)) refuse('was written by a newer writ; upgrade writ to write to it');
  if (isThere && from === 0) refuse('belongs to another program; give the journal a schema of its own');
  for (const step of migrations.slice(from)) await client.query(step);
  if (from < migrations.length) await client.query(sql.writeMeta, ['schema_version', String(migrations.length)]);
  if ((await meta('blob_key')) === undefined)
    await client.query(sql.writeMeta, ['blob_key', randomBytes(blobKeyBytes).toString('base64url')]);
  if (from === 0) {
    await client.query(sql.writeMeta, ['organisation', organisation]);
    await client.query(sql.writeMeta, ['reader_version', String(readerVersion)]);
    return;
  }
  const owner = (await meta('organisation')) ?? '';
  if (owner !== organisation)
    refuse(`belongs to organisation \`${owner}\`, not \`${organisation}\`; give each organisation its own schema`);
}

async function endOf(client: pg.Client): Promise<{ readonly position: number; readonly hash: string }> {
  const { rows } = await client.query<{ position: number; moved_to: string | null }>(sql.readEnd);
  const position = rows[0]?.position ?? 0;
  refuseMoved(rows[0]?.moved_to ?? null);
  const found = await client.query<{ hash: string }>(sql.readHash, [position]);
  return { position, hash: found.rows[0]?.hash ?? '' };
}

/** The keys of the store's blobs. */
export async function blobKeysOf(client: pg.Client): Promise<BlobKeys> {
  const { rows } = await client.query<{ value: string }>(sql.readMeta, ['blob_key']);
  return new BlobKeys(rows[0]?.value ?? '');
}
