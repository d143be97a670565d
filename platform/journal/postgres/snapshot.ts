/** A PostgreSQL journal at one moment: a repeatable-read transaction over a connection of its own, which nobody waits for. A connection that is lost ends it. */
import type pg from 'pg';
import { JournalError } from '../errors.ts';
import type { Seal, VerifyReport } from '../journal.ts';
import type { StoreSnapshot } from '../export/store-snapshot.ts';
import { Connection } from './connection.ts';
import { blobKeysOf, checkSchema } from './open.ts';
import type { EventRow, StoredEventRow } from '../rows.ts';
import type { HeadRow } from './rows.ts';
import { toEnvelope, toStoredEvent } from '../rows.ts';
import { placeOf, serversOf } from './servers.ts';
import * as sql from './sql.ts';
import { verifyStore } from './verify.ts';
import { saveRows } from '../sqlite/snapshot.ts';

/** Rejects with a `JournalError`: `format` when there is no journal, `store` when the server cannot be asked. */
export async function openPostgresSnapshot(place: {
  readonly url: string;
  readonly schema: string;
}): Promise<StoreSnapshot> {
  checkSchema(place.schema);
  const connection = new Connection({ servers: serversOf(place.url), schema: place.schema });
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof JournalError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const sentence = `the store at ${placeOf(place.url)} cannot be asked: ${reason}; check that it runs`;
      throw new JournalError('store', sentence, { cause: error });
    }
  };
  try {
    // INVARIANT: one client for all of it; another connection would be another moment.
    const client = await asked(() => connection.use((opened) => begin(opened, place)));
    const organisation = (await asked(() => client.query<{ value: string }>(sql.readMeta, ['organisation']))).rows[0];
    const named = organisation?.value ?? '';
    const blobs = await asked(() => blobKeysOf(client));
    const page: StoreSnapshot['page'] = async (after, limit) => {
      const { rows } = await asked(() => client.query<StoredEventRow>(sql.readPageToVerify, [after, limit]));
      return rows.map((row) => toStoredEvent(row, named));
    };
    return {
      organisation: named,
      page,
      stream: async (name) => {
        const { rows } = await asked(() => client.query<EventRow>(sql.readStreamPage, [name, 0, null]));
        return rows.map((row) => toEnvelope(row, named, blobs));
      },
      saveTo: (path) => saveRows({ organisation: named, page }, path),
      heads: async () => {
        const { rows } = await asked(() => client.query<HeadRow>(sql.readAllHeads));
        return rows.map((head) => ({ ...head, streamKey: head.id }));
      },
      [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
    };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

async function begin(client: pg.Client, { url, schema }: { url: string; schema: string }): Promise<pg.Client> {
  await client.query(sql.unboundTransactions);
  await client.query(sql.beginSnapshot);
  const { rows } = await client.query<{ is_there: boolean }>(sql.findMeta);
  if (rows[0]?.is_there === true) return client;
  throw new JournalError('format', `there is no journal in schema \`${schema}\` at ${placeOf(url)}; check its name`);
}

/** Verifies the journal in a schema; rejects as `openPostgresSnapshot` does. */
export async function verifyPostgres(
  place: { readonly url: string; readonly schema: string },
  expected: readonly Seal[],
): Promise<VerifyReport> {
  // Opened for its answer to whether there is a journal, and whose.
  await using snapshot = await openPostgresSnapshot(place);
  return await verifyStore({ servers: serversOf(place.url), schema: place.schema }, snapshot.organisation, expected);
}
