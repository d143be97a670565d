/**
 * Until when a permit stays a permit if nothing is heard: every bound that time alone can cross. A lease, a permit or a cached yes ends there at the latest.
 *
 * It knows no event; those void what was given before. What refuses already has no need of a bound.
 */

import type { CompiledChain } from './compiled-chain.ts';
import type { SignalReading } from './condition.ts';
import { holdsUntil } from './condition.ts';

/** The latest reading of a subject. */
type Readings = (subject: string) => SignalReading | undefined;

/** The first millisecond at which the same question need not be permitted. `otherwise`: a bound found while judging, such as the end of a time window. */
export function validUntil(chain: CompiledChain, signals: Readings, now: number, otherwise: number): number {
  let until = Math.min(otherwise, chain.endsAt, Number.MAX_SAFE_INTEGER);
  for (const condition of chain.conditions)
    until = Math.min(until, holdsUntil(condition, signals(condition.subject), now));
  return until;
}
