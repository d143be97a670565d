/**
 * What waits for a person at control: proposals nobody has answered, actions that are held, and effects of which nobody knows how they ended, with whether this person may answer each. It
 * needs nothing but control, so it is there with every other plane gone.
 */

import type { ActionClass } from '@writ/authority';
import { ownState } from '@writ/authority';
import type { Rememberable } from '../advance/with-proposal.ts';
import { rememberableIn } from '../advance/with-proposal.ts';
import type { Person, Point } from '../caller.ts';
import type { Core } from '../core.ts';
import { mayNot, seesMandate } from '../identity/rights.ts';
import { changesIn } from '../mandate/changes.ts';
import { leftBehind } from '../mandate/left-behind.ts';
import { current } from '../mandate/lineage.ts';
import { coveredClasses } from '../mandate/high-class.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { OperationRecord } from '../operation/operation-record.ts';
import type { Owed } from '../operation/owed.ts';
import { owedOf } from '../operation/owed.ts';
import { needsOf } from '../policy/needs.ts';
import { peopleBehind, requestersOf } from '../policy/requesters.ts';
import type { Refusal, Refused } from '../refusal.ts';
import { notAnother } from './approving.ts';
import type { ApprovalRecord } from './approval-record.ts';
import type { AskedAction } from './events.ts';

export type Waiting = {
  readonly since: number;
  /** The mandate it is, or is under. */
  readonly record: MandateRecord;
  /** Why this person may not say yes; null where they may. */
  readonly mayNot: Refusal | null;
} &
  /** Of an extension: `changes`, what would be other than today; `remembers`, what a yes in advance would be to. */
  (
    | { readonly kind: 'proposal'; readonly changes: readonly string[]; readonly remembers: Rememberable | null }
    | { readonly kind: 'action'; readonly approval: ApprovalRecord; readonly asked: AskedAction }
    /** Nobody knows how it ended, and nobody but a person is waited for any more. */
    | { readonly kind: 'outcome'; readonly operation: OperationRecord; readonly owed: Owed }
  );

/** Everything that waits and that `by` is shown, what waited longest first. */
export function waitingFor(
  core: Core,
  by: Person | Point,
  isOpen: (approval: ApprovalRecord) => boolean,
): readonly Waiting[] {
  const { projection, find } = core;
  const proposals = [...projection.proposals].flatMap((id): readonly Waiting[] => {
    const record = find(id);
    if (record === undefined || !seesMandate(core, by, id) || !isAlive(core, record)) return [];
    const refused = mayNot(core, by, 'approve', record) ?? barred(core, by, record, null);
    const before = record.predecessor === null ? undefined : find(record.predecessor);
    const changes = before === undefined ? [] : [...changesIn(before, record), ...leftBehind(core, record)];
    const isAsked = before !== undefined && record.proposedBy.startsWith('agent:');
    const remembers = isAsked ? rememberableIn(before, record) : null;
    return [
      { kind: 'proposal', since: record.proposedAt, record, changes, remembers, mayNot: refused?.refusal ?? null },
    ];
  });
  const actions = [...projection.openQuestions].flatMap((id): readonly Waiting[] => {
    const approval = projection.approvals.get(id);
    const record = approval === undefined ? undefined : current(find, approval.mandate);
    if (approval === undefined || approval.asked === null || record === undefined || !isOpen(approval)) return [];
    if (!seesMandate(core, by, approval.mandate)) return [];
    const { asked } = approval;
    const refused = mayNot(core, by, 'approve_action', record) ?? barred(core, by, record, asked.actionClass);
    return [{ kind: 'action', since: asked.at, record, approval, asked, mayNot: refused?.refusal ?? null }];
  });
  const outcomes = [...projection.unknownOperations].flatMap((id): readonly Waiting[] => {
    const operation = projection.operations.get(id);
    if (operation === undefined) return [];
    const owed = owedOf(operation, core.now());
    const record = current(find, operation.begun.mandate);
    if (owed?.owner !== 'person' || record === undefined || !seesMandate(core, by, operation.begun.mandate)) return [];
    const refused = mayNot(core, by, 'account', record);
    return [{ kind: 'outcome', since: owed.until, record, operation, owed, mayNot: refused?.refusal ?? null }];
  });
  return [...proposals, ...actions, ...outcomes].toSorted((a, b) => a.since - b.since);
}

/** Why policy wants somebody else to answer it than `by`, if it does. `held`: the class of a held action; null for a proposal. */
function barred(core: Core, by: Person | Point, record: MandateRecord, held: ActionClass | null): Refused | undefined {
  if (by.kind !== 'person') return undefined;
  const { mandate } = record;
  const common = { subject: mandate.id, revision: null, about: mandate, unseen: null, isUnattended: false } as const;
  const to =
    held === null
      ? {
          act: 'approve' as const,
          right: 'approve' as const,
          requestedBy: requestersOf(core, record),
          needs: needsOf(core.policy, coveredClasses(mandate.authority)),
        }
      : {
          act: 'approve_action' as const,
          right: 'approve_action' as const,
          requestedBy: peopleBehind(core, mandate.id),
          needs: needsOf(core.policy, [held]),
        };
  return notAnother(core, { ...common, ...to, what: 'it' }, by);
}

/** A proposal whose time is over, or that would take the place of something that ended, asks nobody any more. */
function isAlive({ find, now }: Core, { mandate, predecessor, extends: asked }: MandateRecord): boolean {
  if (ownState(mandate, now()).name !== 'proposed') return false;
  const before = predecessor === null ? undefined : find(predecessor);
  if (before === undefined) return true;
  return ownState(before.mandate, now()).name === 'active' && asked?.version === before.mandate.version;
}
