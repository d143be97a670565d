/** Opens a journal file: as its one writer, or as a reader beside the writer. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Journal, JournalReader, OpenOptions } from '../journal.ts';
import { JournalError } from '../errors.ts';
import { parsePage } from '../page.ts';
import { checkName } from '../prepare.ts';
import { openToRead, openToWrite } from './open-database.ts';
import { createPrivateFile } from './private-file.ts';
import { SqliteReader } from './reader.ts';
import { SqliteJournal } from './sqlite-journal.ts';
import { verifyStore } from './verify.ts';
import { takeWriterLock } from './writer-lock.ts';

/**
 * Opens the journal at `options.path` for writing, creating it (mode 0600, missing folders 0700). Rejects with a `JournalError`: `locked` when another process
 * writes it, `format` when the file is not a journal of this organisation that this version can write, `input` for an unusable organisation.
 */
export function openSqliteJournal(options: OpenOptions): Promise<Journal> {
  return new Promise((resolvePromise) => {
    checkName('organisation', options.organisation);
    const given = resolve(options.path);
    createPrivateFile(given);
    // One name per file, so that two ways to reach a folder do not make two locks.
    const path = realpathSync(given);
    const lock = takeWriterLock(path);
    try {
      const database = openToWrite(path, options.organisation);
      resolvePromise(new SqliteJournal(database, lock, { ...options, path }));
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  });
}

/** Opens an existing journal for reading, which its writer may go on writing. Rejects with a `JournalError` of kind `format` when there is none it can read. */
export function openJournalReadOnly(path: string): Promise<JournalReader> {
  return new Promise((resolvePromise) => {
    resolvePromise(readerOf(resolve(path)));
  });
}

function readerOf(path: string): JournalReader {
  const database = openToRead(path);
  const reader = new SqliteReader(database);
  let isClosed = false;
  const answer = <T>(question: () => T | Promise<T>): Promise<T> =>
    new Promise((resolvePromise) => {
      if (isClosed) throw new JournalError('closed', 'the journal is closed; open it again');
      resolvePromise(question());
    });
  return {
    read: (stream, options) => answer(() => reader.readStream(stream, parsePage(options))),
    readAll: (options) => answer(() => reader.readAll(parsePage(options))),
    head: () => answer(() => reader.newest().position),
    verify: (expected) => answer(() => verifyStore(database, expected)),
    [Symbol.asyncDispose]: () => {
      if (!isClosed) database.close();
      isClosed = true;
      return Promise.resolve();
    },
  };
}
