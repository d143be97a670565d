/** What can happen to an operation. `at` is epoch milliseconds. What it draws on budgets is in `budget/events.ts`. */

import type { ActionClass, Containment, RequestParameters } from '@writ/authority';
import type { PointKind } from '../caller.ts';
import type { Destination } from '../sink/events.ts';

export type JudgedAt = readonly { readonly mandate: string; readonly version: number; readonly epoch: number }[];

/** What the holder is told to do: end now, or freeze and be killed when the lease ends. */
export type InterruptHow = 'end' | 'interrupt' | 'freeze_then_kill';

export type OperationOutcome = 'done' | 'failed' | 'interrupted' | 'unknown';

export type Begun = {
  readonly at: number;
  readonly id: string;
  readonly project: string;
  /** The mandate that answered. */
  readonly mandate: string;
  readonly action: string;
  readonly resource: string;
  readonly facts: RequestParameters;
  readonly containment: Containment;
  readonly actionClass: ActionClass;
  readonly parameterDigest: string;
  readonly holder: string;
  /** The mandate and run of the credential that began it. */
  readonly boundTo: string;
  readonly run: string;
  /** The enforcement point that spoke beside it; absent where the agent spoke alone. */
  readonly vouchedBy?: PointKind;
  /** The approval of this one action it rests on; absent where none was needed. */
  readonly approval?: string;
  /** The yes in advance it rests on, where it rests on one. */
  readonly advance?: string;
  /** Where it goes; absent where it named no sink. */
  readonly destination?: Destination;
  readonly session: string | null;
  readonly leaseUntil: number;
  /** Digest of the whole request; a resent key must bring the same one. */
  readonly requestDigest: string;
  readonly judgedAt: JudgedAt;
  /** The earliest expiry of the chain. */
  readonly validUntil: number;
  readonly versions: { readonly evaluator: string; readonly classes: string; readonly policy: string };
  readonly evaluationId: string;
};

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: Data };

export type OperationEvent =
  | Happened<'operation.begun', Begun>
  | Happened<'operation.renewed', { readonly at: number; readonly leaseUntil: number }>
  | Happened<
      'operation.interrupt_requested',
      { readonly at: number; readonly how: InterruptHow; readonly because: string; readonly receipt: string | null }
    >
  /** The single use of its permit was taken by a sink as it committed. */
  | Happened<'operation.redeemed', { readonly at: number; readonly by: string }>
  | Happened<
      'operation.settled',
      { readonly at: number; readonly by: string; readonly outcome: OperationOutcome; readonly evidence: string }
    >
  /** What was learned later about an operation that had settled as unknown. */
  | Happened<
      'operation.reconciled',
      { readonly at: number; readonly by: string; readonly outcome: OperationOutcome; readonly evidence: string }
    >;
