/** A mandate with the evidence around it: what the evaluator sees, and what an approver, an auditor and a successor need besides. */

import type { Mandate } from '@writ/authority';
import type { ApprovalHow, ProposedExtension, RestedOn } from './events.ts';
import type { Terms } from './terms.ts';

export type Approval = {
  readonly by: string;
  readonly at: number;
  readonly how: ApprovalHow;
  readonly revision: number;
  readonly textDigest: string;
  readonly restedOn: readonly RestedOn[];
};

export type MandateRecord = {
  readonly mandate: Mandate;
  /** The proposal's revision, from 1. */
  readonly revision: number;
  readonly proposedBy: string;
  /** Everybody who proposed or revised it. */
  readonly authors: readonly string[];
  readonly proposedAt: number;
  /** The mandate this one succeeds. */
  readonly predecessor: string | null;
  /** What was asked of the predecessor, where this was proposed to take its place. */
  readonly extends: ProposedExtension | null;
  readonly approval: Approval | null;
  /** What it was narrowed to before it began, as its approver read it; null: nothing. */
  readonly narrowings: Terms['narrowings'] | null;
  /** What was approved, where it was shortened or lowered since; null where it was not. */
  readonly amended: Pick<Terms, 'expiresAt' | 'budgets'> | null;
  /** Permits that were given at a lower epoch of this mandate are void for ever: it was suspended since. */
  readonly permitsVoidBelow: number;
};
