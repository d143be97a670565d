/**
 * The sync of the write-ahead log, beside the event loop. Under `synchronous=FULL` SQLite syncs the log at the end of each commit and the process stands still for as long as
 * the disk takes. Here the commit only writes, and this is what it would have done next: same writes, same sync, same order, as nothing more is written before it is over.
 *
 * A file that has grown is synced with its new length, which on most file systems takes as long again as what was written. So there is room in the log before it is needed: zeros after
 * its last frame, which are no frame to any reader, and which SQLite writes over.
 *
 * It never calls something synced that is not: the kernel may have dropped what it could not write, and would call a second try done.
 * Follows https://www.sqlite.org/pragma.html#pragma_synchronous and https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
 */
import { closeSync, fdatasync, fdatasyncSync, fstatSync, openSync, writeSync } from 'node:fs';

/** How much room is made at a time, in bytes: as much as the log takes already, within these bounds. */
const leastRoom = 64 * 1024;
const zeros = Buffer.alloc(256 * 1024);

export class LogSync implements Disposable {
  readonly #file: number;
  /** What the file took when room was last made in it. */
  #size = 0;

  /** `path`: of a database that was read, so that its log is there. SQLite holds no locks on a log that closing another descriptor of it could take away. */
  constructor(path: string) {
    this.#file = openSync(`${path}-wal`, 'r+');
  }

  /** Calls `done` once all that was written to the log before is on stable storage, or with an error where it may not be. */
  sync(done: (error: Error | null) => void): void {
    this.#makeRoom();
    fdatasync(this.#file, done);
  }

  /** The same, and everything waits for it. */
  syncNow(): void {
    this.#makeRoom();
    fdatasyncSync(this.#file);
  }

  /** Once SQLite has written past the room there was, or has begun a shorter log. INVARIANT: it writes nothing before the end of the file, and on the thread that SQLite writes the log on. */
  #makeRoom(): void {
    const { size } = fstatSync(this.#file);
    if (size === this.#size) return;
    this.#size = size;
    try {
      this.#size += writeSync(this.#file, zeros, 0, Math.min(Math.max(size, leastRoom), zeros.length), size);
    } catch {
      // No room on the disk, or as much as this process may have: the next commit says so, and what was written is synced as it is.
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
