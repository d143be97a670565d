/** The reading half of the SQLite journal over one connection, for the writer and for a reader beside it. It writes nothing. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Envelope } from '../journal.ts';
import type { Page } from '../page.ts';
import type { EventRow } from './rows.ts';
import { toEnvelope } from './rows.ts';
import * as sql from './sql.ts';

export class SqliteReader {
  readonly #stream: StatementSync;
  readonly #all: StatementSync;
  readonly #newest: StatementSync;

  constructor(database: DatabaseSync) {
    this.#stream = database.prepare(sql.readStreamPage);
    this.#all = database.prepare(sql.readAllPage);
    this.#newest = database.prepare(sql.readNewest);
  }

  readStream(stream: string, page: Page): readonly Envelope[] {
    return toEnvelopes(this.#stream.all(stream, page.after, sqlLimit(page)));
  }

  readAll(page: Page): readonly Envelope[] {
    return toEnvelopes(this.#all.all(page.after, sqlLimit(page)));
  }

  /** The newest event's position and time in milliseconds since the epoch; zeros when there is none. */
  newest(): { readonly position: number; readonly at: number } {
    const row = this.#newest.get();
    if (!row) return { position: 0, at: 0 };
    return { position: Number(row['position']), at: Date.parse(String(row['at'])) };
  }
}

// SQLite reads a negative limit as none (https://www.sqlite.org/lang_select.html#limitoffset).
function sqlLimit({ limit }: Page): number {
  return limit === Infinity ? -1 : limit;
}

function toEnvelopes(rows: readonly object[]): readonly Envelope[] {
  // The cast is the shape the statement selects from a STRICT table.
  return rows.map((row) => toEnvelope(row as EventRow));
}
