/** The yeses in advance a verdict may rest on, and the one a begin uses up. It judges nothing: the evaluator says which counts. */

import type { ActionClass, Mandate } from '@writ/authority';
import { answersInAdvance, normaliseResource } from '@writ/authority';
import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import type { Begun } from '../operation/events.ts';
import { mayNot } from '../identity/rights.ts';
import { current } from '../mandate/lineage.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { OperationRecord } from '../operation/operation-record.ts';
import { needsOf } from '../policy/needs.ts';
import { advanceStream, personStream } from '../streams.ts';
import type { AdvanceRecord } from './advance-record.ts';
import { isInForce, isOn } from './advance-record.ts';
import type { GivenAdvance } from './events.ts';

type Concerned = {
  readonly leaf: Mandate | undefined;
  readonly actionClass: ActionClass;
  /** One that asks again: what it began on stands although it is used up, and nothing else does. */
  readonly ownOperation: string | undefined;
};

type Covered = { readonly action: string; readonly resource: string };

/**
 * Those on which something can begin under a mandate: in force, and of somebody who may say yes to its actions today. None where policy wants more of a yes than one person's
 * word: another person, or their own key.
 */
export function advancesInForce(core: Core, { leaf, actionClass, ownOperation }: Concerned): readonly AdvanceRecord[] {
  const ids = core.projection.advancesOf.get(leaf?.project ?? '');
  const record = leaf === undefined ? undefined : core.find(leaf.id);
  if (ids === undefined || record === undefined || !isEnough(core, actionClass)) return [];
  const now = core.now();
  const begun = ownOperation === undefined ? undefined : core.projection.operations.get(ownOperation)?.begun;
  return [...ids].flatMap((id) => {
    const advance = core.projection.advances.get(id);
    if (advance === undefined) return [];
    const stands = ownOperation === undefined ? isInForce(advance, now) : isOwn(advance, begun) && isOn(advance, now);
    return stands && mayGive(core, advance, record) ? [advance] : [];
  });
}

/** Whether policy wants no more of a yes to this class than one person's word. */
function isEnough({ policy }: Core, actionClass: ActionClass): boolean {
  const needs = needsOf(policy, [actionClass]);
  return needs.another === null && needs.stepUp === null;
}

const mayGive = (core: Core, { given }: AdvanceRecord, record: MandateRecord): boolean =>
  mayNot(core, { kind: 'person', name: given.by }, 'approve_action', record) === undefined;

/**
 * Whether the yes in advance that something began on, if it did, still is one: not taken back, of somebody who may give it today, and enough for policy. When its time is over is for
 * the lease to say.
 */
export function isStillGiven(core: Core, { begun }: OperationRecord): boolean {
  if (begun.advance === undefined) return true;
  const advance = core.projection.advances.get(begun.advance);
  const record = current(core.find, begun.mandate);
  if (advance === undefined || record === undefined || advance.withdrawn !== null) return false;
  return isEnough(core, begun.actionClass) && mayGive(core, advance, record);
}

/** INVARIANT: a use lets one operation begin; what has begun goes on by the yes it began on, also where that is remembered since, and by no other. */
const isOwn = ({ given }: AdvanceRecord, begun: Begun | undefined): boolean =>
  begun !== undefined && (given.id === begun.advance || (given.answer !== null && given.answer === begun.approval));

/** Those of `inForce` that cover the question. */
function fitting(
  { now }: Pick<Core, 'now'>,
  { action, resource }: Covered,
  inForce: readonly AdvanceRecord[],
): readonly AdvanceRecord[] {
  const normal = inForce.length === 0 ? undefined : normaliseResource(resource);
  if (normal?.ok !== true) return [];
  return inForce.filter(({ given }) => answersInAdvance(given, { action, uri: normal.uri }, now()));
}

/** What a yes rests on that one of `inForce` may give: that it stands, and that whoever gave it may say yes today. */
export const advanceStreams = (core: Core, asked: Covered, inForce: readonly AdvanceRecord[]): readonly string[] =>
  fitting(core, asked, inForce).flatMap(({ given }) => [advanceStream(given.id), personStream(given.by)]);

/** The one that covers the question: of several one that is not counted, so that what is bounded is kept for when nothing else covers it. */
export function advanceFor(core: Core, asked: Covered, concerned: Concerned): GivenAdvance | undefined {
  const all = fitting(core, asked, advancesInForce(core, concerned));
  return (all.find(({ given }) => given.uses === null) ?? all[0])?.given;
}

/** That an operation began on it. INVARIANT: in the append that begins it, so that of two at once only as many begin as it is for. */
export const usedWrites = (
  advance: string | undefined,
  operation: string,
  at: number,
  place: Pick<PlannedWrite, 'project' | 'lineage'>,
): readonly PlannedWrite[] =>
  advance === undefined
    ? []
    : [
        {
          ...place,
          stream: advanceStream(advance),
          events: [{ type: 'advance.used', data: { at, advance, operation } }],
        },
      ];
