/** What a mandate is about, before anybody approved it: the part of the record that never changes once approved. */

import type {
  AuthoritySet,
  Budget,
  Condition,
  DelegationBounds,
  HistoryRule,
  Mandate,
  Overlay,
  StopProfile,
} from '@writ/authority';

export type Terms = {
  readonly project: string;
  readonly purpose: string;
  readonly actor: string;
  readonly actorKey: string | null;
  readonly authority: AuthoritySet;
  /** What the mandate was narrowed to whose place this one takes; it stays so. Absent: nothing, or its authority was named anew. */
  readonly narrowings?: readonly Overlay[];
  readonly conditions: readonly Condition[];
  readonly history: readonly HistoryRule[];
  readonly budgets: readonly Budget[];
  readonly delegation: DelegationBounds;
  readonly steerers: readonly string[];
  readonly approvers: readonly string[];
  readonly stopProfile: StopProfile;
  readonly freshnessMs?: number;
  /** It only watches. */
  readonly watch?: true;
  readonly expiresAt: number;
};

/** From the stop's commit to the moment its receipt closes, in milliseconds. */
export const defaultStopProfile: StopProfile = { deadlineMs: 2_000 };

/** The terms of a mandate that exists. */
export const termsOf = (m: Mandate): Terms => ({
  project: m.project,
  purpose: m.purpose,
  actor: m.actor,
  actorKey: m.actorKey,
  authority: m.authority,
  conditions: m.conditions,
  history: m.history,
  budgets: m.budgets,
  delegation: m.delegation,
  steerers: m.steerers,
  approvers: m.approvers,
  stopProfile: m.stopProfile,
  ...(m.freshnessMs !== undefined && { freshnessMs: m.freshnessMs }),
  ...(m.watch === true && { watch: true }),
  expiresAt: m.expiresAt,
});
