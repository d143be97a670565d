/**
 * Opens the database of a journal and makes sure it is one: ours, of this organisation, and readable by this version. Writers also bring its schema up to date.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { BlobKeys, blobKeyBytes } from '../blob.ts';
import { JournalError } from '../errors.ts';
import { applicationId, migrations, oldestReadable, readerVersion } from './migrations.ts';
import * as sql from './sql.ts';

// How long a statement waits for a lock. Nobody else writes the file by design; a stranger's tool may for a moment.
const timeout = 1000;

/** `path` is an existing file, empty for a new journal. Throws a `JournalError` of kind `format` when it is not a journal this version can write. */
export function openToWrite(path: string, organisation: string): DatabaseSync {
  return opened(path, false, (database) => {
    refuseStrangers(path, database);
    const mode = database.prepare(sql.enterWal).get()?.['journal_mode'];
    if (mode !== 'wal') {
      throw new JournalError(
        'format',
        `journal \`${path}\` cannot keep a write-ahead log here; put it on a local disk`,
      );
    }
    database.exec(sql.writerPragmas);
    migrate(path, database, organisation);
    if (readMeta(database, 'blob_key') === undefined)
      database.prepare(sql.insertMeta).run('blob_key', randomBytes(blobKeyBytes).toString('base64url'));
    const movedTo = readMeta(database, 'moved_to');
    if (movedTo !== undefined) {
      throw new JournalError(
        'format',
        `journal \`${path}\` was moved to ${movedTo} and takes no more events; it can be read and verified`,
      );
    }
    const owner = readMeta(database, 'organisation');
    if (owner !== organisation) {
      throw new JournalError(
        'format',
        `journal \`${path}\` belongs to organisation \`${owner ?? ''}\`, not \`${organisation}\`; give each organisation its own file`,
      );
    }
  });
}

/** Opens an existing journal, which a writer may have open. Throws a `JournalError` of kind `format` when there is none this version can read. */
export function openToRead(path: string): DatabaseSync {
  if (!existsSync(path)) {
    throw new JournalError('format', `there is no journal at \`${path}\`; give the path of an existing one`);
  }
  return opened(path, true, (database) => {
    refuseStrangers(path, database);
    if (readNumber(database, sql.readUserVersion, 'user_version') === 0) {
      throw new JournalError('format', `journal \`${path}\` is still empty; open it once for writing`);
    }
    refuseUnreadable(path, database);
    if (readNumber(database, sql.readUserVersion, 'user_version') < 3) database.exec(sql.standIns);
  });
}

function opened(path: string, readOnly: boolean, check: (database: DatabaseSync) => void): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly, timeout });
    check(database);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof JournalError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new JournalError('format', `journal \`${path}\` cannot be opened: ${reason}; check the path and its owner`, {
      cause: error,
    });
  }
}

function refuseStrangers(path: string, database: DatabaseSync): void {
  const id = readNumber(database, sql.readApplicationId, 'application_id');
  if (id === applicationId) return;
  if (id === 0 && readNumber(database, sql.countTables, 'tables') === 0) return;
  throw new JournalError('format', `\`${path}\` is a database of another program; give the path of a journal`);
}

function refuseUnreadable(path: string, database: DatabaseSync): void {
  const needed = Number(readMeta(database, 'reader_version'));
  if (needed >= oldestReadable && needed <= readerVersion) return;
  const [age, wayOut] =
    needed < oldestReadable ? ['an unreleased', 'move it away to start with a new one'] : ['a newer', 'upgrade writ'];
  throw new JournalError(
    'format',
    `journal \`${path}\` was written by ${age} writ: it needs reader \`${String(needed)}\` and this one is \`${String(readerVersion)}\`; ${wayOut}`,
  );
}

function migrate(path: string, database: DatabaseSync, organisation: string): void {
  const from = readNumber(database, sql.readUserVersion, 'user_version');
  if (from > 0) refuseUnreadable(path, database);
  if (from > migrations.length) {
    throw new JournalError(
      'format',
      `journal \`${path}\` has schema \`${String(from)}\` and this writ knows \`${String(migrations.length)}\`; upgrade writ to write to it`,
    );
  }
  if (from === migrations.length) return;
  database.exec(sql.begin);
  try {
    for (const step of migrations.slice(from)) database.exec(step);
    if (from === 0) {
      const insert = database.prepare(sql.insertMeta);
      insert.run('organisation', organisation);
      insert.run('reader_version', String(readerVersion));
    }
    // A pragma takes no bound values; both are our own numbers.
    database.exec(
      `PRAGMA application_id = ${String(applicationId)}; PRAGMA user_version = ${String(migrations.length)}`,
    );
    database.exec(sql.commit);
  } catch (error) {
    if (database.isTransaction) database.exec(sql.rollback);
    throw error;
  }
}

/** The keys of the store's blobs; null for one that no writer of this version has opened yet, and that has none. */
export function blobKeysOf(database: DatabaseSync): BlobKeys | null {
  const secret = readMeta(database, 'blob_key');
  return secret === undefined ? null : new BlobKeys(secret);
}

/** A value of the table `meta`. */
export function readMeta(database: DatabaseSync, key: string): string | undefined {
  const value = database.prepare(sql.readMeta).get(key)?.['value'];
  return typeof value === 'string' ? value : undefined;
}

/** A store that no writer of this version has opened yet has no snapshots. */
export const hasSnapshots = (database: DatabaseSync): boolean =>
  readNumber(database, sql.readUserVersion, 'user_version') >= 2;

function readNumber(database: DatabaseSync, statement: string, column: string): number {
  const value = database.prepare(statement).get()?.[column];
  return typeof value === 'number' ? value : 0;
}
