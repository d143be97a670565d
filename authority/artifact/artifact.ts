/**
 * What control vouches for at one position of its journal, so that an enforcement point can answer by itself for a moment: the whole chain of a mandate with
 * everything a verdict under it rests on, and for how long.
 *
 * It is a Mission Status response of the mission-bound authorization drafts with the chain beside it (draft-mcguinness-oauth-mission-status, "Response"): it is
 * relied on strictly until its bounds, and proves nothing afterwards. Times are epoch milliseconds by control's clock.
 */

import type { ActionClass } from '../action/action-class.ts';
import type { JudgedMandate } from '../mandate/mandate.ts';
import type { AgentPolicy } from '../verdict/ask-policy.ts';
import type { SignalReading } from '../verdict/condition.ts';
import type { Spend } from '../verdict/evaluate.ts';

/** Calls set aside for one point: it gives that many yeses and no more, and control counts them as made. */
export type Slice = {
  readonly id: string;
  readonly calls: number;
  /** The slice it took the place of, and how many of its calls were counted: what was used of that since is used of this. Null for a first one. */
  readonly replaces: { readonly id: string; readonly drawn: number } | null;
};

export type Artifact = {
  /** The enforcement point it was made for. */
  readonly audience: string;
  /** What that point sent along when it asked. */
  readonly nonce: string;
  /** The mandate it asked about; the last of `chain` is what answers for it now. */
  readonly answersFor: string;
  readonly actor: string;
  /** The thumbprint (RFC 7638) of the key the actor proves itself with; null where it has none. */
  readonly actorKey: string | null;
  /** Root first, every one of them active. */
  readonly chain: readonly JudgedMandate[];
  readonly readings: readonly (SignalReading & { readonly subject: string })[];
  /** Of each mandate of the chain that has a budget. Calls are counted by the slice. */
  readonly spend: readonly (Omit<Spend, 'calls'> & { readonly mandate: string })[];
  readonly slice: Slice | null;
  readonly policy: AgentPolicy;
  /** A point that judges by other rules than control's does not use it. */
  readonly versions: { readonly evaluator: string; readonly classes: string };
  readonly issuedAt: number;
  /** When the actor's credential, the first mandate of the chain or the artifact itself ends, whichever comes first. */
  readonly expiresAt: number;
  /** How old a yes of a class may be when it is used. A class that is not here is control's alone to answer. */
  readonly maxAgeMs: Readonly<Partial<Record<ActionClass, number>>>;
  /** The position of control's journal it is true for. */
  readonly position: number;
};
