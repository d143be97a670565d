/** The latches of every subject, found by subject and by what is asked. Part of the fold: it decides nothing, and two folds of one log are alike. */

import type { Condition, SignalReading } from '@writ/authority';
import type { Latch, Said } from './latch.ts';
import { heard, isDue, kept, latchKey, newLatch } from './latch.ts';

/** A place that holds the latch as it is now; mandates keep the place. */
export type LatchPlace = { latch: Latch };

export type Latches = Map<string, Map<string, LatchPlace>>;

/** The place of the latch that `condition` asks for; a new one starts from the reading there is. Undefined for a condition of the clock alone. */
export function latchPlace(
  latches: Latches,
  condition: Condition,
  reading: SignalReading | undefined,
  at: number,
): LatchPlace | undefined {
  if (condition.test === 'within') return undefined;
  const ofSubject = latches.get(condition.subject) ?? new Map<string, LatchPlace>();
  latches.set(condition.subject, ofSubject);
  const key = latchKey(condition);
  const place = ofSubject.get(key) ?? { latch: newLatch(condition, reading, at) };
  ofSubject.set(key, place);
  return place;
}

/** A reading of the subject came in. */
export function hear(latches: Latches, subject: string, said: Said): void {
  for (const place of latches.get(subject)?.values() ?? []) place.latch = heard(place.latch, said);
}

/** Nothing was reported on the subject until `at`. */
export function keep(latches: Latches, subject: string, reading: SignalReading | undefined, at: number): void {
  for (const place of latches.get(subject)?.values() ?? []) place.latch = kept(place.latch, reading, at);
}

/** Whether some condition on the subject has held for long enough at `now`, and nobody has written it down. */
export const isAnyDue = (latches: Latches, subject: string, reading: SignalReading | undefined, now: number): boolean =>
  [...(latches.get(subject)?.values() ?? [])].some(
    ({ latch }) => latch.releasedAt === null && isDue(latch, reading, now),
  );

/** When the first of the subject's latches that wait will have held for long enough; undefined when none waits. */
export function nextDue(latches: Latches, subject: string): number | undefined {
  let first: number | undefined;
  for (const { latch } of latches.get(subject)?.values() ?? []) {
    if (latch.releasedAt !== null || latch.heldSince === null) continue;
    first = Math.min(first ?? Infinity, latch.heldSince + latch.condition.holdMs);
  }
  return first;
}
