/**
 * The index of what was said in sessions (SQLite FTS5), in a file of its own beside the runtime's journal. It is derived: it is read up to the head of the log before each answer, and
 * made anew where it does not belong to this log.
 *
 * It holds nothing that was erased: what the log says was erased is taken out of it at once, and out of its file. It refuses to say who may see what it found; who asks does.
 */

import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { createPrivateFile } from '@writ/journal';
import type { Envelope, Journal } from '@writ/journal';
import { searchedText, searchQuestion } from './searched-text.ts';

export type Found = {
  readonly session: string;
  readonly project: string;
  readonly position: number;
  readonly version: number;
  readonly type: string;
  readonly at: string;
  readonly actor: string;
  /** What was found stands between U+0001 and U+0002. */
  readonly snippet: string;
};

export type SearchAsk = { readonly words: string; readonly session: string | null; readonly limit: number };

export interface SearchIndex extends AsyncDisposable {
  /** The newest first, of those that `isSeen` says yes to; null for a question without a word. */
  find(
    ask: SearchAsk,
    isSeen: (found: Found) => boolean,
  ): Promise<{ readonly items: readonly Found[]; readonly position: number } | null>;
}

const schema = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS place (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
  CREATE VIRTUAL TABLE IF NOT EXISTS said USING fts5(
    text, session UNINDEXED, project UNINDEXED, version UNINDEXED, type UNINDEXED, at UNINDEXED, actor UNINDEXED, tokenize = 'unicode61');
  INSERT INTO said(said, rank) VALUES('secure-delete', 1);`;
const readPlace = 'SELECT position, hash FROM place';
const writePlace =
  'INSERT INTO place(only, position, hash) VALUES(1, ?, ?) ON CONFLICT(only) DO UPDATE SET position = excluded.position, hash = excluded.hash';
// The position of an event is the row's own number.
const insertSaid =
  'INSERT OR REPLACE INTO said(rowid, text, session, project, version, type, at, actor) VALUES(?, ?, ?, ?, ?, ?, ?, ?)';
const deleteSaid = 'DELETE FROM said WHERE rowid = ?';
const findSaid = `SELECT rowid AS position, session, project, version, type, at, actor, snippet(said, 0, char(1), char(2), '…', 24) AS snippet
  FROM said WHERE said MATCH ? ORDER BY rowid DESC`;

const pageSize = 1_000;

/** The index in the file at `path`; nothing is read before the first question, but what is erased. */
export function openSearchIndex(journal: Journal, path: string): SearchIndex {
  let database = opened(path);
  let reading: Promise<number> = Promise.resolve(0);
  const catchUp = (): Promise<number> => {
    reading = reading.catch(() => 0).then(readOn);
    return reading;
  };

  async function readOn(): Promise<number> {
    if (!(await belongs())) {
      database.close();
      forget(path);
      database = opened(path);
    }
    for (;;) {
      const after = placeOf(database)?.position ?? 0;
      const page = await journal.readAll({ after, limit: pageSize });
      const last = page.at(-1);
      if (last === undefined) return after;
      take(database, page, last);
    }
  }

  /** Whether what was read is of this log: one that was put back may be another from there on. */
  async function belongs(): Promise<boolean> {
    const place = placeOf(database);
    if (place === null) return true;
    const [event] = await journal.readAll({ after: place.position - 1, limit: 1 });
    return event?.position === place.position && event.hash === place.hash;
  }

  const following = journal.project((envelopes) => {
    if (envelopes.some(isErasure)) void catchUp().catch(() => undefined);
  });
  return {
    async find({ words, session, limit }, isSeen) {
      const question = searchQuestion(words);
      if (question === null) return null;
      const position = await catchUp();
      const items: Found[] = [];
      for (const row of database.prepare(findSaid).iterate(question)) {
        if (items.length >= limit) break;
        // The columns of the statement above, as they were put in.
        const found = { ...row } as unknown as Found;
        if ((session === null || found.session === session) && isSeen(found)) items.push(found);
      }
      return { items, position };
    },
    async [Symbol.asyncDispose]() {
      following[Symbol.dispose]();
      await reading.catch(() => 0);
      if (database.isOpen) database.close();
    },
  };
}

function take(database: DatabaseSync, page: readonly Envelope[], last: Envelope): void {
  const insert = database.prepare(insertSaid);
  const remove = database.prepare(deleteSaid);
  database.exec('BEGIN');
  for (const event of page) {
    for (const position of erasedBy(event)) remove.run(position);
    const text = searchedText(event);
    if (text === null) continue;
    const { position, stream, project, version, type, at, actor } = event;
    insert.run(position, text, stream.slice('session/'.length), project, version, type, at, actor);
  }
  database.prepare(writePlace).run(last.position, last.hash);
  database.exec('COMMIT');
  // What was deleted is not left behind in the file's own log.
  if (page.some(isErasure)) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

const isErasure = ({ type }: Envelope): boolean => type === 'journal.erased';

function erasedBy(event: Envelope): readonly number[] {
  const { data } = event;
  if (!isErasure(event) || typeof data !== 'object' || data === null || !('positions' in data)) return [];
  const { positions } = data;
  return Array.isArray(positions) ? positions.filter((one): one is number => typeof one === 'number') : [];
}

function opened(path: string): DatabaseSync {
  try {
    const database = privateDatabase(path);
    database.exec(schema);
    return database;
  } catch {
    // A cache that cannot be read is made anew.
    forget(path);
    const database = privateDatabase(path);
    database.exec(schema);
    return database;
  }
}

/** What stands in the log stands here again, so nobody else reads it either; the files beside it get its mode. */
function privateDatabase(path: string): DatabaseSync {
  createPrivateFile(path);
  return new DatabaseSync(path);
}

const forget = (path: string): void => {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
};

function placeOf(database: DatabaseSync): { readonly position: number; readonly hash: string } | null {
  const row = database.prepare(readPlace).get();
  return row === undefined ? null : { position: Number(row['position']), hash: String(row['hash']) };
}
