/** An operation: one effect between `begin` and `settle`, held under a lease. */

import type { Begun, InterruptHow, OperationOutcome } from './events.ts';

export type OperationState =
  /** `interrupt`: it was told to stop and has not settled yet. */
  | { readonly name: 'open'; readonly interrupt: { readonly at: number; readonly how: InterruptHow } | null }
  | {
      readonly name: 'settled';
      /** It was told to stop before. */
      readonly wasInterrupted: boolean;
      readonly outcome: OperationOutcome;
      readonly at: number;
      /** Who said so; `control` where nobody did before the time for it was over. */
      readonly by: string;
      readonly evidence: string;
    };

export type OperationRecord = {
  readonly begun: Begun;
  readonly leaseUntil: number;
  /** How long it was given the last time, in milliseconds. */
  readonly leaseMs: number;
  /** When a sink took the single use of its permit. */
  readonly redeemedAt: number | null;
  readonly state: OperationState;
};
