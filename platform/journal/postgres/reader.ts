/** The reading half of the PostgreSQL journal over one connection. It writes nothing. */
import type { BlobKeys } from '../blob.ts';
import type { Envelope } from '../journal.ts';
import type { Page } from '../page.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection.ts';
import type { EventRow } from '../rows.ts';
import { toEnvelope } from '../rows.ts';
import type { StoredSnapshot } from '../snapshot/snapshot.ts';
import type { SnapshotRow } from '../snapshot/snapshot-row.ts';
import { toSnapshot } from '../snapshot/snapshot-row.ts';
import * as sql from './sql.ts';

/** `hash` is of the event at the position asked about, null when it is 0; `events` are those after it. */
export type Next = { readonly end: number; readonly hash: string | null; readonly events: readonly Envelope[] };

export class PostgresReader implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #organisation: string;
  readonly #blobs: BlobKeys;

  constructor(options: ConnectionOptions & { readonly organisation: string; readonly blobs: BlobKeys }) {
    this.#connection = new Connection(options);
    this.#organisation = options.organisation;
    this.#blobs = options.blobs;
  }

  readStream(stream: string, page: Page): Promise<readonly Envelope[]> {
    return this.#read('stream', sql.readStreamPage, [stream, page.after, sqlLimit(page)]);
  }

  readAll(page: Page): Promise<readonly Envelope[]> {
    return this.#read('all', sql.readAllPage, [page.after, sqlLimit(page)]);
  }

  end(): Promise<number> {
    return this.#connection.use(async (client) => {
      const { rows } = await client.query<{ position: number }>({ name: 'end', text: sql.readEnd });
      return rows[0]?.position ?? 0;
    });
  }

  /** Looks what comes after a position, and whether the log still has the event at it. */
  next(after: number, limit: number): Promise<Next> {
    return this.#connection.use(async (client) => {
      const [events, hash, end] = await Promise.all([
        client.query<EventRow>({ name: 'all', text: sql.readAllPage, values: [after, limit] }),
        client.query<{ hash: string }>({ name: 'hash', text: sql.readHash, values: [after] }),
        client.query<{ position: number }>({ name: 'end', text: sql.readEnd }),
      ]);
      return {
        end: end.rows[0]?.position ?? 0,
        hash: after === 0 ? null : (hash.rows[0]?.hash ?? ''),
        events: events.rows.map((row) => toEnvelope(row, this.#organisation, this.#blobs)),
      };
    });
  }

  /** Undefined where there is none, or something was erased since. */
  snapshot(fold: string): Promise<StoredSnapshot | undefined> {
    return this.#connection.use(async (client) => {
      const [row] = (await client.query<SnapshotRow>(sql.readSnapshot, [fold])).rows;
      return row && toSnapshot(row);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection[Symbol.asyncDispose]();
  }

  #read(name: string, text: string, values: readonly unknown[]): Promise<readonly Envelope[]> {
    return this.#connection.use(async (client) => {
      const { rows } = await client.query<EventRow>({ name, text, values: [...values] });
      return rows.map((row) => toEnvelope(row, this.#organisation, this.#blobs));
    });
  }
}

// PostgreSQL reads a null limit as none (https://www.postgresql.org/docs/current/sql-select.html#SQL-LIMIT).
function sqlLimit({ limit }: Page): number | null {
  return limit === Infinity ? null : limit;
}
