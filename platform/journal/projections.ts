/** Who is called after each commit, and how a fold that starts late catches up without a gap. It keeps no events. */
import type { Envelope } from './journal.ts';

export type Listener = (events: readonly Envelope[]) => void;

export class Projections {
  readonly #listeners = new Set<Listener>();

  add(listener: Listener): Disposable {
    // Its own function, so that registering the same listener twice means two calls.
    const registered: Listener = (events) => {
      listener(events);
    };
    this.#listeners.add(registered);
    return { [Symbol.dispose]: () => void this.#listeners.delete(registered) };
  }

  announce(events: readonly Envelope[]): void {
    for (const listener of [...this.#listeners]) callListener(listener, events);
  }
}

/** `page` reads up to `limit` events after a position; `announced` is the newest position that was announced to listeners; `add` registers one. */
export type FollowedLog = {
  readonly page: (after: number, limit: number) => readonly Envelope[] | Promise<readonly Envelope[]>;
  readonly announced: () => number;
  readonly add: (listener: Listener) => Disposable;
};

const pageSize = 2000;

/** Replays to `listener` what came after a position, and registers it in the same turn in which nothing is left to replay. */
export async function followFrom(after: number, log: FollowedLog, listener: Listener): Promise<Disposable> {
  let seen = after;
  for (;;) {
    const events = await log.page(seen, pageSize);
    if (events.length > 0) listener(events);
    seen = events.at(-1)?.position ?? seen;
    // What others wrote may have been read here before it is announced.
    if (seen < log.announced()) continue;
    return log.add((announced) => {
      const unseen = announced.filter((event) => event.position > seen);
      if (unseen.length > 0) listener(unseen);
    });
  }
}

// A fold that missed an event would answer wrongly from now on, so its error ends the process before any append of this commit is acknowledged.
function callListener(listener: Listener, events: readonly Envelope[]): void {
  try {
    listener(events);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
