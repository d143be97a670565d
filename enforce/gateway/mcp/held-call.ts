/**
 * A call that was begun, while the server is at it: its lease renewed, its cancellation sent, its end settled once.
 *
 * It never says that a call was stopped when the server may have done it.
 */

import type { Clock } from '../../client/clock.ts';
import type { Asker } from '../../enforcer/ask-control.ts';
import type { Flight, FlightOutcome } from '../../enforcer/flights.ts';
import { holdOperation } from '../../enforcer/held-operation.ts';
import type { Settlements } from '../../enforcer/settlements.ts';
import type { DoorHolder } from '../door-holder.ts';
import type { Begun } from './tool-call.ts';
import { callLeaseMs } from './tool-call.ts';

export type HeldCall = Flight & {
  /** Says how it ended; the first word stands. Resolves when control was told, or cannot be. */
  readonly land: (outcome: FlightOutcome, evidence: string) => Promise<void>;
  readonly landed: Promise<void>;
};

export type HeldCallDeps = Asker & {
  readonly clock: Clock;
  readonly settlements: Settlements;
  readonly onFlight: (call: Flight) => void;
  readonly onLanded: (operation: string, outcome: FlightOutcome, note: string) => void;
};

export type HeldCallEvents = {
  /** The server is to be told that nobody waits for it any more. Once. */
  readonly onCancel: (why: string) => void;
  /** It was told, and has not answered in time. */
  readonly onOverdue: (why: string) => void;
  readonly onLanded: () => void;
};

/** How long a server has to answer after it was told that a call is cancelled, milliseconds. */
export const cancelGraceMs = 1_000;

/** Holds a call of `holder` until it lands. */
export function holdCall(
  holder: DoorHolder,
  { operation, askedAt, fenced }: Begun & { readonly fenced: boolean },
  { onCancel, onOverdue, onLanded }: HeldCallEvents,
  deps: HeldCallDeps,
): HeldCall {
  const { run, mandate, credential } = holder;
  const landed = Promise.withResolvers<void>();
  let why: string | null = null;
  let isOver = false;
  const interrupt = (because: string): void => {
    if (why !== null || isOver) return;
    why = because;
    onCancel(because);
    setTimeout(() => {
      if (!isOver) onOverdue(because);
    }, cancelGraceMs).unref();
  };
  const held = holdOperation(
    {
      credential,
      operation,
      askedAt,
      leaseMs: callLeaseMs,
      onLost: interrupt,
    },
    deps,
  );
  const call: HeldCall = {
    ...{ operation: operation.id, run, mandate, interrupt, landed: landed.promise },
    async land(outcome, evidence) {
      if (isOver) return;
      isOver = true;
      held.stop();
      onLanded();
      landed.resolve();
      const said = why === null ? evidence : `${why}; ${evidence}`;
      deps.onLanded(operation.id, outcome, said);
      await deps.settlements.say({ operation: operation.id, credential, outcome, evidence: said, fenced });
    },
  };
  deps.onFlight(call);
  return call;
}
