/**
 * Answers that are given again and again to the same question of the same caller, counted instead of written one by one: an agent that retries in a loop
 * fills no journal. The first is written at once, and so is one with another reason; the rest is written as a number, at growing intervals.
 *
 * It changes no answer. What is counted and not written yet is in memory alone, so that a crash loses at most the last interval's number.
 */

import type { PlannedWrite } from './commit.ts';

/** The number of repeats, and since when, as an event. */
type Counted = (times: number, since: number) => PlannedWrite;

export type Noted = {
  /** The first of its kind: to be written as it is. */
  readonly isFirst: boolean;
  /** The id of the first. */
  readonly id: string;
  /** What has been counted and is due to be written. */
  readonly due: readonly PlannedWrite[];
};

export interface Repeats {
  /** Notes an answer to the question `key`; `variant` is what the answer was. `id`: of this one. */
  note(key: string, answer: { readonly variant: string; readonly id: string; readonly counted: Counted }): Noted;
  /** The numbers that are due, or all there are. */
  due(all?: 'all'): readonly PlannedWrite[];
}

type Known = {
  readonly variant: string;
  readonly id: string;
  readonly counted: Counted;
  count: number;
  since: number;
  lastAt: number;
  waitMs: number;
  dueAt: number;
};

const firstWaitMs = 1_000;
const longestWaitMs = 300_000;
/** One that was not repeated for this long is new when it comes again. */
const forgottenAfterMs = 600_000;
const mostKnown = 10_000;

/** Nothing noted yet. */
export function createRepeats(now: () => number): Repeats {
  const known = new Map<string, Known>();

  /** The number of `one`, if there is any; the next is due later than this one was. */
  function take(one: Known): readonly PlannedWrite[] {
    const { count, since } = one;
    one.count = 0;
    one.waitMs = Math.min(one.waitMs * 2, longestWaitMs);
    one.dueAt = now() + one.waitMs;
    return count === 0 ? [] : [one.counted(count, since)];
  }

  function dropOldest(): readonly PlannedWrite[] {
    const dropped: PlannedWrite[] = [];
    for (const [key, one] of known) {
      if (known.size <= mostKnown) break;
      known.delete(key);
      dropped.push(...take(one));
    }
    return dropped;
  }

  return {
    note(key, { variant, id, counted }) {
      const at = now();
      const before = known.get(key);
      if (before?.variant === variant && at - before.lastAt < forgottenAfterMs) {
        if (before.count === 0) before.since = at;
        before.count += 1;
        before.lastAt = at;
        return { isFirst: false, id: before.id, due: at >= before.dueAt ? take(before) : [] };
      }
      const due = before === undefined ? [] : take(before);
      known.delete(key);
      const fresh = { count: 0, since: at, lastAt: at, waitMs: firstWaitMs, dueAt: at + firstWaitMs };
      known.set(key, { variant, id, counted, ...fresh });
      return { isFirst: true, id, due: [...due, ...dropOldest()] };
    },
    due(all) {
      const at = now();
      const due: PlannedWrite[] = [];
      for (const [key, one] of known) {
        if (all === 'all' || (one.count > 0 && at >= one.dueAt)) due.push(...take(one));
        if (one.count === 0 && at - one.lastAt >= forgottenAfterMs) known.delete(key);
      }
      return due;
    },
  };
}
