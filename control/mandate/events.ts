/** What can happen to a mandate. `at` is epoch milliseconds, judged by control's clock when the event was decided. */

import type { AuthoritySet, Budget, SignalValue, SuspendCause } from '@writ/authority';
import type { Consent } from '../approval/consent.ts';
import type { Terms } from './terms.ts';

/** `owner_token`: by the owner, shown the text. `person_token`: by anybody else, with a token of their own. */
export type ApprovalHow = 'owner_token' | 'person_token' | 'unattended' | 'delegated' | 'attended_start';

/** What a signal said when a mandate that depends on it was approved. */
export type RestedOn = {
  readonly subject: string;
  readonly value: SignalValue;
  readonly source: string;
  readonly sequence: number;
};

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: { readonly at: number } & Data };
type By = { readonly by: string };

/** What is asked of a mandate beyond what it is: what is named is new, everything else stays. */
export type ProposedExtension = {
  /** The predecessor's version when it was asked: once that has changed, it is asked of something that is no more. */
  readonly version: number;
  readonly reason: string;
  /** The kinds of budgets that were named; of the others what is left carries over. */
  readonly budgets: readonly Budget['kind'][];
  readonly namesAuthority: boolean;
};

export type MandateEvent =
  | Happened<
      'mandate.proposed',
      By & {
        readonly id: string;
        readonly parent: string | null;
        readonly depth: number;
        readonly predecessor: string | null;
        readonly terms: Terms;
        /** Of what is proposed to take the predecessor's place: what was asked. Absent where it took the place at once. */
        readonly extends?: ProposedExtension;
      }
    >
  | Happened<'mandate.revised', By & { readonly terms: Terms }>
  | Happened<
      'mandate.approved',
      By & {
        readonly how: ApprovalHow;
        readonly revision: number;
        readonly textDigest: string;
        readonly restedOn: readonly RestedOn[];
        /** Absent where nobody was shown anything: an agent's own child. */
        readonly consent?: Consent;
      }
    >
  | Happened<'mandate.refused', By & { readonly reason: string }>
  | Happened<'mandate.lapsed', object>
  /** `episodes`: how often its conditions failed since they were last written down; absent for one. */
  | Happened<'mandate.suspended', { readonly cause: SuspendCause; readonly episodes?: number }>
  | Happened<'mandate.reinstated', By & { readonly reason: string }>
  | Happened<'mandate.narrowed', By & { readonly authority: AuthoritySet; readonly reason: string }>
  /** It ends earlier than was approved. */
  | Happened<'mandate.shortened', By & { readonly expiresAt: number; readonly reason: string }>
  /** Budgets of these kinds are from now on what is said here: less than before, or bounded for the first time. */
  | Happened<'mandate.lowered', By & { readonly budgets: readonly Budget[]; readonly reason: string }>
  | Happened<'mandate.superseded', By & { readonly successor: string; readonly reason: string }>
  | Happened<'mandate.revoked', By & { readonly reason: string }>
  | Happened<'mandate.expired', object>
  | Happened<'mandate.completed', By & { readonly reason: string }>
  /** On the parent; the child's own stream starts in the same append. Not a transition: the version stays. */
  | Happened<'mandate.delegated', By & { readonly child: string; readonly actor: string }>;
