/** Who may speak for an operation, and where its events go. Reads, never decides about the mandate. */

import { actionClasses } from '@writ/authority';
import type { Caller, PointKind } from '../caller.ts';
import type { Plan, PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { seesMandate } from '../identity/rights.ts';
import { current, isWithin } from '../mandate/lineage.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { operationStream } from '../streams.ts';
import type { OperationRecord } from './operation-record.ts';

export const operationNotFound = (id: string): Refused => refuse({ code: 'not_found', what: 'operation', id });

/** Where the events of an operation go. */
export const placeOf = ({ begun }: OperationRecord): Omit<PlannedWrite, 'events'> => ({
  stream: operationStream(begun.id),
  project: begun.project,
  lineage: {
    mandate: begun.mandate,
    agent: begun.holder,
    ...(begun.session !== null && { session: begun.session }),
  },
});

/** What tells it to stop; nothing where it was told or is over. */
export function tellsToStop({ now }: Pick<Core, 'now'>, operation: OperationRecord): readonly PlannedWrite[] {
  const { begun, state } = operation;
  if (state.name !== 'open' || state.interrupt !== null) return [];
  const data = { at: now(), how: 'interrupt', because: begun.mandate, receipt: null } as const;
  return [{ ...placeOf(operation), events: [{ type: 'operation.interrupt_requested', data }] }];
}

/** What tells it to stop where its yes is gone for a reason that is no stop of a mandate: as a pause would, so nothing where a pause lets its class go on. */
export function interruptWrites(core: Pick<Core, 'now'>, operation: OperationRecord): readonly PlannedWrite[] {
  return actionClasses[operation.begun.actionClass].onSuspend === 'interrupt' ? tellsToStop(core, operation) : [];
}

/** Changes one operation by `plan`, and gives it as it is then. */
export async function changed(
  core: Core,
  id: string,
  by: Caller,
  plan: (operation: OperationRecord) => Outcome<Plan<void>>,
): Promise<Outcome<OperationRecord>> {
  const { projection, commit } = core;
  const outcome = await commit(by, () => {
    const operation = projection.operations.get(id);
    return operation === undefined || !seesMandate(core, by, operation.begun.mandate)
      ? operationNotFound(id)
      : plan(operation);
  });
  if (!outcome.ok) return outcome;
  const operation = projection.operations.get(id);
  return operation === undefined ? operationNotFound(id) : done(operation);
}

/** Why `by` cannot keep the operation going, if it cannot: any run of the mandate it was begun under, or of what succeeded it, may. */
export function mayNotHold(
  core: Core,
  by: Caller,
  operation: OperationRecord,
  beside?: PointKind,
): Refused | undefined {
  return holds(core, by, operation) ? unvouched(operation, beside) : heldByAnother(operation);
}

/** Why `by` cannot say how it ended, if it cannot: its holder may, and an actor above it, whose child died before it could speak. */
export function mayNotEnd(core: Core, by: Caller, operation: OperationRecord, beside?: PointKind): Refused | undefined {
  const own = by.kind === 'actor' ? current(core.find, by.mandate)?.mandate.id : undefined;
  const isAbove = own !== undefined && isWithin(core.find, operation.begun.mandate, own);
  return isAbove || holds(core, by, operation) ? unvouched(operation, beside) : heldByAnother(operation);
}

const holds = ({ find }: Core, by: Caller, { begun }: OperationRecord): boolean =>
  by.kind === 'actor' &&
  by.actor === begun.holder &&
  current(find, by.mandate)?.mandate.id === current(find, begun.boundTo)?.mandate.id;

const heldByAnother = ({ begun }: OperationRecord): Refused =>
  refuse({ code: 'not_yours', sentence: `operation \`${begun.id}\` is held by another run` });

/** INVARIANT: an agent never says how something ended that an enforcement point began and watches for it, nor what it used. */
function unvouched({ begun }: OperationRecord, beside: PointKind | undefined): Refused | undefined {
  if (begun.vouchedBy === undefined || beside !== undefined) return undefined;
  return refuse({
    code: 'not_yours',
    sentence: `operation \`${begun.id}\` was begun by an enforcement point, and only one can go on with it or say how it ended`,
  });
}
