/**
 * An operation's lease as its holder sees it. Pure. It counts from when the renewal was asked for, by the larger of both clocks, so
 * the holder never believes in it longer than control does.
 */

import type { Reading } from '../client/clock.ts';
import { elapsedMs } from '../client/freshness.ts';

export type Lease = { readonly lengthMs: number; readonly since: Reading };

/** The lease control gave when it was asked for `lengthMs` at `since`. INVARIANT: never longer than what was given. */
export const leased = (lengthMs: number, given: { readonly lease_ms: number }, since: Reading): Lease => ({
  lengthMs: Math.min(lengthMs, given.lease_ms),
  since,
});

/** `due` from a third of its length on: time for two more attempts. `over`: nothing may run on it. */
export function leaseStanding({ lengthMs, since }: Lease, now: Reading): 'held' | 'due' | 'over' {
  const elapsed = elapsedMs(since, now);
  return elapsed >= lengthMs ? 'over' : elapsed >= lengthMs / 3 ? 'due' : 'held';
}
