/** What another policy would change for each mandate that is alive, in words. Pure: it judges nothing, it reads both policies beside each other. */

import type { ActionClass } from '@writ/authority';
import { actionWithin } from '@writ/authority';
import { coveredClasses } from '../mandate/high-class.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { ClassRule, Policy } from './policy.ts';
import { classWords } from './policy-text.ts';

export type PolicyChange = { readonly mandate: string; readonly purpose: string; readonly changes: readonly string[] };

type Both = Pick<Policy, 'rules' | 'refusedToAgents'>;

/** One item for each of `alive` that would be judged by other rules. */
export const previewOf = (now: Both, next: Both, alive: readonly MandateRecord[]): readonly PolicyChange[] =>
  alive.flatMap(({ mandate }) => {
    const classes = [...coveredClasses(everyEntry(mandate.authority))];
    const changes = [
      ...classes.flatMap((one) => classChanges(one, now.rules.classes[one] ?? {}, next.rules.classes[one] ?? {})),
      ...refusedChanges(
        now,
        next,
        mandate.authority.flatMap(({ actions }) => actions),
      ),
    ];
    return changes.length === 0 ? [] : [{ mandate: mandate.id, purpose: mandate.purpose, changes }];
  });

/** What asks each time is concerned as well: by who may answer. */
const everyEntry = (authority: MandateRecord['mandate']['authority']): MandateRecord['mandate']['authority'] =>
  authority.map((entry) => ({ ...entry, constraints: {} }));

function classChanges(actionClass: ActionClass, now: ClassRule, next: ClassRule): readonly string[] {
  const [before, after] = [classWords(now), classWords(next)];
  return [
    ...after.filter((words) => !before.includes(words)).map((words) => `${actionClass}, from then on: ${words}`),
    ...before.filter((words) => !after.includes(words)).map((words) => `${actionClass}, no longer: ${words}`),
  ];
}

function refusedChanges(now: Both, next: Both, actions: readonly string[]): readonly string[] {
  const concerned = (action: string): boolean =>
    actions.some((one) => actionWithin(action, one) || actionWithin(one, action));
  const only = (of: Both, other: Both): readonly string[] =>
    Object.keys(of.refusedToAgents).filter(
      (action) => !Object.hasOwn(other.refusedToAgents, action) && concerned(action),
    );
  return [
    ...only(next, now).map((action) => `\`${action}\` would be refused: ${next.refusedToAgents[action] ?? ''}`),
    ...only(now, next).map((action) => `\`${action}\` would be refused by policy no longer`),
  ];
}
