/**
 * The journal on SQLite (`node:sqlite`), one file, one writer. Appends of the same turn of the event loop share a transaction and a sync.
 *
 * Commits run on the main thread: simpler than a worker and, where a sync is fast, quicker. The price is that the event loop stands
 * still for as long as each sync takes. It refuses a second writer, and does not serve a network file system. Follows https://www.sqlite.org/wal.html.
 */
import type { DatabaseSync } from 'node:sqlite';
import { prepareErasure } from '../erase.ts';
import { JournalError } from '../errors.ts';
import type {
  AppendResult,
  Envelope,
  Erasure,
  Expectation,
  Journal,
  OpenOptions,
  Seal,
  StreamWrite,
  VerifyReport,
} from '../journal.ts';
import { parsePage } from '../page.ts';
import { prepareAppend } from '../prepare.ts';
import { subscribeTo } from '../subscribe.ts';
import type { Listener } from '../projections.ts';
import { followFrom, Projections } from '../projections.ts';
import { AppendQueue, rejectAll, settle } from '../append-queue.ts';
import { Checkpointer } from './checkpointer.ts';
import type { LogEnd } from '../seal.ts';
import type { Committed } from './commit.ts';
import { Committer } from './commit.ts';
import { SqliteReader } from './reader.ts';
import type { StoredSnapshot } from '../snapshot/snapshot.ts';
import { SqliteSnapshots } from './snapshots.ts';
import { verifyStore } from './verify.ts';

type PageOptions = { readonly after?: number; readonly limit?: number };

export class SqliteJournal implements Journal {
  readonly #database: DatabaseSync;
  readonly #lock: Disposable;
  readonly #committer: Committer;
  readonly #reader: SqliteReader;
  readonly #checkpointer: Checkpointer;
  readonly #snapshots: SqliteSnapshots;
  readonly #queue = new AppendQueue();
  readonly #projections = new Projections();
  #end: LogEnd;
  #commitIsDue = false;
  #changed = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  /** Takes over `database`, opened for writing, and `lock`; both end with the journal. */
  constructor(database: DatabaseSync, lock: Disposable, options: OpenOptions) {
    this.#database = database;
    this.#lock = lock;
    this.#committer = new Committer(database, options);
    this.#reader = new SqliteReader(database);
    this.#checkpointer = new Checkpointer(database, options.path);
    this.#snapshots = new SqliteSnapshots(database);
    this.#end = this.#reader.newest();
  }

  append(writes: readonly StreamWrite[], expect: readonly Expectation[]): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#refuseIfClosed();
      this.#queue.add({ append: prepareAppend(writes, expect), resolve, reject });
      this.#scheduleCommit();
    });
  }

  erase(erasure: Erasure): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#refuseIfClosed();
      this.#queue.add({ append: prepareErasure(erasure), resolve, reject });
      this.#scheduleCommit();
    });
  }

  read(stream: string, options?: PageOptions): Promise<readonly Envelope[]> {
    return this.#answer(() => this.#reader.readStream(stream, parsePage(options)));
  }

  readAll(options?: PageOptions): Promise<readonly Envelope[]> {
    return this.#answer(() => this.#reader.readAll(parsePage(options)));
  }

  head(): Promise<number> {
    return this.#answer(() => this.#end.position);
  }

  verify(expected?: readonly Seal[]): Promise<VerifyReport> {
    return this.#answer(() => verifyStore(this.#database, expected));
  }

  snapshot(fold: string): Promise<StoredSnapshot | undefined> {
    return this.#answer(() => this.#snapshots.read(fold));
  }

  keepSnapshot(snapshot: StoredSnapshot): Promise<void> {
    return this.#answer(() => {
      this.#snapshots.write(snapshot);
      this.#checkpointer.afterCommit();
    });
  }

  subscribe(options: { readonly after: number; readonly signal: AbortSignal }): AsyncIterable<Envelope> {
    this.#refuseIfClosed();
    parsePage({ after: options.after });
    const log = {
      page: (after: number, limit: number) => this.#reader.readAll({ after, limit }),
      changed: () => this.#changed.promise,
      isClosed: () => this.#closing !== undefined,
    };
    return subscribeTo(log, options);
  }

  project(listener: Listener): Disposable {
    this.#refuseIfClosed();
    return this.#projections.add(listener);
  }

  async follow(after: number, listener: Listener): Promise<Disposable> {
    this.#refuseIfClosed();
    return followFrom(
      parsePage({ after }).after,
      {
        page: (from, limit) => this.#reader.readAll({ after: from, limit }),
        announced: () => this.#end.position,
        add: (each) => this.project(each),
      },
      listener,
    );
  }

  refresh(): Promise<number> {
    return this.head();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    while (!this.#queue.isEmpty) this.#commit();
    this.#changed.resolve();
    await this.#checkpointer[Symbol.asyncDispose]();
    this.#database.close();
    this.#lock[Symbol.dispose]();
  }

  // The end of the turn: everything this turn's callbacks append is in the queue by then.
  #scheduleCommit(): void {
    if (this.#commitIsDue) return;
    this.#commitIsDue = true;
    setImmediate(() => {
      this.#commitIsDue = false;
      this.#commit();
      if (!this.#queue.isEmpty) this.#scheduleCommit();
    });
  }

  #commit(): void {
    const batch = this.#queue.takeBatch();
    if (batch.length === 0) return;
    const appends = batch.map((entry) => entry.append);
    let committed: Committed;
    try {
      committed = this.#committer.commit(appends, this.#end);
    } catch (error) {
      rejectAll(batch, error);
      return;
    }
    this.#end = committed.end;
    if (appends.some(({ erase }) => erase.length > 0)) this.#checkpointer.empty();
    if (committed.events.length > 0) this.#announce(committed.events);
    settle(batch, committed.outcomes);
  }

  #announce(events: readonly Envelope[]): void {
    this.#projections.announce(events);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    this.#checkpointer.afterCommit();
  }

  #answer<T>(question: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve) => {
      this.#refuseIfClosed();
      resolve(question());
    });
  }

  #refuseIfClosed(): void {
    if (this.#closing) throw new JournalError('closed', 'the journal is closed; open it again');
  }
}
