/**
 * A source's own count, made from its own times where it has no count: later is higher, and of two at one time the one that came later. Pure.
 */

/** How many can be told apart within one millisecond. */
const perMillisecond = 1_024;

/** The count of what was seen at `at` (epoch milliseconds), after `last`: no higher than `last` where it was seen before that. */
export function sequenceAt(at: number, last: number): number {
  const first = at * perMillisecond;
  return last >= first && last < first + perMillisecond - 1 ? last + 1 : first;
}
