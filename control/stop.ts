/**
 * Plans the stop of a mandate: its transition, a receipt, and the interrupts of the operations it hits, for one append however many mandates
 * stand under it. Nothing is listed by hand: what is hit is found by walking up from each open operation and each holding.
 */

import { consequenceOf, ownState, permits, transition } from '@writ/authority';
import type { Caller, Itself } from './caller.ts';
import { nameOf } from './caller.ts';
import type { PlannedWrite } from './commit.ts';
import type { Core } from './core.ts';
import type { MandateCommand } from './mandate/decide.ts';
import { decide } from './mandate/decide.ts';
import { evolve } from './mandate/evolve.ts';
import { chainOf, current, isWithin } from './mandate/lineage.ts';
import type { MandateRecord } from './mandate/mandate-record.ts';
import type { OperationRecord } from './operation/operation-record.ts';
import type { ReceiptAction } from './receipt/events.ts';
import { openStop } from './receipt/open-receipt.ts';
import type { Outcome } from './refusal.ts';
import { done } from './refusal.ts';
import type { HeardPoint } from './registry/registry.ts';
import { forgetAfterMs } from './registry/registry.ts';
import { mandateStream, operationStream, receiptStream } from './streams.ts';

export type StopCommand = Extract<MandateCommand, { type: 'suspend' | 'narrow' | 'revoke' | 'expire' | 'complete' }>;

export type PlannedStop = {
  readonly writes: readonly PlannedWrite[];
  /** The new receipt, or the one of the stop that was already done. */
  readonly receipt: string;
};

/** Plans `command` on the mandate of `record`. `action` is what the receipt is headed with. */
export function planStop(
  core: Core,
  record: MandateRecord,
  command: StopCommand,
  facts: { readonly by: Caller | Itself; readonly action?: ReceiptAction },
): Outcome<PlannedStop> {
  const { id } = record.mandate;
  const action = facts.action ?? command.type;
  const decided = decide(command, record, { by: facts.by, now: core.now(), textDigest: '', readings: core.readings });
  if (!decided.ok) return decided;
  const earlier = core.projection.receiptsOfMandate.get(id)?.findLast((receipt) => isOf(core, receipt, command.type));
  if (decided.events.length === 0 && earlier !== undefined) return done({ writes: [], receipt: earlier });
  const after = decided.events.reduce<MandateRecord>(evolve, record);
  const receipt = core.newId('r');
  const opened = openStop({
    receipt,
    mandate: id,
    action,
    requestedBy: nameOf(facts.by),
    now: core.now(),
    deadlineMs: record.mandate.stopProfile.deadlineMs,
    ...whatFollows(record, command.type),
    operations: openUnder(core, id),
    points: holdingUnder(core, id),
    unheard: unheardPoints(core, id),
    mayClose: core.pendingBegins.count === 0,
    stillCovered: (operation) => isCovered(after, operation, core.now()),
  });
  const place = { project: record.mandate.project, lineage: { mandate: id, mandateVersion: after.mandate.version } };
  return done({
    receipt,
    writes: [
      { ...place, stream: mandateStream(id), events: decided.events },
      { ...place, stream: receiptStream(receipt), events: opened.receipt },
      ...opened.operations.map((told) => ({ ...place, stream: operationStream(told.id), events: told.events })),
    ],
  });
}

/** What the lifecycle table says the stop does to what is in flight; a stop done before has the consequence of its first time. */
function whatFollows({ mandate }: MandateRecord, type: StopCommand['type']) {
  const consequence = transition(mandate.state.name, type)?.consequence ?? transition('active', type)?.consequence;
  return {
    inFlight: consequence?.inFlight ?? ('interrupted' as const),
    permits: consequence?.permits ?? ('void' as const),
  };
}

const isOf = (core: Core, receipt: string, type: StopCommand['type']): boolean => {
  const action = core.projection.receipts.get(receipt)?.action;
  return action === type || (action === 'stop' && type === 'revoke');
};

/** Open operations under a mandate, found from below. */
export const openUnder = (core: Core, mandate: string): readonly OperationRecord[] =>
  [...core.projection.openOperations]
    .map((id) => core.projection.operations.get(id))
    .filter(
      (operation): operation is OperationRecord =>
        operation !== undefined && isWithin(core.find, operation.begun.mandate, mandate),
    );

/** The points that hold something under a mandate, with those holdings alone. */
export const holdingUnder = (core: Core, mandate: string): readonly HeardPoint[] =>
  core.registry
    .points(core.now())
    .map((point) => ({
      ...point,
      holdings: point.holdings.filter((holding) => isWithin(core.find, holding.mandate, mandate)),
    }))
    .filter((point) => point.holdings.length > 0);

/** Points that may hold something under a mandate and have not said so since control started. */
const unheardPoints = (core: Core, mandate: string): readonly string[] =>
  [...core.projection.points.values()]
    .filter(({ id, at }) => core.registry.get(id) === undefined && core.now() - at < forgetAfterMs)
    .filter(({ mandates }) => mandates === undefined || mandates.some((held) => isWithin(core.find, held, mandate)))
    .map(({ id }) => id);

/** Whether every set of the mandate, as it is after the act, still permits what was begun; what it permits only by a yes to each action, where it was begun by one. */
export function isCovered({ mandate }: MandateRecord, { begun }: OperationRecord, now: number): boolean {
  const hasYes = begun.approval !== undefined || begun.advance !== undefined;
  const request = { action: begun.action, resource: begun.resource, parameters: begun.facts };
  return [mandate.authority, ...mandate.overlays.map((overlay) => overlay.authority)].every((set) => {
    const answer = permits(set, request, now);
    return answer.permitted && (!answer.requiresActionApproval || hasYes);
  });
}

export type Held = {
  readonly mandate: string;
  readonly inFlight: 'by_class' | 'interrupted' | 'drained' | 'out_of_scope_interrupted';
};

/** The mandate of an operation's chain that is not in force, an ended one before a suspended one, and what that does to what is in flight. */
export function heldBy(core: Core, operation: OperationRecord): Held | undefined {
  const leaf = current(core.find, operation.begun.mandate);
  let suspended: Held | undefined;
  for (const mandate of leaf === undefined ? [] : chainOf(core.find, leaf.mandate.id)) {
    const { name } = ownState(mandate, core.now());
    const inFlight = consequenceOf(name)?.inFlight;
    if (inFlight === 'by_class') suspended ??= { mandate: mandate.id, inFlight };
    else if (inFlight === 'drained') return { mandate: mandate.id, inFlight };
    else if (name !== 'active') return { mandate: mandate.id, inFlight: 'interrupted' };
    const record = core.find(mandate.id);
    if (record !== undefined && !isCovered(record, operation, core.now()))
      return { mandate: mandate.id, inFlight: 'out_of_scope_interrupted' };
  }
  return suspended ?? suspendedSince(core, operation);
}

/** A mandate it was judged under that was suspended since, whether or not it is in force again: what was given before is void for ever. */
export function suspendedSince({ find }: Pick<Core, 'find'>, { begun }: OperationRecord): Held | undefined {
  for (const { mandate, epoch } of begun.judgedAt) {
    let known = epoch;
    for (let at = find(mandate); at !== undefined; known = 1) {
      if (known < at.permitsVoidBelow) return { mandate: at.mandate.id, inFlight: 'by_class' };
      const { state } = at.mandate;
      at = state.name === 'superseded' ? find(state.successor) : undefined;
    }
  }
  return undefined;
}
