/**
 * One writer per journal file. The lock is the operating system's own, taken through an empty SQLite database beside the journal (`….lock`), so it ends with
 * its process however that dies, works on every platform SQLite does, and never gets in a reader's way. `….pid` only tells people who holds it.
 *
 * It does not guard against a writer on another machine: a journal does not belong on a network file system.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { JournalError } from '../errors.ts';
import { createPrivateFile } from './private-file.ts';
import { takeLock } from './sql.ts';

/** Throws a `JournalError` of kind `locked`, naming the holder's process, when another journal has `path` open for writing. */
export function takeWriterLock(path: string): Disposable {
  const pidPath = `${path}.pid`;
  const lockPath = `${path}.lock`;
  createPrivateFile(lockPath);
  const lock = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    lock.exec(takeLock);
  } catch (error) {
    lock.close();
    throw new JournalError(
      'locked',
      `journal \`${path}\` is already being written by ${holder(pidPath)}; stop it, or open the journal read-only`,
      { cause: error },
    );
  }
  writeFileSync(pidPath, `${String(process.pid)}\n`, { mode: 0o600 });
  return {
    [Symbol.dispose]() {
      rmSync(pidPath, { force: true });
      lock.close();
    },
  };
}

function holder(pidPath: string): string {
  try {
    return `process \`${readFileSync(pidPath, 'utf8').trim()}\``;
  } catch {
    // The holder has the lock but has not written its number yet, or is letting go.
    return 'another process';
  }
}
