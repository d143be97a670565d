/**
 * What the readings of one subject have meant for one way of asking about it, such as `is not frozen, held for a minute`: shared by all mandates
 * that ask alike, so that one reading is one step however many depend on it. Pure.
 *
 * INVARIANT: every failing reading raises `fails`, so that whoever saw an earlier number knows that it has failed since.
 */

import type { Condition, SignalReading } from '@writ/authority';
import { standing } from '@writ/authority';

export type Failure = {
  /** In the order of all events. */
  readonly position: number;
  readonly at: number;
  readonly reading: string;
};

export type Latch = {
  readonly condition: Condition;
  readonly fails: number;
  readonly lastFailure: Failure | null;
  /** Since when it holds without a break, by control's clock; null while it does not. */
  readonly heldSince: number | null;
  /** When it had held for long enough after it last failed; null until then. A latch that never failed is released from the start. */
  readonly releasedAt: number | null;
};

/** What makes two conditions ask alike. */
export const latchKey = ({ test, value, maxAgeMs, holdMs }: Condition): string =>
  JSON.stringify([test, value, maxAgeMs, holdMs]);

/** A latch that has heard nothing but the reading that is there, if one is. */
export function newLatch(condition: Condition, reading: SignalReading | undefined, at: number): Latch {
  const holds = reading !== undefined && standing(condition, reading, at) === 'holds';
  return { condition, fails: 0, lastFailure: null, heldSince: holds ? at : null, releasedAt: at };
}

/** A reading as it comes in at `at`; `before` is the one it takes the place of. */
export type Said = {
  readonly reading: SignalReading;
  readonly before: SignalReading | undefined;
  readonly at: number;
  readonly position: number;
};

/** The latch after a reading: a failing takes effect at once, a holding only after it has lasted. */
export function heard(latch: Latch, { reading, before, at, position }: Said): Latch {
  const { condition } = latch;
  switch (standing(condition, reading, at)) {
    case 'fails': {
      const lastFailure = { position, at, reading: String(reading.value) };
      return { ...latch, fails: latch.fails + 1, lastFailure, heldSince: null, releasedAt: null };
    }
    case 'unknown':
      return { ...latch, heldSince: null };
    case 'holds': {
      const isUnbroken = before !== undefined && standing(condition, before, at) !== 'unknown';
      const heldSince = isUnbroken ? (latch.heldSince ?? at) : at;
      return kept({ ...latch, heldSince }, reading, at);
    }
  }
}

/** The latch at `at`, nothing else having been heard: released when what holds has held for long enough. */
export function kept(latch: Latch, reading: SignalReading | undefined, at: number): Latch {
  if (latch.releasedAt !== null || !isDue(latch, reading, at)) return latch;
  return { ...latch, releasedAt: at };
}

/** Whether it is released at `at` if nothing else is heard. */
export const isDue = ({ condition, heldSince }: Latch, reading: SignalReading | undefined, at: number): boolean =>
  heldSince !== null && at - heldSince >= condition.holdMs && standing(condition, reading, at) === 'holds';
