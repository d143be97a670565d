/**
 * The journal on SQLite (`node:sqlite`), one file, one writer. Appends of the same turn of the event loop share a transaction and a sync.
 *
 * Commits are written on the main thread, which is simpler than a worker and quicker, and synced beside it: while the disk works, the next batch is judged, hashed and
 * waits. It refuses a second writer, and does not serve a network file system. Follows https://www.sqlite.org/wal.html.
 *
 * INVARIANT: a commit that is not synced is told to nobody: no append resolves, no projection hears of it and no reader of this journal finds it.
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
import type { Page } from '../page.ts';
import { parsePage } from '../page.ts';
import { prepareAppend } from '../prepare.ts';
import { RecentEvents } from '../recent.ts';
import { subscribeTo } from '../subscribe.ts';
import type { Listener } from '../projections.ts';
import { followFrom, Projections } from '../projections.ts';
import type { WaitingAppend } from '../append-queue.ts';
import { AppendQueue, rejectAll, settle } from '../append-queue.ts';
import { Checkpointer } from './checkpointer.ts';
import type { LogEnd } from '../seal.ts';
import type { Committed } from './commit.ts';
import { Committer } from './commit.ts';
import { LogSync } from './log-sync.ts';
import { SqliteReader } from './reader.ts';
import type { StoredSnapshot } from '../snapshot/snapshot.ts';
import { SqliteSnapshots } from './snapshots.ts';
import * as sql from './sql.ts';
import { verifyBeside, worthAThread } from './verify-beside.ts';
import { verifyStore } from './verify.ts';

type PageOptions = { readonly after?: number; readonly limit?: number };

/**
 * How many syncs are made on the spot after one in which nobody came. Who is alone with the journal gains nothing by a sync beside the loop, and pays for the way to
 * another thread and back: a third of a batch append where the processors are taken. Appends that came together are of several, who are answered meanwhile.
 */
export const onTheSpot = 15;

export class SqliteJournal implements Journal {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #lock: Disposable;
  readonly #committer: Committer;
  readonly #reader: SqliteReader;
  readonly #checkpointer: Checkpointer;
  readonly #snapshots: SqliteSnapshots;
  readonly #log: LogSync;
  readonly #queue = new AppendQueue();
  readonly #projections = new Projections();
  /** Of what is synced. */
  #end: LogEnd;
  readonly #recent: RecentEvents;
  #commitIsDue = false;
  /** Resolves at the end of the sync that is under way. */
  #syncing: Promise<void> | undefined;
  /** Whether somebody wrote or read during it. */
  #isWanted = false;
  #leftOnTheSpot = 0;
  /** Why nothing is written any more. */
  #broken: JournalError | undefined;
  #changed = Promise.withResolvers<void>();
  /** Settles when all that is verified is. */
  #verifying: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** Takes over `database`, opened for writing, and `lock`; both end with the journal. `log`: another sync, for tests of what happens meanwhile. */
  constructor(database: DatabaseSync, lock: Disposable, options: OpenOptions, log?: LogSync) {
    this.#database = database;
    this.#path = options.path;
    this.#lock = lock;
    this.#committer = new Committer(database, options);
    this.#reader = new SqliteReader(database);
    this.#checkpointer = new Checkpointer(database, options.path);
    this.#snapshots = new SqliteSnapshots(database);
    this.#end = this.#reader.newest();
    this.#recent = new RecentEvents(this.#end.position);
    this.#log = log ?? new LogSync(options.path);
    database.exec(sql.syncLater);
  }

  append(writes: readonly StreamWrite[], expect: readonly Expectation[]): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#refuseIfClosed();
      this.#refuseIfBroken();
      this.#queue.refuseIfFull();
      this.#queue.add({ append: prepareAppend(writes, expect), resolve, reject });
      this.#scheduleCommit();
    });
  }

  erase(erasure: Erasure): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#refuseIfClosed();
      this.#refuseIfBroken();
      this.#queue.add({ append: prepareErasure(erasure), resolve, reject });
      this.#scheduleCommit();
    });
  }

  read(stream: string, options?: PageOptions): Promise<readonly Envelope[]> {
    return this.#answer(() => this.#synced(this.#reader.readStream(stream, parsePage(options))));
  }

  readAll(options?: PageOptions): Promise<readonly Envelope[]> {
    return this.#answer(() => this.#page(parsePage(options)));
  }

  head(): Promise<number> {
    return this.#answer(() => this.#end.position);
  }

  verify(expected: readonly Seal[] = []): Promise<VerifyReport> {
    return this.#answer(() => {
      const report = this.#verify(expected);
      this.#verifying = Promise.allSettled([this.#verifying, report]);
      return report;
    });
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
      page: (after: number, limit: number) => this.#recent.after(after, limit) ?? this.#page({ after, limit }),
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
        page: (from, limit) => this.#page({ after: from, limit }),
        announced: () => this.#end.position,
        add: (each) => this.project(each),
      },
      listener,
    );
  }

  refresh(): Promise<number> {
    return this.head();
  }

  silentMs(): number {
    return 0;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #verify(expected: readonly Seal[]): Promise<VerifyReport> {
    const beside = this.#end.position < worthAThread ? undefined : await verifyBeside(this.#path, expected);
    return beside ?? verifyStore(this.#database, expected);
  }

  async #close(): Promise<void> {
    await this.#verifying;
    while (this.#syncing !== undefined || !this.#queue.isEmpty) {
      this.#commit();
      await this.#syncing;
    }
    this.#changed.resolve();
    await this.#checkpointer[Symbol.asyncDispose]();
    this.#log[Symbol.dispose]();
    this.#database.close();
    this.#lock[Symbol.dispose]();
  }

  // The end of the turn: everything this turn's callbacks append is in the queue by then. What comes during a sync goes with the next commit.
  #scheduleCommit(): void {
    if (this.#commitIsDue || this.#syncing !== undefined) return;
    this.#commitIsDue = true;
    setImmediate(() => {
      this.#commitIsDue = false;
      this.#commit();
    });
  }

  #commit(): void {
    if (this.#syncing !== undefined) return;
    const batch = this.#queue.takeBatch();
    if (batch.length === 0) return;
    let committed: Committed | undefined;
    try {
      const appends = batch.map((entry) => entry.append);
      committed = this.#committer.commit(appends, this.#end);
    } catch (error) {
      rejectAll(batch, error);
    }
    if (committed !== undefined && committed.events.length > 0) this.#sync(batch, committed);
    else if (committed !== undefined) settle(batch, committed.outcomes);
    if (!this.#queue.isEmpty) this.#scheduleCommit();
  }

  #sync(batch: readonly WaitingAppend[], committed: Committed): void {
    if (batch.length === 1 && this.#leftOnTheSpot > 0) {
      this.#leftOnTheSpot -= 1;
      try {
        this.#log.syncNow();
      } catch (error) {
        this.#break(batch, error);
        return;
      }
      this.#tell(batch, committed);
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#syncing = promise;
    this.#isWanted = false;
    this.#log.sync((error) => {
      this.#syncing = undefined;
      if (!this.#isWanted) this.#leftOnTheSpot = onTheSpot;
      if (error === null) this.#tell(batch, committed);
      else this.#break(batch, error);
      resolve();
      if (!this.#queue.isEmpty) this.#scheduleCommit();
    });
  }

  #tell(batch: readonly WaitingAppend[], committed: Committed): void {
    this.#end = committed.end;
    if (batch.some(({ append }) => append.erase.length > 0)) this.#checkpointer.empty();
    this.#announce(committed.events);
    settle(batch, committed.outcomes);
  }

  /** Nobody knows what of the log is on the disk: only opening it anew tells, so nothing is written after it. */
  #break(batch: readonly WaitingAppend[], cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const sentence = `the disk did not confirm what the journal wrote: ${reason}; it may have been kept. See to the disk and start again`;
    this.#broken = new JournalError('unknown', sentence, { cause });
    for (let lost = batch; lost.length > 0; lost = this.#queue.takeBatch()) rejectAll(lost, this.#broken);
  }

  #announce(events: readonly Envelope[]): void {
    this.#recent.add(events);
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

  #page(page: Page): readonly Envelope[] {
    return this.#synced(this.#reader.readAll(page));
  }

  /** Those of `events`, which are in order, that are synced. */
  #synced(events: readonly Envelope[]): readonly Envelope[] {
    const { position } = this.#end;
    return (events.at(-1)?.position ?? 0) <= position ? events : events.filter((event) => event.position <= position);
  }

  #refuseIfBroken(): void {
    if (this.#broken) throw this.#broken;
  }

  /** Every call comes through here. */
  #refuseIfClosed(): void {
    this.#isWanted = true;
    if (this.#closing) throw new JournalError('closed', 'the journal is closed; open it again');
  }
}
