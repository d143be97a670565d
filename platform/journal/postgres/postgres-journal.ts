/**
 * The journal on PostgreSQL: any number of nodes append and follow at once. Each node has one connection that writes, and all appends that wait for it share a
 * transaction and a sync.
 *
 * Projections see every event, of whichever node, in position order: others' events are read before a commit and whenever the server's NOTIFY or the clock says to look.
 * NOTIFY only wakes; the log itself says what is new. A lost connection is opened again, at whichever server takes writes by then; a commit that was under way is looked for
 * in the log before anything is written again. A node whose store has lost events it had seen does nothing any more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareErasure } from '../erase.ts';
import { JournalError } from '../errors.ts';
import type {
  AppendResult,
  Envelope,
  Erasure,
  Expectation,
  Journal,
  Seal,
  StreamWrite,
  VerifyReport,
} from '../journal.ts';
import { AppendQueue, rejectAll, settle } from '../append-queue.ts';
import type { WaitingAppend } from '../append-queue.ts';
import { parsePage } from '../page.ts';
import { prepareAppend } from '../prepare.ts';
import type { Listener } from '../projections.ts';
import { followFrom, Projections } from '../projections.ts';
import { RecentEvents } from '../recent.ts';
import { subscribeTo } from '../subscribe.ts';
import { commitBatch, CommitUnknown } from './commit.ts';
import type { Committed, StoreOwner } from './commit.ts';
import { Connection, ConnectionLost } from './connection.ts';
import type { ConnectionOptions } from './connection.ts';
import { PostgresReader } from './reader.ts';
import type { StoredSnapshot } from '../snapshot/snapshot.ts';
import { keepSnapshot } from './snapshots.ts';
import { Waker } from './waker.ts';
import { verifyStore } from './verify.ts';
import * as sql from './sql.ts';

type PageOptions = { readonly after?: number; readonly limit?: number };

export type PostgresJournalOptions = StoreOwner &
  ConnectionOptions & {
    /** How long work waits for a lost server to come back, in milliseconds. */
    readonly patienceMs: number;
    /** How often the log is looked at without being told to, in milliseconds. */
    readonly pollMs: number;
  };

/** The newest event this node has announced; its hash tells a log that went on from one that was replaced. */
type Seen = { readonly position: number; readonly hash: string };

const catchUpPage = 500;

export class PostgresJournal implements Journal {
  readonly #options: PostgresJournalOptions;
  readonly #writer: Connection;
  readonly #reader: PostgresReader;
  readonly #waker: Waker;
  readonly #queue = new AppendQueue();
  readonly #projections = new Projections();
  #refreshers: PromiseWithResolvers<number>[] = [];
  #seen: Seen;
  readonly #recent: RecentEvents;
  /** When it last began to ask for what is new, and was told all of it. */
  #knewAt = clocks();
  #isDue = false;
  #work: Promise<void> = Promise.resolve();
  #changed = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;
  #rewound: JournalError | undefined;

  /** `seen` is where the log ended when the store was opened: projections are called for what comes after. */
  constructor(options: PostgresJournalOptions, seen: Seen) {
    this.#options = options;
    this.#seen = seen;
    this.#recent = new RecentEvents(seen.position);
    this.#writer = new Connection(options);
    this.#reader = new PostgresReader(options);
    this.#waker = new Waker(options, () => {
      this.#schedule();
    });
  }

  append(writes: readonly StreamWrite[], expect: readonly Expectation[]): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#refuseIfEnded();
      this.#queue.refuseIfFull();
      this.#queue.add({ append: prepareAppend(writes, expect), resolve, reject });
      this.#schedule();
    });
  }

  erase(erasure: Erasure): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#refuseIfEnded();
      this.#queue.add({ append: prepareErasure(erasure), resolve, reject });
      this.#schedule();
    });
  }

  read(stream: string, options?: PageOptions): Promise<readonly Envelope[]> {
    return this.#answer(() => this.#reader.readStream(stream, parsePage(options)));
  }

  readAll(options?: PageOptions): Promise<readonly Envelope[]> {
    return this.#answer(() => this.#reader.readAll(parsePage(options)));
  }

  head(): Promise<number> {
    return this.#answer(() => this.#reader.end());
  }

  verify(expected?: readonly Seal[]): Promise<VerifyReport> {
    return this.#answer(() => verifyStore(this.#options, this.#options.organisation, expected));
  }

  snapshot(fold: string): Promise<StoredSnapshot | undefined> {
    return this.#answer(() => this.#reader.snapshot(fold));
  }

  keepSnapshot(snapshot: StoredSnapshot): Promise<void> {
    return this.#answer(() => keepSnapshot(this.#options, snapshot));
  }

  subscribe(options: { readonly after: number; readonly signal: AbortSignal }): AsyncIterable<Envelope> {
    this.#refuseIfEnded();
    parsePage({ after: options.after });
    const log = {
      page: (after: number, limit: number) =>
        this.#recent.after(after, limit) ?? this.#reader.readAll({ after, limit }),
      changed: () => this.#changed.promise,
      isClosed: () => this.#closing !== undefined,
    };
    return subscribeTo(log, options);
  }

  project(listener: Listener): Disposable {
    this.#refuseIfEnded();
    return this.#projections.add(listener);
  }

  async follow(after: number, listener: Listener): Promise<Disposable> {
    this.#refuseIfEnded();
    const log = {
      page: (from: number, limit: number) => this.#reader.readAll({ after: from, limit }),
      announced: () => this.#seen.position,
      add: (each: Listener) => this.project(each),
    };
    return followFrom(parsePage({ after }).after, log, listener);
  }

  refresh(): Promise<number> {
    return this.#answer(() => {
      const refreshed = Promise.withResolvers<number>();
      this.#refreshers.push(refreshed);
      this.#schedule();
      return refreshed.promise;
    });
  }

  silentMs(): number {
    const { wall, elapsed } = this.#knewAt;
    return Math.max(Date.now() - wall, performance.now() - elapsed, 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#waker[Symbol.asyncDispose]();
    await this.#work;
    while (!this.#queue.isEmpty) await this.#commit();
    this.#changed.resolve();
    await this.#writer[Symbol.asyncDispose]();
    await this.#reader[Symbol.asyncDispose]();
  }

  // The end of the turn: everything this turn's callbacks append is in the queue by then. One piece of work at a time, so that events are announced in order.
  #schedule(): void {
    if (this.#isDue || this.#closing) return;
    this.#isDue = true;
    this.#work = this.#work.then(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      this.#isDue = false;
      // A commit reads what others wrote as well, so only who waits for nothing else, or asks for the newest, needs a look of its own.
      if (this.#queue.isEmpty || this.#refreshers.length > 0) await this.#look();
      if (!this.#queue.isEmpty) await this.#commit();
      if (!this.#queue.isEmpty) this.#schedule();
    });
  }

  /** Announces what is new. Never rejects: nobody waits for it but the refreshers, and they are told. */
  async #look(): Promise<void> {
    const waiting = this.#refreshers;
    this.#refreshers = [];
    try {
      await this.#catchUp();
      for (const { resolve } of waiting) resolve(this.#seen.position);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      if (this.#rewound) throw this.#rewound;
      const { began, end, hash, events } = await this.#patiently(async () => ({
        began: clocks(),
        ...(await this.#reader.next(this.#seen.position, catchUpPage)),
      }));
      this.#refuseRewound(end, hash);
      this.#announce(events);
      if (events.length < catchUpPage) return void (this.#knewAt = began);
    }
  }

  async #commit(): Promise<void> {
    const batch = this.#queue.takeBatch();
    try {
      const { others, events, outcomes } = await this.#write(batch);
      this.#announce(others);
      this.#announce(events);
      settle(batch, outcomes);
    } catch (error) {
      rejectAll(batch, error);
    }
  }

  /** Writes a batch, through however many servers it takes. */
  async #write(batch: readonly WaitingAppend[]): Promise<Committed> {
    const appends = batch.map((entry) => entry.append);
    for (;;) {
      if (this.#rewound) throw this.#rewound;
      let began = clocks();
      const written = await this.#patiently(async () => {
        began = clocks();
        try {
          return await this.#writer.use((client) => commitBatch(client, appends, this.#seen.position, this.#options));
        } catch (error) {
          if (error instanceof CommitUnknown) return this.#settleUnknown(error);
          throw error;
        }
      });
      if (written === 'not kept') continue;
      if (written.state === 'done') {
        if (written.events.length > 0) this.#waker.tell(this.#writer);
        this.#knewAt = began;
        return written;
      }
      if (written.state === 'rewound') this.#refuseRewound(written.end, null);
      await this.#catchUp();
    }
  }

  /** Looks for a batch whose commit was not answered. The lock waits for a server that is still at it. */
  async #settleUnknown(lost: CommitUnknown): Promise<Committed | 'not kept'> {
    try {
      const found = await this.#patiently(() =>
        this.#writer.use(async (client) => {
          await client.query(sql.begin);
          await client.query(sql.lockLog);
          const { rows } = await client.query<{ hash: string }>(sql.readHash, [lost.position]);
          await client.query(sql.rollback);
          return rows[0]?.hash;
        }),
      );
      return found === lost.hash ? lost.committed : 'not kept';
    } catch (error) {
      const sentence = 'the journal’s store went away during a commit and did not come back in time';
      throw new JournalError('unknown', `${sentence}; read the streams to learn whether this append was kept`, {
        cause: error,
      });
    }
  }

  /** Tries again while the server is gone, as long as the options allow. */
  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const until = performance.now() + this.#options.patienceMs;
    for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof ConnectionLost) || performance.now() + pause > until || this.#closing) throw error;
      }
      await sleep(pause);
    }
  }

  // INVARIANT: a node never goes on over a log that lacks what its projections have seen: it would judge by approvals, or forget revocations, that are not there.
  #refuseRewound(end: number, hash: string | null): void {
    const { position } = this.#seen;
    if (end >= position && (hash === null || hash === this.#seen.hash)) return;
    this.#rewound = new JournalError(
      'rewound',
      `the journal’s store ends at position \`${String(end)}\` and no longer has the event at \`${String(position)}\` this process has seen; a backup or a replica that was behind took its place: stop every node, run \`writ audit verify\`, and start again`,
    );
    throw this.#rewound;
  }

  #announce(events: readonly Envelope[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#seen = { position: last.position, hash: last.hash };
    this.#recent.add(events);
    this.#projections.announce(events);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #answer<T>(question: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => {
      this.#refuseIfEnded();
      resolve(this.#patiently(question).catch(asJournalError));
    });
  }

  #refuseIfEnded(): void {
    if (this.#closing) throw new JournalError('closed', 'the journal is closed; open it again');
    if (this.#rewound) throw this.#rewound;
  }
}

const clocks = (): { readonly wall: number; readonly elapsed: number } => ({
  wall: Date.now(),
  elapsed: performance.now(),
});

function asJournalError(error: unknown): never {
  if (error instanceof JournalError) throw error;
  const reason = error instanceof Error ? error.message : String(error);
  throw new JournalError('store', `the journal could not be read: ${reason}; try it again`, { cause: error });
}
