/**
 * Until when a permit stays a permit if nothing is heard: every bound that time alone can cross. A lease, a permit or a cached yes ends there at the latest.
 *
 * It knows no event; those void what was given before. What refuses already has no need of a bound.
 */

import type { JudgedMandate as Mandate } from '../mandate/mandate.ts';
import type { SignalReading } from './condition.ts';
import { holdsUntil } from './condition.ts';

/** The latest reading of a subject. */
type Readings = (subject: string) => SignalReading | undefined;

/** The first millisecond at which the same question need not be permitted. `otherwise`: a bound found while judging, such as the end of a time window. */
export function validUntil(chain: readonly Mandate[], signals: Readings, now: number, otherwise: number): number {
  let until = Math.min(otherwise, Number.MAX_SAFE_INTEGER);
  for (const mandate of chain) {
    until = Math.min(until, mandate.expiresAt, wallEnd(mandate), conditionsEnd(mandate, signals, now));
  }
  return until;
}

/** A mandate nobody has approved has no wall time at all. */
function wallEnd({ approvedAt, budgets }: Mandate): number {
  let end = Infinity;
  for (const budget of budgets)
    if (budget.kind === 'wall') end = Math.min(end, approvedAt === null ? 0 : approvedAt + budget.limitMs);
  return end;
}

function conditionsEnd({ conditions }: Mandate, signals: Readings, now: number): number {
  let end = Infinity;
  for (const condition of conditions) end = Math.min(end, holdsUntil(condition, signals(condition.subject), now));
  return end;
}
