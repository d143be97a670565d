/** A question about one action, and its answer. */

import type { Containment, RequestParameters, Verdict } from '@writ/authority';
import type { PointKind } from '../caller.ts';

export type Ask = {
  readonly mandate: string;
  readonly action: string;
  readonly resource: string;
  readonly facts: RequestParameters;
  readonly containment: Containment;
  /** The enforcement point that spoke beside the agent's credential. What it begins, nobody ends or keeps alive without such a word. */
  readonly vouchedBy?: PointKind;
  /** Bound by digest. */
  readonly parameters: unknown;
  readonly session: string | null;
  /** Judge at a position no older than this. */
  readonly atLeast: number | undefined;
  /** The subject the question names, where it may differ from the caller (AuthZEN). */
  readonly subject?: string;
};

export type Checked = {
  readonly verdict: Verdict;
  readonly evaluationId: string;
  readonly position: number;
  readonly parameterDigest: string;
};
