/**
 * The journal on a simulated disk: what is appended together is one frame, written, then synced after as long as the disk takes, and acknowledged only then. It is for tests of
 * whatever stands on a journal, so it passes the suite of every adapter and shares all but the storing with them.
 *
 * It refuses to be a store: nothing of it survives its process, and reading is from memory.
 */
import { checkErasable, erasureStream, prepareErasure } from '../erase.ts';
import { JournalError } from '../errors.ts';
import { AppendQueue, rejectAll, settle } from '../append-queue.ts';
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
import type { StoredEvent } from '../log-check.ts';
import { LogCheck } from '../log-check.ts';
import { parsePage } from '../page.ts';
import { prepareAppend } from '../prepare.ts';
import { toEnvelope } from '../rows.ts';
import type { Listener } from '../projections.ts';
import { followFrom, Projections } from '../projections.ts';
import type { Head, SealedEvent } from '../seal.ts';
import { sealBatch } from '../seal.ts';
import { subscribeTo } from '../subscribe.ts';
import type { StoredSnapshot } from '../snapshot/snapshot.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

/** `afterSync` calls back once the disk has synced what was written before the call. */
export type SimulatedOptions = {
  readonly organisation: string;
  readonly now: () => number;
  readonly afterSync: (done: () => void) => void;
};

type PageOptions = { readonly after?: number; readonly limit?: number };
type Kept = Omit<StoredEvent, 'salt' | 'streamKey' | 'stream'> & {
  readonly stream: string;
  readonly salt: string | null;
};
type Frame = { readonly events: readonly Kept[]; readonly erase: readonly number[] };

export class SimulatedJournal implements Journal {
  readonly #disk: SimulatedDisk;
  readonly #options: SimulatedOptions;
  readonly #events: Envelope[] = [];
  readonly #kept: Kept[] = [];
  readonly #streams = new Map<string, Envelope[]>();
  readonly #queue = new AppendQueue();
  readonly #projections = new Projections();
  #isCommitting = false;
  #changed = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  /** Opens what is whole on `disk`. */
  constructor(disk: SimulatedDisk, options: SimulatedOptions) {
    this.#disk = disk;
    this.#options = options;
    // The frames are our own, and whole by their digests.
    for (const text of disk.recover()) this.#take(JSON.parse(text) as Frame);
  }

  append(writes: readonly StreamWrite[], expect: readonly Expectation[]): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#refuseIfClosed();
      this.#queue.refuseIfFull();
      this.#queue.add({ append: prepareAppend(writes, expect), resolve, reject });
      this.#schedule();
    });
  }

  erase(erasure: Erasure): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#refuseIfClosed();
      this.#queue.add({ append: prepareErasure(erasure), resolve, reject });
      this.#schedule();
    });
  }

  read(stream: string, options?: PageOptions): Promise<readonly Envelope[]> {
    return this.#answer(() => {
      const { after, limit } = parsePage(options);
      return (this.#streams.get(stream) ?? []).slice(after, after + limit);
    });
  }

  readAll(options?: PageOptions): Promise<readonly Envelope[]> {
    return this.#answer(() => this.#page(options));
  }

  head(): Promise<number> {
    return this.#answer(() => this.#events.length);
  }

  verify(expected: readonly Seal[] = []): Promise<VerifyReport> {
    return this.#answer(() => {
      const check = new LogCheck(expected);
      for (const kept of this.#kept)
        check.event({ ...kept, streamKey: kept.stream, salt: kept.salt === null ? null : fromText(kept.salt) });
      check.heads(
        [...this.#streams.keys()].map((stream) => {
          const { hash, ...head } = this.#headOf(stream);
          return { ...head, hash: hash ?? '', stream, streamKey: stream };
        }),
      );
      const erasedAt = this.#headOf(erasureStream).position;
      check.snapshots(
        [...this.#disk.snapshots.values()].map((snapshot) => ({
          snapshot,
          hashThere: this.#events[snapshot.position - 1]?.hash ?? null,
          erasedAt,
        })),
      );
      return check.report();
    });
  }

  snapshot(fold: string): Promise<StoredSnapshot | undefined> {
    return this.#answer(() => {
      const kept = this.#disk.snapshots.get(fold);
      return kept && kept.position >= this.#headOf(erasureStream).position ? structuredClone(kept) : undefined;
    });
  }

  keepSnapshot(snapshot: StoredSnapshot): Promise<void> {
    return this.#answer(() => {
      const { fold, position } = snapshot;
      if (position < this.#headOf(erasureStream).position || position > this.#events.length) return;
      this.#disk.snapshots.set(fold, structuredClone(snapshot));
    });
  }

  subscribe(options: { readonly after: number; readonly signal: AbortSignal }): AsyncIterable<Envelope> {
    this.#refuseIfClosed();
    parsePage({ after: options.after });
    const log = {
      page: (after: number, limit: number) => this.#page({ after, limit }),
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
        announced: () => this.#events.length,
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

  async #close(): Promise<void> {
    while (this.#isCommitting || !this.#queue.isEmpty) await new Promise<void>((done) => this.#options.afterSync(done));
    this.#changed.resolve();
  }

  #schedule(): void {
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    // What this turn's callbacks append is in the queue by then, and shares the frame.
    this.#options.afterSync(() => this.#commit());
  }

  #commit(): void {
    const batch = this.#queue.takeBatch();
    const appends = batch.map(({ append }) => append);
    const heads = new Map<string, Head>();
    const headOf = (stream: string): Head => {
      const head = heads.get(stream) ?? { id: 0, isNew: true, ...this.#headOf(stream) };
      heads.set(stream, head);
      return head;
    };
    try {
      const end = { position: this.#events.length, at: Date.parse(this.#events.at(-1)?.at ?? epoch) };
      const sealed = sealBatch(
        batch.map(({ append }) => append),
        headOf,
        end,
        this.#options,
      );
      const erase = appends.flatMap((append) => append.erase);
      checkErasable(
        erase,
        erase.flatMap((position) => this.#events[position - 1] ?? []),
      );
      const frame: Frame = { events: sealed.events.map(kept), erase };
      this.#disk.write(JSON.stringify(frame));
      this.#options.afterSync(() => {
        try {
          this.#disk.sync();
        } catch (error) {
          this.#disk.forget();
          rejectAll(batch, error);
          return this.#next();
        }
        const events = this.#take(frame);
        if (events.length > 0) this.#announce(events);
        settle(batch, sealed.outcomes);
        this.#next();
      });
    } catch (error) {
      rejectAll(batch, error);
      this.#next();
    }
  }

  #next(): void {
    this.#isCommitting = false;
    if (!this.#queue.isEmpty) this.#schedule();
  }

  #announce(events: readonly Envelope[]): void {
    this.#projections.announce(events);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Takes a frame into memory; its events. */
  #take({ events, erase }: Frame): readonly Envelope[] {
    const taken = events.map((event) => {
      const stored = { ...event, cause: event.cause ?? null, lineage: event.lineageText, data: event.dataText };
      const envelope = toEnvelope({ ...stored, blob: null }, event.organisation, null);
      const stream = this.#streams.get(event.stream) ?? [];
      this.#streams.set(event.stream, stream);
      stream.push(envelope);
      this.#events.push(envelope);
      this.#kept.push(event);
      return envelope;
    });
    if (erase.length > 0) this.#disk.snapshots.clear();
    for (const position of erase) {
      const [event, envelope] = [this.#kept[position - 1], this.#events[position - 1]];
      if (event === undefined || envelope === undefined) continue;
      this.#kept[position - 1] = { ...event, salt: null, dataText: null };
      this.#events[position - 1] = { ...envelope, data: null };
      const stream = this.#streams.get(event.stream) ?? [];
      stream[event.version - 1] = { ...envelope, data: null };
    }
    return taken;
  }

  #headOf(stream: string): Pick<Head, 'version' | 'position' | 'hash'> {
    const { version = 0, position = 0, hash = null } = this.#streams.get(stream)?.at(-1) ?? {};
    return { version, position, hash };
  }

  #page(options?: PageOptions): readonly Envelope[] {
    const { after, limit } = parsePage(options);
    return this.#events.slice(after, after + limit);
  }

  #answer<T>(question: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#refuseIfClosed();
      resolve(question());
    });
  }

  #refuseIfClosed(): void {
    if (this.#closing) throw new JournalError('closed', 'the journal is closed; open it again');
  }
}

const epoch = '1970-01-01T00:00:00.000Z';

const fromText = (text: string): Uint8Array => Buffer.from(text, 'base64url');

function kept({ envelope, prepared }: SealedEvent<Head>): Kept {
  const { position, stream, version, type, at, organisation, project, actor, cause, hash } = envelope;
  const { lineageText, dataHash, salt, dataText } = prepared;
  const common = { position, stream, version, type, at, organisation, project, actor, hash, lineageText, dataHash };
  return {
    ...common,
    dataText,
    salt: Buffer.from(salt).toString('base64url'),
    ...(cause !== undefined && { cause }),
  };
}
