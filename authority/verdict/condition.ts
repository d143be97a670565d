/**
 * Whether a mandate's conditions hold, read from signal readings. A reading is unknown when it is missing, too old, dated further ahead than it may be old,
 * or of a kind that cannot prove what the condition asks.
 */

import type { Condition, SignalValue } from '../mandate/mandate.ts';

export type SignalReading = { readonly value: SignalValue; readonly at: number; readonly sequence: number };

export type ConditionStanding = 'holds' | 'fails' | 'unknown';

/** The standing of `condition` at `now`, given the latest reading of its subject. */
export function standing(condition: Condition, reading: SignalReading | undefined, now: number): ConditionStanding {
  if (reading === undefined) return condition.whenUnreported === 'holds' ? 'holds' : 'unknown';
  // INVARIANT: not (age <= bound) also refuses NaN; a clock set back never keeps a reading alive for longer than its age allows.
  if (condition.maxAgeMs !== null && !(Math.abs(now - reading.at) <= condition.maxAgeMs)) return 'unknown';
  return compare(condition, reading.value);
}

function compare(condition: Condition, actual: SignalValue): ConditionStanding {
  const { test, value } = condition;
  if (test === 'equals') return actual === value ? 'holds' : 'fails';
  // INVARIANT: `"true"` is not proof that something is not `true`.
  if (typeof actual !== typeof value || Number.isNaN(actual) || Number.isNaN(value)) return 'unknown';
  if (test === 'not_equals') return actual === value ? 'fails' : 'holds';
  // INVARIANT: an ordering between values that have none is unknown, never a yes.
  if (typeof actual !== 'number' || typeof value !== 'number') return 'unknown';
  const holds =
    test === 'less_than'
      ? actual < value
      : test === 'at_most'
        ? actual <= value
        : test === 'greater_than'
          ? actual > value
          : actual >= value;
  return holds ? 'holds' : 'fails';
}
