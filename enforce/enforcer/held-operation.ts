/**
 * An operation that this point holds for somebody: renewed while it goes on, and told to whoever carries it out when it may not.
 *
 * It refuses to believe in a lease for longer than control does, and takes no silence for a yes: a renewal that nobody answers is tried again until the
 * lease is over.
 */

import type { Clock, Reading } from '../client/clock.ts';
import { readClock } from '../client/clock.ts';
import { leaseStanding, leased } from '../supervisor/lease.ts';
import type { Asker, OperationWire } from './ask-control.ts';
import { renewOperation } from './ask-control.ts';
import { isSilence } from './renewal-answer.ts';

export type HeldOperation = {
  /** Asks control at once whether it may go on: something above it changed. */
  readonly ask: () => void;
  /** Nobody renews it any more. */
  readonly stop: () => void;
};

export type Holding = {
  /** It was begun with this. */
  readonly credential: string;
  readonly operation: OperationWire;
  /** When it was asked for. */
  readonly askedAt: Reading;
  /** For how long it is asked for each time, milliseconds. */
  readonly leaseMs: number;
  /** It may not go on. May be told more than once. */
  readonly onLost: (why: string) => void;
};

const lookMs = 250;

/** Holds `operation` until it is stopped. */
export function holdOperation(
  { credential, operation, askedAt, leaseMs, onLost }: Holding,
  { clock, ...asker }: Asker & { readonly clock: Clock },
): HeldOperation {
  let lease = leased(leaseMs, operation, askedAt);
  let asking = false;
  const ask = async (): Promise<void> => {
    asking = true;
    const since = readClock(clock);
    const answer = await renewOperation(asker, { credential, leaseMs }, operation.id);
    asking = false;
    if (answer.ok && !answer.value.interrupt_requested) lease = leased(leaseMs, answer.value, since);
    else if (answer.ok) onLost('it was told to stop');
    else if (!isSilence(answer.problem)) onLost(answer.problem.detail);
  };
  const timer = setInterval(() => {
    const standing = leaseStanding(lease, readClock(clock));
    if (standing === 'over') onLost('its lease ended without a renewal');
    else if (standing === 'due' && !asking) void ask();
  }, lookMs);
  return {
    ask: () => void ask(),
    stop: () => {
      clearInterval(timer);
    },
  };
}
