/** A SQLite journal at one moment: a read transaction over a connection of its own. */
import type { StoreSnapshot } from '../export/store-snapshot.ts';
import { openToRead, readMeta } from './open-database.ts';
import type { HeadRow, StoredEventRow } from './rows.ts';
import { toStoredEvent } from './rows.ts';
import * as sql from './sql.ts';

/** Rejects with a `JournalError` of kind `format` when there is none at `path` that this version can read. */
export function openSqliteSnapshot(path: string): Promise<StoreSnapshot> {
  return new Promise((resolve) => {
    const database = openToRead(path);
    database.exec(sql.beginRead);
    // The first read fixes the moment.
    const organisation = readMeta(database, 'organisation') ?? '';
    const [events, heads, newest] = [sql.readPageToVerify, sql.readAllHeads, sql.readNewest].map((text) =>
      database.prepare(text),
    );
    const answer = <T>(work: () => T): Promise<T> =>
      new Promise((resolveAnswer) => {
        resolveAnswer(work());
      });
    resolve({
      organisation,
      page: (after, limit) =>
        answer(() =>
          // The casts are the shapes the statements select from STRICT tables.
          ((events?.all(after, limit) ?? []) as StoredEventRow[]).map((row) => toStoredEvent(row, organisation)),
        ),
      // As above.
      heads: () => answer(() => ((heads?.all() ?? []) as HeadRow[]).map((head) => ({ ...head, streamKey: head.id }))),
      head: () => answer(() => Number(newest?.get()?.['position'] ?? 0)),
      [Symbol.asyncDispose]: () =>
        answer(() => {
          database.close();
        }),
    });
  });
}
