/** A SQLite journal at one moment: a read transaction over a connection of its own. */
import { rmSync } from 'node:fs';
import { DatabaseSync, backup } from 'node:sqlite';
import type { StoreSnapshot } from '../export/store-snapshot.ts';
import { hasSnapshots, openToRead, readMeta } from './open-database.ts';
import { openSqliteTarget } from './raw.ts';
import { SqliteReader } from './reader.ts';
import type { StoredEventRow } from '../rows.ts';
import type { HeadRow } from './rows.ts';
import { toStoredEvent } from '../rows.ts';
import * as sql from './sql.ts';

// Between as many pages the event loop has a turn.
const pagesPerTurn = 1000;

/** Rejects with a `JournalError` of kind `format` when there is none at `path` that this version can read. */
export function openSqliteSnapshot(path: string): Promise<StoreSnapshot> {
  return new Promise((resolve) => {
    const database = openToRead(path);
    database.exec(sql.beginRead);
    // The first read fixes the moment.
    const organisation = readMeta(database, 'organisation') ?? '';
    const [events, heads] = [sql.readPageToVerify, sql.readAllHeads].map((text) => database.prepare(text));
    const reader = new SqliteReader(database);
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
      stream: (name) => answer(() => reader.readStream(name, { after: 0, limit: Infinity })),
      // As above.
      heads: () => answer(() => ((heads?.all() ?? []) as HeadRow[]).map((head) => ({ ...head, streamKey: head.id }))),
      // The transaction that is open makes it a copy of this moment (https://www.sqlite.org/backup.html).
      saveTo: async (target) => {
        await backup(database, target, { rate: pagesPerTurn });
        closeLog(target);
      },
      [Symbol.asyncDispose]: () =>
        answer(() => {
          database.close();
        }),
    });
  });
}

/** Writes a snapshot of another kind of store into the empty file at `path`. */
export async function saveRows(snapshot: Pick<StoreSnapshot, 'organisation' | 'page'>, path: string): Promise<void> {
  rmSync(path);
  {
    await using target = await openSqliteTarget(path, snapshot.organisation);
    for (let after = 0; ;) {
      const events = await snapshot.page(after, pagesPerTurn);
      if (events.length === 0) break;
      await target.write(events);
      after = events.at(-1)?.position ?? after;
    }
    await target.release();
  }
  closeLog(path);
  rmSync(`${path}.lock`, { force: true });
}

/** One file that is whole by itself, without a write-ahead log beside it, and without what can be folded anew. */
function closeLog(path: string): void {
  using database = new DatabaseSync(path);
  if (hasSnapshots(database)) database.exec(sql.deleteSnapshots);
  database.exec(sql.leaveWal);
}
