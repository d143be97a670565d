/**
 * One journal that several nodes of a plane share, as they share a database: it is on a machine of its own, each node asks it over a hop, and sees every event once and in order. What a
 * node asked while the database went away is answered with an error; of an append nobody can say then whether it was kept.
 */

import { JournalError, SimulatedJournal } from '@writ/journal';
import type { Envelope, Journal, SimulatedDisk } from '@writ/journal';
import type { Machine } from '../engine/engine.ts';
import { engine } from '../engine/engine.ts';

type Listener = (events: readonly Envelope[]) => void;
type Open = () => SimulatedJournal;

/** There or back: mostly a little, now and then long enough for another node to come between. */
const hopMs = (): number =>
  engine.random.chance(0.05) ? engine.random.between(5, 60) : engine.random.between(0.05, 0.6);

/** How often a node looks for others' events unasked. */
const lookMs = 400;

export class SharedStore {
  readonly machine: Machine;
  readonly #disk: SimulatedDisk;
  readonly #open: Open;
  readonly nodes = new Set<SharedJournal>();
  journal: SimulatedJournal;
  isUp = true;
  /** Whether its nodes look for others' events unasked. */
  looks = false;

  constructor(machine: Machine, disk: SimulatedDisk, open: Open) {
    this.machine = machine;
    this.#disk = disk;
    this.#open = open;
    this.journal = open();
    this.#announce();
  }

  #announce(): void {
    this.journal.project((events) => {
      for (const node of this.nodes)
        // A notification may be lost where nodes look by themselves, too: it costs a moment.
        if (!this.looks || engine.random.chance(0.6)) engine.after(hopMs(), () => node.hear(events), node.machine);
    });
  }

  /** The database is gone for `ms`. */
  crash(ms: number): void {
    if (!this.isUp) return;
    this.isUp = false;
    engine.crash(this.machine);
    this.#disk.crash((unsynced) => engine.random.below(unsynced + 1));
    for (const node of this.nodes) engine.after(hopMs(), () => node.lose(), node.machine);
    engine.after(
      ms,
      () => {
        engine.boot(this.machine);
        this.isUp = true;
        engine.after(
          0,
          () => {
            this.journal = this.#open();
            this.#announce();
            for (const node of this.nodes) engine.after(hopMs(), () => void node.refresh(), node.machine);
          },
          this.machine,
        );
      },
      null,
    );
  }
}

type Asked<T> = { readonly value: T; readonly tail: readonly Envelope[] };

/** A node's end of it. */
export class SharedJournal implements Journal {
  readonly machine: Machine;
  readonly #start: number;
  readonly #store: SharedStore;
  readonly #listeners = new Set<Listener>();
  readonly #waiting = new Set<(error: Error) => void>();
  #position = 0;
  /** When it asked for what it was told last. */
  #knewAt = 0;
  #changed = Promise.withResolvers<void>();

  constructor(store: SharedStore, machine: Machine) {
    this.#store = store;
    this.machine = machine;
    this.#start = machine.start;
    this.#knewAt = engine.now;
    for (const other of store.nodes) if (other.machine === machine) store.nodes.delete(other);
    store.nodes.add(this);
    if (store.looks) this.#look();
  }

  /** Asks now and then without being told to, as a node does that a notification may not reach. */
  #look(): void {
    engine.after(
      lookMs,
      () => {
        if (!this.#store.nodes.has(this)) return;
        if (this.silentMs() >= lookMs) void this.refresh().catch(() => undefined);
        this.#look();
      },
      this.machine,
    );
  }

  append: Journal['append'] = (writes, expect) => this.#ask((journal) => journal.append(writes, expect), 'unknown');
  erase: Journal['erase'] = (erasure) => this.#ask((journal) => journal.erase(erasure), 'unknown');
  read: Journal['read'] = (stream, options) => this.#ask((journal) => journal.read(stream, options));
  readAll: Journal['readAll'] = (options) => this.#ask((journal) => journal.readAll(options));
  snapshot: Journal['snapshot'] = (fold) => this.#ask((journal) => journal.snapshot(fold));
  keepSnapshot: Journal['keepSnapshot'] = (snapshot) => this.#ask((journal) => journal.keepSnapshot(snapshot));
  head: Journal['head'] = () => this.#ask((journal) => journal.head());
  verify: Journal['verify'] = (expected) => this.#ask((journal) => journal.verify(expected));

  project(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async follow(after: number, listener: Listener): Promise<Disposable> {
    for (let at = after; ;) {
      const page = await this.readAll({ after: at });
      at = page.at(-1)?.position ?? at;
      listener(page);
      // Nothing runs between this look and the call below.
      if (at >= this.#position) return this.project(listener);
    }
  }

  async refresh(): Promise<number> {
    await this.head();
    return this.#position;
  }

  silentMs(): number {
    return engine.now - this.#knewAt;
  }

  async *subscribe({ after, signal }: { readonly after: number; readonly signal: AbortSignal }) {
    const over = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    for (let at = after; !signal.aborted;) {
      const page = await this.readAll({ after: at, limit: 100 });
      for (const event of page) {
        if (signal.aborted) return;
        yield event;
        at = event.position;
      }
      if (page.length === 0 && at >= this.#position) await Promise.race([this.#changed.promise, over]);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#store.nodes.delete(this);
    this.lose();
    return Promise.resolve();
  }

  /** The database is gone: whoever waits for it is told. */
  lose(): void {
    for (const reject of [...this.#waiting]) reject(new Error('the database is gone'));
  }

  /** What was committed, as it arrives: perhaps after what came later, or again. */
  hear(events: readonly Envelope[]): void {
    const [first] = events;
    if (first !== undefined && first.position > this.#position + 1) return void this.refresh().catch(() => undefined);
    const fresh = events.filter(({ position }) => position > this.#position);
    if (fresh.length === 0) return;
    this.#position = fresh.at(-1)?.position ?? this.#position;
    for (const listener of [...this.#listeners]) listener(fresh);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Asks the database; with the answer comes everything committed before it, which is heard first. */
  #ask<T>(question: (journal: SimulatedJournal) => Promise<T>, lost: 'unknown' | 'store' = 'store'): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const askedAt = engine.now;
      const fail = (error: Error): void => {
        this.#waiting.delete(fail);
        reject(error instanceof JournalError ? error : new JournalError(lost, error.message));
      };
      this.#waiting.add(fail);
      if (!this.#store.isUp) return void engine.after(hopMs(), () => fail(new Error('it is down')), this.machine);
      const answer = ({ value, tail }: Asked<T>): void => {
        if (!this.#waiting.delete(fail) || this.machine.start !== this.#start) return;
        this.hear(tail);
        this.#knewAt = Math.max(this.#knewAt, askedAt);
        resolve(value);
      };
      const { journal, machine } = this.#store;
      engine.after(
        hopMs(),
        () => {
          question(journal)
            .then(async (value) => ({ value, tail: await journal.readAll({ after: this.#position }) }))
            .then(
              (asked) => engine.after(hopMs(), () => answer(asked), this.machine),
              // What the journal says of itself is an error.
              (error: unknown) => engine.after(hopMs(), () => fail(error as Error), this.machine),
            );
        },
        machine,
      );
    });
  }
}
