/**
 * One log that several nodes of control write, in memory, where nothing happens by itself: every commit, and every moment at which a node hears
 * of what another wrote, is a turn that the test gives. What two processes over one database can do to each other happens here in any order.
 *
 * It keeps no hash chain and nothing on disk: the adapters of the journal are tested by their own suite.
 */

import type { AppendResult, Envelope, Expectation, Journal, StreamWrite } from '@writ/journal';

/** Resolves when it is this one's turn. `what` says what is going to happen. */
export type Turn = (what: string) => Promise<void>;

/** Its events, positions from 1 without a hole. */
export class SharedLog {
  readonly events: Envelope[] = [];
  /** The same, by what was appended together. */
  readonly appends: (readonly Envelope[])[] = [];
  readonly #versions = new Map<string, number>();
  readonly #nodes: ((writer: Journal) => void)[] = [];
  readonly #now: () => number;

  /** `earlier`: what is in it already. */
  constructor(now: () => number, earlier: SharedLog['appends'] = []) {
    this.#now = now;
    for (const events of earlier) this.#keep(events);
  }

  #keep(events: readonly Envelope[]): void {
    if (events.length > 0) this.appends.push(events);
    this.events.push(...events);
    for (const { stream, version } of events) this.#versions.set(stream, version);
  }

  /** The first expectation that does not hold, or the end of the log with the events in it. */
  commit(writes: readonly StreamWrite[], expect: readonly Expectation[]): AppendResult {
    for (const { stream, version } of expect) {
      const actual = this.#versions.get(stream) ?? 0;
      if (actual !== version) return { ok: false, conflict: { stream, expected: version, actual } };
    }
    const shared = { organisation: 'test', at: new Date(this.#now()).toISOString() };
    let position = this.events.length;
    const written = writes.flatMap(({ stream, events }) => {
      let version = this.#versions.get(stream) ?? 0;
      return events.map((event): Envelope => {
        [position, version] = [position + 1, version + 1];
        return { ...event, ...shared, lineage: event.lineage ?? {}, stream, version, position, hash: String(position) };
      });
    });
    this.#keep(written);
    return { ok: true, position, events: written };
  }

  /** A node's end of it. What the node hears late, it hears in order. */
  node(name: string, turn: Turn): Journal {
    const log = this.events;
    const listeners = new Set<(events: readonly Envelope[]) => void>();
    let last: Promise<unknown> = Promise.resolve();
    let heard = log.length;
    let isToldSoon = false;
    const hear = (): void => {
      const news = log.slice(heard);
      heard = log.length;
      if (news.length > 0) for (const listener of listeners) listener(news);
    };
    const commit = (writes: readonly StreamWrite[], expect: readonly Expectation[]): AppendResult => {
      const result = this.commit(writes, expect);
      hear();
      if (result.ok && result.events.length > 0) for (const tell of this.#nodes) tell(journal);
      return result;
    };
    const unused = (): never => {
      throw new Error('not in this log');
    };
    const project = (listener: (events: readonly Envelope[]) => void): Disposable => {
      const own = (events: readonly Envelope[]): void => {
        listener(events);
      };
      listeners.add(own);
      return { [Symbol.dispose]: () => void listeners.delete(own) };
    };
    const journal: Journal = {
      // INVARIANT: as in every adapter, what a node hands over first is committed first.
      append: (writes, expect) => {
        const types = writes.flatMap(({ events }) => events.map(({ type }) => type));
        const committed = last
          .then(() => turn(`${name} commits ${[...new Set(types)].join(', ')}`))
          .then(() => commit(writes, expect));
        last = committed;
        return committed;
      },
      refresh: async () => {
        await turn(`${name} refreshes`);
        hear();
        return heard;
      },
      silentMs: () => 0,
      project,
      follow: (after, listener) => {
        const replayed = log.slice(after, heard);
        if (replayed.length > 0) listener(replayed);
        return Promise.resolve(project(listener));
      },
      read: (stream, { after = 0, limit = Infinity } = {}) =>
        Promise.resolve(log.filter((event) => event.stream === stream && event.version > after).slice(0, limit)),
      readAll: ({ after = 0, limit = Infinity } = {}) => Promise.resolve(log.slice(after, after + limit)),
      head: () => Promise.resolve(heard),
      subscribe: unused,
      erase: unused,
      verify: unused,
      snapshot: () => Promise.resolve(undefined),
      keepSnapshot: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    this.#nodes.push((writer) => {
      if (writer === journal || isToldSoon) return;
      isToldSoon = true;
      void turn(`${name} hears`).then(() => {
        isToldSoon = false;
        hear();
      });
    });
    return journal;
  }
}
