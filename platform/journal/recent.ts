/**
 * The newest events of a journal, as they were announced: however many follow its end, each event is read and parsed once. A part of the log in memory, never more than a few hundred events of it.
 *
 * It refuses to keep what was erased: an erasure empties it.
 */

import type { Envelope } from './journal.ts';
import { erasureStream } from './erase.ts';

/** The fewest that are kept once there are so many. */
const kept = 256;

export class RecentEvents {
  /** Everything announced after this position is here. */
  #floor: number;
  #events: Envelope[] = [];

  /** `end`: the position of the newest event before the first that is announced. */
  constructor(end: number) {
    this.#floor = end;
  }

  /** Takes in what was announced, in its order. */
  add(events: readonly Envelope[]): void {
    this.#events.push(...events);
    const isErased = events.some(({ stream }) => stream === erasureStream);
    if (!isErased && this.#events.length <= 2 * kept) return;
    const gone = this.#events.splice(0, isErased ? this.#events.length : this.#events.length - kept);
    this.#floor = gone.at(-1)?.position ?? this.#floor;
  }

  /** Up to `limit` events after a position; null where some of them are not here. */
  after(position: number, limit: number): readonly Envelope[] | null {
    if (position < this.#floor) return null;
    const last = this.#events.findLastIndex((event) => event.position <= position);
    return this.#events.slice(last + 1, last + 1 + limit);
  }
}
