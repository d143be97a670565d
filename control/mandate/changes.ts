/** What an extension changes against what stands today, in the words an approver reads: what is not said stays as it is. */

import type { AuthorityEntry } from '@writ/authority';
import { renderAuthority } from '@writ/authority';
import { digestJson } from '../digest.ts';
import { budgetWords } from './approval-text.ts';
import type { MandateRecord } from './mandate-record.ts';

/** What `proposal` would change of `before`, one sentence each; what was narrowed since counts as it is narrowed. */
export function changesIn(before: MandateRecord, proposal: MandateRecord): readonly string[] {
  const [now, next] = [before.mandate, proposal.mandate];
  const added = entriesOnlyIn(next.authority, now.authority);
  const gone = entriesOnlyIn(now.authority, next.authority);
  const isNamed = proposal.extends?.namesAuthority === true;
  return [
    ...renderAuthority(added).map((words) => `new: ${words}`),
    ...renderAuthority(gone).map((words) => `no longer: ${words}`),
    ...(proposal.narrowings === null ? [] : ['as narrow as it was made since']),
    ...(isNamed && now.overlays.length > 0 ? ['what it was narrowed to is written into its entries'] : []),
    ...(next.expiresAt === now.expiresAt ? [] : [`until ${iso(next.expiresAt)}, instead of ${iso(now.expiresAt)}`]),
    ...budgetChanges(before, proposal),
  ];
}

const entriesOnlyIn = (set: readonly AuthorityEntry[], other: readonly AuthorityEntry[]): readonly AuthorityEntry[] => {
  const known = new Set(other.map(digestJson));
  return set.filter((entry) => !known.has(digestJson(entry)));
};

function budgetChanges(before: MandateRecord, { mandate, extends: asked }: MandateRecord): readonly string[] {
  return mandate.budgets.map((budget) => {
    const held = before.mandate.budgets.find(({ kind }) => kind === budget.kind);
    const was = held === undefined ? 'no bound' : budgetWords(held);
    return asked?.budgets.includes(budget.kind) === true
      ? `from then on ${budgetWords(budget)}, instead of what is left of ${was}`
      : `what is left of ${was}, as before`;
  });
}

const iso = (ms: number): string => new Date(ms).toISOString();
