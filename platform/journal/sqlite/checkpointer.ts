/**
 * Keeps the write-ahead log short without making appends wait for it: a worker thread copies most frames into the database file, and the writer's own thread only
 * copies the few that came meanwhile, which lets SQLite start the log anew. The log grows past its bound only while another process's read pins it.
 *
 * It never decides durability: an append is on stable storage in the log before any checkpoint. A checkpoint that fails is tried again later.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import * as sql from './sql.ts';

/** Frames are pages of 4 KiB. The worker starts at `startFrames`; past `maxFrames` the writer stops waiting for it and copies by itself. */
export const startFrames = 4000;
export const maxFrames = 16_000;

// After a copy, that many commits pass before the next: a pinned log must not cost a copy at every commit.
const commitsBetweenCopies = 16;

export class Checkpointer implements AsyncDisposable {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #checkpoint: StatementSync;
  readonly #measure: StatementSync;
  #worker: Worker | undefined;
  #state: 'idle' | 'working' | 'without worker' | 'closed' = 'idle';
  #commitsToWait = 0;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#checkpoint = database.prepare(sql.checkpoint);
    this.#measure = database.prepare(sql.measureLog);
  }

  /** To be called after each commit, outside a transaction. */
  afterCommit(): void {
    if (this.#commitsToWait > 0) {
      this.#commitsToWait -= 1;
      return;
    }
    const frames = this.#waitingFrames();
    if (frames < startFrames || this.#state === 'closed') return;
    if (this.#state === 'idle') {
      this.#state = 'working';
      this.#worker ??= this.#start();
      this.#worker.postMessage('checkpoint');
    } else if (this.#state === 'without worker' || frames >= maxFrames) {
      this.#copy();
    }
  }

  /** Empties the log, if no other process reads in it just now; what it held is in the database file, or was erased there. */
  empty(): void {
    try {
      this.#database.exec(sql.emptyLog);
    } catch {
      // A reader holds it: its frames go with a later copy.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'closed';
    await this.#worker?.terminate();
  }

  #waitingFrames(): number {
    // The cast is the shape of the pragma's answer (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint).
    const { log, checkpointed } = this.#measure.get() as { log: number; checkpointed: number };
    return log - checkpointed;
  }

  #copy(): void {
    this.#commitsToWait = commitsBetweenCopies;
    try {
      this.#checkpoint.get();
    } catch {
      // Nothing is lost: the frames stay in the log, and a disk that cannot take them will refuse the next append by itself.
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: this.#path });
    worker.unref();
    worker.on('message', () => {
      if (this.#state !== 'working') return;
      this.#state = 'idle';
      this.#copy();
    });
    // Without its worker the journal is as safe as before, and slower at each checkpoint.
    worker.on('error', () => {
      if (this.#state !== 'closed') this.#state = 'without worker';
    });
    return worker;
  }
}
