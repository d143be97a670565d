/**
 * Whether an authority set lets through, without asking each time, anything whose approval nobody who was not there can give.
 *
 * A program named by a `shell:` entry is classed as if contained: what it may reach outside is judged by the entries for that, one by one.
 * Everything else is classed by the widest it could be; a family counts as the widest action it could name.
 */

import type { ActionClass, AuthoritySet, Containment } from '@writ/authority';
import { classOf, classesWithin, isHighClass, uncontained } from '@writ/authority';

export type HighEntry = {
  readonly entry: number;
  readonly action: string;
  readonly resource: string;
  readonly actionClass: ActionClass;
};

const sealed: Containment = { files: 'worktree', network: 'none', credentials: 'none' };

/** Every class an authority set lets through without asking each time. */
export function coveredClasses(authority: AuthoritySet): ReadonlySet<ActionClass> {
  const asksNobody = authority.filter(({ constraints }) => constraints.requiresActionApproval !== true);
  return new Set(
    asksNobody.flatMap(({ actions, resource }) =>
      actions.flatMap((action) => [...classesWithin(action, resource.startsWith('shell:') ? sealed : uncontained)]),
    ),
  );
}

/** The first entry that covers a high class without `requires_action_approval`. */
export function firstHighEntry(authority: AuthoritySet): HighEntry | undefined {
  for (const [entry, { actions, resource, constraints }] of authority.entries()) {
    if (constraints.requiresActionApproval === true) continue;
    const containment = resource.startsWith('shell:') ? sealed : uncontained;
    for (const action of actions) {
      const actionClass = classOf(action, containment);
      if (isHighClass(actionClass)) return { entry, action, resource, actionClass };
    }
  }
  return undefined;
}
