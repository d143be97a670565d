/**
 * Whether a mandate's conditions hold, read from signal readings and the clock. A reading is unknown when it is missing, too old, dated further
 * ahead than it may be old, or of a kind that cannot prove what the condition asks.
 */

import type { Condition, SignalValue } from '../mandate/mandate.ts';
import { whyMalformedSubject } from './subject.ts';
import { readWeekWindow, windowEnd } from './week-window.ts';

export type SignalReading = { readonly value: SignalValue; readonly at: number; readonly sequence: number };

export type ConditionStanding = 'holds' | 'fails' | 'unknown';

/** The subject of conditions on the clock alone; nobody reports on it. */
export const timeSubject = 'time';

/** The standing of `condition` at `now`, given the latest reading of its subject. */
export function standing(condition: Condition, reading: SignalReading | undefined, now: number): ConditionStanding {
  if (condition.test === 'within') return withinWindow(condition, now);
  if (reading === undefined) return condition.whenUnreported === 'holds' ? 'holds' : 'unknown';
  // INVARIANT: not (age <= bound) also refuses NaN; a clock set back never keeps a reading alive for longer than its age allows.
  if (condition.maxAgeMs !== null && !(Math.abs(now - reading.at) <= condition.maxAgeMs)) return 'unknown';
  return compare(condition, reading.value);
}

/** Until when (exclusive) time alone leaves the standing of a condition that holds as it is. */
export function holdsUntil(
  { test, value, maxAgeMs }: Condition,
  reading: SignalReading | undefined,
  now: number,
): number {
  if (test === 'within') {
    const window = readWeekWindow(String(value));
    return (window && windowEnd(window, now)) ?? now;
  }
  // A reading is still good when it is exactly as old as it may be.
  return reading === undefined || maxAgeMs === null ? Infinity : reading.at + maxAgeMs + 1;
}

/** What a person reads of a reading: its value, or that the time is another. */
export const readingText = ({ test }: Condition, reading: SignalReading | undefined): string =>
  test === 'within' ? 'outside of it' : String(reading?.value ?? 'unknown');

function withinWindow({ value }: Condition, now: number): ConditionStanding {
  const window = readWeekWindow(String(value));
  if (window === undefined || !Number.isSafeInteger(now)) return 'unknown';
  return windowEnd(window, now) === undefined ? 'fails' : 'holds';
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

/** Why conditions mean nothing that could be judged, or undefined. */
export function whyMalformedConditions(conditions: readonly Condition[]): string | undefined {
  for (const [index, condition] of conditions.entries()) {
    const { id, subject, test, value, onFailure, returns, holdMs } = condition;
    const name = `condition \`${id}\``;
    if (conditions.findIndex((other) => other.id === id) !== index)
      return `two conditions are called \`${id}\`; give each its own id`;
    if (!(Number.isSafeInteger(holdMs) && holdMs >= 0)) return `${name} has to hold for a time that is none`;
    if ((test === 'within') !== (subject === timeSubject))
      return `${name} is of \`${subject}\`: \`within\` is of \`${timeSubject}\`, and \`${timeSubject}\` of nothing else`;
    if (test !== 'within') {
      const why = whyMalformedSubject(subject);
      if (why !== undefined) return `the subject of ${name} cannot be used: ${why}`;
    } else if (readWeekWindow(String(value)) === undefined)
      return `${name} is no time of the week; write one such as \`mon-fri 09:00-17:00 +01:00\``;
    else if (onFailure !== 'suspend' || returns !== 'automatically')
      return `${name} is of the clock, which comes back by itself: let it suspend and return automatically, or give an earlier expiry`;
  }
  return undefined;
}
