/**
 * The sync of the write-ahead log, beside the event loop. Under `synchronous=FULL` SQLite syncs the log at the end of each commit and the process stands still for as long as
 * the disk takes. Here the commit only writes, and this is what it would have done next: same writes, same sync, same order, as nothing more is written before it is over.
 *
 * It never calls something synced that is not: the kernel may have dropped what it could not write, and would call a second try done.
 * Follows https://www.sqlite.org/pragma.html#pragma_synchronous.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';

export class LogSync implements Disposable {
  readonly #file: number;

  /** `path`: of a database that was read, so that its log is there. SQLite holds no locks on a log that closing another descriptor of it could take away. */
  constructor(path: string) {
    this.#file = openSync(`${path}-wal`, 'r+');
  }

  /** Calls `done` once all that was written to the log before is on stable storage, or with an error where it may not be. */
  sync(done: (error: Error | null) => void): void {
    fdatasync(this.#file, done);
  }

  /** The same, and everything waits for it. */
  syncNow(): void {
    fdatasyncSync(this.#file);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
