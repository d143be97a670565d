/** What an approval needs, by the classes it lets through: read in this one place. Pure. */

import type { ActionClass } from '@writ/authority';
import type { Policy } from './policy.ts';

/** The class that asks for it, or null. */
export type Needs = { readonly another: ActionClass | null; readonly stepUp: ActionClass | null };

/** What a yes to these classes needs beyond a person who may give it. */
export function needsOf({ rules }: Pick<Policy, 'rules'>, classes: Iterable<ActionClass>): Needs {
  let another: ActionClass | null = null;
  let stepUp: ActionClass | null = null;
  for (const one of classes) {
    const rule = rules.classes[one];
    if (rule?.approvedByAnother === true) another ??= one;
    if (rule?.stepUp === true) stepUp ??= one;
  }
  return { another, stepUp };
}

/** What a change of the policy itself needs: all that it asks of anything. */
export const needsOfPolicy = (policy: Pick<Policy, 'rules'>): Needs =>
  // The keys of the rules are classes.
  needsOf(policy, Object.keys(policy.rules.classes) as ActionClass[]);
