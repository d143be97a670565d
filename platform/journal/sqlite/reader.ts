/** The reading half of the SQLite journal over one connection, for the writer and for a reader beside it. It writes nothing. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { BlobKeys } from '../blob.ts';
import type { Envelope } from '../journal.ts';
import type { Page } from '../page.ts';
import { blobKeysOf, readMeta } from './open-database.ts';
import type { EventRow } from '../rows.ts';
import type { HeadRow } from './rows.ts';
import { toEnvelope } from '../rows.ts';
import { StreamPositions, readTail, writeTail } from './stream-positions.ts';
import * as sql from './sql.ts';

export class SqliteReader {
  readonly #head: StatementSync;
  readonly #positions: StreamPositions;
  readonly #some: StatementSync;
  readonly #all: StatementSync;
  readonly #newest: StatementSync;
  readonly #organisation: string;
  readonly #blobs: BlobKeys | null;

  constructor(database: DatabaseSync) {
    this.#head = database.prepare(sql.readHead);
    this.#positions = new StreamPositions(database);
    this.#some = database.prepare(sql.readAtPositions);
    this.#all = database.prepare(sql.readAllPage);
    this.#newest = database.prepare(sql.readNewest);
    this.#organisation = readMeta(database, 'organisation') ?? '';
    this.#blobs = blobKeysOf(database);
  }

  readStream(stream: string, page: Page): readonly Envelope[] {
    // The cast is the shape of `readHead` over a STRICT table.
    const head = this.#head.get(stream) as HeadRow | undefined;
    if (!head) return [];
    const end = { version: head.version, tail: readTail(head.tail) };
    const positions = this.#positions.find(head.id, end, page);
    return positions.length === 0 ? [] : this.#toEnvelopes(this.#some.all(writeTail(positions)));
  }

  readAll(page: Page): readonly Envelope[] {
    return this.#toEnvelopes(this.#all.all(page.after, sqlLimit(page)));
  }

  /** The newest event's position and time in milliseconds since the epoch; zeros when there is none. */
  newest(): { readonly position: number; readonly at: number } {
    const row = this.#newest.get();
    if (!row) return { position: 0, at: 0 };
    return { position: Number(row['position']), at: Date.parse(String(row['at'])) };
  }

  #toEnvelopes(rows: readonly object[]): readonly Envelope[] {
    // The cast is the shape the statements select from STRICT tables.
    return rows.map((row) => toEnvelope(row as EventRow, this.#organisation, this.#blobs));
  }
}

// SQLite reads a negative limit as none (https://www.sqlite.org/lang_select.html#limitoffset).
function sqlLimit({ limit }: Page): number {
  return limit === Infinity ? -1 : limit;
}
