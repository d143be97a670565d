/**
 * What the larger commands on mandates would write, and what they rely on: creating a child, putting a successor in place, stopping. Each reads
 * the fold as it is and hands over to the deciders.
 */

import type { Act, MandateAction } from '@writ/authority';
import { effectiveState } from '@writ/authority';
import { consentOf } from '../approval/consenting.ts';
import { nothing } from '../budget/amounts.ts';
import { openTill } from '../budget/escrow.ts';
import { carrySlices, sliceWrites, whyNoSlice } from '../budget/slice.ts';
import { whyNothingLeft } from '../budget/spent.ts';
import { nameOf } from '../caller.ts';
import type { Asked, Plan, PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { mayNot, seesMandate, seesProject } from '../identity/rights.ts';
import { usableUntil } from '../judge.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import type { StopCommand } from '../stop.ts';
import { openUnder, planStop } from '../stop.ts';
import { mandateStream, operationStream, signalStream, spendStream } from '../streams.ts';
import type { Filter, Selection } from './bulk-stop.ts';
import { select } from './bulk-stop.ts';
import { mandateTextVersion } from './approval-text.ts';
import type { ChildAsked } from './delegate.ts';
import { delegate } from './delegate.ts';
import type { MandateEvent } from './events.ts';
import type { Extension } from './extend.ts';
import { extend, isAlive } from './extend.ts';
import { chainOf, current } from './lineage.ts';
import type { MandateRecord } from './mandate-record.ts';
import { shownTerms } from './shown.ts';
import type { Terms } from './terms.ts';

/** What to stop, and how: for good, or until a person reinstates each. A mandate that is named alone is stopped whatever its state. */
export type Which = Filter & {
  readonly act: 'revoke' | 'suspend';
  readonly reason: string;
  readonly dryRun: boolean;
};
export type StoppedAll = Selection & { readonly receipts: readonly string[] };

export interface MandatePlans {
  /** The value is the receipt. */
  stop(id: string, command: StopCommand, asked: Asked): Outcome<Plan<string>>;
  stopAll(which: Which, asked: Asked): Outcome<Plan<StoppedAll>>;
  /** The value is the child. */
  delegation(parent: string, child: Omit<ChildAsked, 'id'>, asked: Asked): Outcome<Plan<string>>;
  /** The value is the successor. */
  extension(id: string, extension: Extension, asked: Asked): Outcome<Plan<string>>;
}

/** The act of the table of roles that a stop is. What the clock does is nobody's act. */
const actOf = {
  suspend: 'stop',
  revoke: 'stop',
  expire: 'stop',
  narrow: 'narrow',
  complete: 'complete',
} as const satisfies Record<StopCommand['type'], Act>;

export const mandateNotFound = (id: string) => refuse({ code: 'not_found', what: 'mandate', id });

/** Events of one mandate, as a write. */
export const writeOf = (id: string, events: readonly MandateEvent[], project: string): PlannedWrite => ({
  stream: mandateStream(id),
  events,
  project,
  lineage: { mandate: id },
});

/** A mandate created since a reading was taken must not miss it: the signals it depends on are relied on. */
export const signalsOf = (terms: Pick<Terms, 'conditions'>): readonly string[] =>
  terms.conditions.map(({ subject }) => signalStream(subject));

/** The refusal of `action` on what ended with a mandate above it: nothing brings that back. */
export function whyCascaded({ find, now }: Core, id: string, action: MandateAction): Refused | undefined {
  if (effectiveState(chainOf(find, id), now())?.name !== 'cascaded') return undefined;
  return refuse({ code: 'wrong_state', mandate: id, action, state: 'cascaded', legal: [] });
}

/** The plans, over `core`. */
export function createMandatePlans(core: Core): MandatePlans {
  const { projection, find } = core;

  function planOneStop(id: string, command: StopCommand, asked: Asked): Outcome<Plan<string>> {
    const record = current(find, id);
    if (record === undefined || !seesMandate(core, asked.by, id)) return mandateNotFound(id);
    const refused = mayNot(core, asked.by, actOf[command.type], record);
    if (refused !== undefined) return refused;
    // INVARIANT: what ended with an ancestor is reported cascaded and never written; no agent's word makes it a success.
    const cascaded = asked.by.kind === 'actor' ? whyCascaded(core, record.mandate.id, command.type) : undefined;
    if (cascaded !== undefined) return cascaded;
    const planned = planStop(core, record, command, { by: asked.by });
    return planned.ok ? done({ writes: planned.value.writes, reliedOn: [], value: planned.value.receipt }) : planned;
  }

  function planDelegation(parent: string, child: Omit<ChildAsked, 'id'>, asked: Asked): Outcome<Plan<string>> {
    const record = current(find, parent);
    const { by } = asked;
    if (record === undefined || !seesMandate(core, by, parent)) return mandateNotFound(parent);
    if (by.kind !== 'actor' || current(find, by.mandate)?.mandate.id !== record.mandate.id)
      return refuse({
        code: 'not_yours',
        sentence: `only the actor of \`${parent}\`, by a credential for it, can hand on parts of it`,
      });
    if (usableUntil(core, by) <= core.now())
      return refuse({ code: 'not_yours', sentence: `the credential expired ${new Date(by.expiresAt).toISOString()}` });
    const chain = chainOf(find, record.mandate.id);
    const id = core.newId('m');
    const decided = delegate({ ...child, id }, record, {
      by,
      now: core.now(),
      chain,
      liveChildren: (projection.children.get(record.mandate.id) ?? []).filter((other) => isLive(find(other))).length,
      readings: core.readings,
      spent: whyNothingLeft(core, chain),
      textDigest: (terms) => shownTerms(id, 1, record.mandate.id, terms).digest,
    });
    if (!decided.ok) return decided;
    const { project } = record.mandate;
    const ancestors = chain.flatMap((mandate) => [mandateStream(mandate.id), ...signalsOf(mandate)]);
    const budgets = child.budgets ?? [];
    const noSlice = whyNoSlice(core, chain, budgets);
    if (noSlice !== undefined) return noSlice;
    const slices = sliceWrites(core, openTill(projection), chain, { id, budgets }) ?? [];
    return done({
      writes: [writeOf(record.mandate.id, decided.parent, project), writeOf(id, decided.child, project), ...slices],
      reliedOn: ancestors,
      value: id,
    });
  }

  const isLive = (record: MandateRecord | undefined): record is MandateRecord =>
    record !== undefined && isAlive(record, core.now());

  /** Live descendants, parents before children. */
  function liveDescendants(id: string): readonly MandateRecord[] {
    const found: MandateRecord[] = [];
    for (let level: readonly string[] = [id]; level.length > 0;) {
      const next = level
        .flatMap((parent) => projection.children.get(parent) ?? [])
        .map(find)
        .filter(isLive);
      found.push(...next);
      level = next.map(({ mandate }) => mandate.id);
    }
    return found;
  }

  function planExtension(id: string, extension: Extension, asked: Asked): Outcome<Plan<string>> {
    const record = find(id);
    if (record === undefined || !seesMandate(core, asked.by, id)) return mandateNotFound(id);
    const refused = mayNot(core, asked.by, 'extend', record) ?? whyCascaded(core, id, 'extend');
    if (refused !== undefined) return refused;
    const descendants = liveDescendants(id);
    const ancestors = chainOf(find, id).slice(0, -1);
    const ids = new Map([record, ...descendants].map(({ mandate }) => [mandate.id, core.newId('m')]));
    const decided = extend(extension, record, {
      by: asked.by,
      now: core.now(),
      ancestors,
      liveDescendants: descendants,
      spend: (mandate) => projection.accounts.get(mandate)?.shown.total ?? nothing,
      readings: core.readings,
      // Every mandate asked about was given an id just above.
      successorOf: (mandate) => ids.get(mandate)!,
      textDigest: (mandate, parent, terms) => shownTerms(mandate, 1, parent, terms).digest,
      consent: (mandate, parent, terms) =>
        consentOf(core, shownTerms(mandate, 1, parent, terms).text, mandateTextVersion, [nameOf(asked.by)], asked.by),
    });
    if (!decided.ok) return decided;
    const { project } = record.mandate;
    const at = core.now();
    const interrupts = decided.left
      .flatMap((left) => openUnder(core, left))
      .map(({ begun }): PlannedWrite => ({
        stream: operationStream(begun.id),
        events: [{ type: 'operation.interrupt_requested', data: { at, how: 'interrupt', because: id, receipt: null } }],
        project,
        lineage: { mandate: begun.mandate },
      }));
    const reliedOn = [
      ...ancestors.map((mandate) => mandateStream(mandate.id)),
      ...[record, ...descendants].flatMap(({ mandate }) => [
        ...signalsOf(mandate),
        mandateStream(mandate.id),
        ...(mandate.budgets.length > 0 || projection.accounts.has(mandate.id) ? [spendStream(mandate.id)] : []),
      ]),
    ];
    const writes = decided.writes.map(({ mandate, events }) => writeOf(mandate, events, project));
    const slices = carrySlices(core, record.mandate, decided.placed);
    if (slices === undefined)
      return refuse({
        code: 'out_of_bounds',
        sentence: `the budgets do not cover what was promised to the children of \`${id}\`, or what is left above it`,
        wayOut: 'name larger budgets, or end some of its children first',
      });
    return done({ writes: [...writes, ...slices, ...interrupts], reliedOn, value: decided.successor });
  }

  function planStopAll(which: Which, asked: Asked): Outcome<Plan<StoppedAll>> {
    const { act, reason, dryRun, ...filter } = which;
    const { mandate } = filter;
    const named = mandate === null ? undefined : current(find, mandate);
    if (mandate !== null && (named === undefined || !seesMandate(core, asked.by, mandate)))
      return mandateNotFound(mandate);
    const here = { ...filter, mandate: named?.mandate.id ?? null };
    const sees = (project: string): boolean => seesProject(core, asked.by, project);
    const selection = select(projection, here, { now: core.now(), sees });
    if (dryRun) return done({ writes: [], reliedOn: [], value: { ...selection, receipts: [] } });
    const isNamedAlone = filter.agent === null && filter.harness === null && filter.model === null;
    const records =
      named !== undefined && isNamedAlone ? [named] : selection.hits.flatMap((hit) => find(hit.mandate) ?? []);
    const command: StopCommand =
      act === 'revoke'
        ? { type: 'revoke', reason }
        : { type: 'suspend', cause: { kind: 'person', by: nameOf(asked.by), reason } };
    const writes: PlannedWrite[] = [];
    const receipts: string[] = [];
    for (const record of records) {
      const planned = planStop(core, record, command, { by: asked.by, ...(act === 'revoke' && { action: 'stop' }) });
      if (!planned.ok) return planned;
      writes.push(...planned.value.writes);
      receipts.push(planned.value.receipt);
    }
    return done({ writes, reliedOn: [], value: { ...selection, receipts } });
  }

  return { stop: planOneStop, stopAll: planStopAll, delegation: planDelegation, extension: planExtension };
}
