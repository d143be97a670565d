/** A SQLite store as copying sees it: whole rows, under the writer's lock. */
import { existsSync, renameSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { RawSource, RawTarget, StoreState } from '../copy/raw-store.ts';
import { unfinished } from '../copy/raw-store.ts';
import { JournalError } from '../errors.ts';
import type { StoredEvent } from '../log-check.ts';
import { Committer } from './commit.ts';
import { openToRead, openToWrite, readMeta } from './open-database.ts';
import { createPrivateFile } from './private-file.ts';
import type { StoredEventRow } from '../rows.ts';
import { toStoredEvent } from '../rows.ts';
import * as sql from './sql.ts';
import { verifyStore } from './verify.ts';
import { takeWriterLock } from './writer-lock.ts';

/** Opens the journal in the file at `path` to be copied. Rejects with a `JournalError`, as opening it for writing would. */
export function openSqliteSource(path: string): Promise<RawSource> {
  return new Promise((resolve) => {
    const opened = openLocked(path, () => {
      using reader = openToRead(path);
      return openToWrite(path, readMeta(reader, 'organisation') ?? '');
    });
    const { database } = opened;
    const organisation = readMeta(database, 'organisation') ?? '';
    resolve({
      organisation,
      ...reading(database, organisation),
      retire: (to) => writeMeta(database, 'moved_to', to),
      [Symbol.asyncDispose]: opened.close,
    });
  });
}

/** Makes a new store in the file at `path`. One that was moved on from, or not ended, is renamed; a journal in use is refused. */
export function openSqliteTarget(path: string, organisation: string): Promise<RawTarget> {
  return new Promise((resolve) => {
    const opened = openLocked(path, () => {
      setAside(path);
      createPrivateFile(path);
      return openToWrite(path, organisation);
    });
    const { database } = opened;
    database.prepare(sql.writeMeta).run('moved_to', unfinished);
    const committer = new Committer(database, { organisation, now: Date.now });
    resolve({
      write: (events) => answer(() => committer.restore(events)),
      ...reading(database, organisation),
      release: () =>
        answer(() => {
          database.prepare(sql.deleteMeta).run('moved_to');
        }),
      [Symbol.asyncDispose]: opened.close,
    });
  });
}

function openLocked(path: string, open: () => DatabaseSync): { database: DatabaseSync; close: () => Promise<void> } {
  const lock = takeWriterLock(path);
  try {
    const database = open();
    const close = (): Promise<void> =>
      answer(() => {
        database.close();
        lock[Symbol.dispose]();
      });
    return { database, close };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function reading(database: DatabaseSync, organisation: string): Pick<RawSource, 'page' | 'verify'> {
  const page = database.prepare(sql.readPageToVerify);
  return {
    page: (after, limit) =>
      answer((): readonly StoredEvent[] =>
        // The cast is the shape the statement selects from STRICT tables.
        (page.all(after, limit) as StoredEventRow[]).map((row) => toStoredEvent(row, organisation)),
      ),
    verify: () => verifyStore(database),
  };
}

function setAside(path: string): void {
  if (!existsSync(path)) return;
  {
    using reader = openToRead(path);
    if (readMeta(reader, 'moved_to') === undefined) {
      throw new JournalError(
        'format',
        `\`${path}\` holds a journal in use; only one that was moved makes room for a copy`,
      );
    }
  }
  for (let count = 1; ; count++) {
    const aside = `${path}.moved-${String(count)}`;
    if (existsSync(aside)) continue;
    renameSync(path, aside);
    return;
  }
}

function writeMeta(database: DatabaseSync, key: string, value: string): Promise<void> {
  return answer(() => {
    database.prepare(sql.writeMeta).run(key, value);
  });
}

function answer<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

/** What the file at `path` holds. Throws a `JournalError` of kind `format` when it is no journal this version can read. */
export function inspectSqlite(path: string): StoreState {
  using database = openToRead(path);
  const to = readMeta(database, 'moved_to');
  if (to !== undefined) return { state: 'moved', to };
  return { state: 'live', head: Number(database.prepare(sql.readNewest).get()?.['position'] ?? 0) };
}
