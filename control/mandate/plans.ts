/**
 * What the larger commands on mandates would write, and what they rely on: creating a child, putting a successor in place, stopping. Each reads
 * the fold as it is and hands over to the deciders.
 */

import type { Act, AuthoritySet, MandateAction } from '@writ/authority';
import { effectiveState } from '@writ/authority';
import type { Approved, Approving, ToApprove } from '../approval/approving.ts';
import { openTill } from '../budget/escrow.ts';
import { carrySlices, sliceWrites, whyNoSlice } from '../budget/slice.ts';
import { whyNothingLeft } from '../budget/spent.ts';
import { nameOf } from '../caller.ts';
import type { Asked, Plan, PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { mayNot, seesMandate, seesProject } from '../identity/rights.ts';
import { usableUntil } from '../judge.ts';
import { needsOf } from '../policy/needs.ts';
import { requestersOf } from '../policy/requesters.ts';
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
import type { MandateCommand } from './decide.ts';
import { decide, howBy } from './decide.ts';
import type { ApprovalHow, MandateEvent } from './events.ts';
import { coveredClasses } from './high-class.ts';
import type { Extended, Extension, ExtensionFacts } from './extend.ts';
import { extend, extensionTerms, succeed } from './extend.ts';
import { isLive, spendOf, surroundings } from './left-behind.ts';
import { chainOf, current } from './lineage.ts';
import type { MandateRecord } from './mandate-record.ts';
import type { Shown } from './shown.ts';
import { shown, shownTerms } from './shown.ts';
import type { Terms } from './terms.ts';

/** What to stop, and how: for good, or until a person reinstates each. A mandate that is named alone is stopped whatever its state. */
export type Which = Filter & {
  readonly act: 'revoke' | 'suspend';
  readonly reason: string;
  readonly dryRun: boolean;
};
export type StoppedAll = Selection & { readonly receipts: readonly string[] };

export type ApproveCommand = Extract<MandateCommand, { type: 'approve' }>;

export interface MandatePlans {
  /** The value is the receipt. */
  stop(id: string, command: StopCommand, asked: Asked): Outcome<Plan<string>>;
  stopAll(which: Which, asked: Asked): Outcome<Plan<StoppedAll>>;
  /** The value is the child. */
  delegation(parent: string, child: Omit<ChildAsked, 'id'>, asked: Asked): Outcome<Plan<string>>;
  /** A person's yes to a proposal, exactly as it was shown. The value is the mandate. */
  approval(record: MandateRecord, command: ApproveCommand, asked: Asked): Outcome<Plan<string>>;
  /** A successor that is proposed and changes nothing until a person approves it. `successor`: its id, where that is chosen. */
  proposal(id: string, extension: Extension, asked: Asked, successor?: string): Outcome<Plan<string>>;
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

/** What a refusal, a reinstatement or a revision of `record` writes. */
export function governed(
  core: Core,
  record: MandateRecord,
  command: Extract<MandateCommand, { type: 'refuse' | 'reinstate' | 'revise' }>,
  { by }: Asked,
): Outcome<Plan<string>> {
  const { id, project } = record.mandate;
  if (command.type === 'revise' && record.extends !== null)
    return refuse({
      code: 'malformed_request',
      sentence: `\`${id}\` is an extension, and is not revised`,
      wayOut: 'refuse it, and propose another',
    });
  const textDigest = shown(record).digest;
  const decided = decide(command, record, { by, now: core.now(), textDigest, readings: core.readings });
  if (!decided.ok) return decided;
  return done({ writes: [writeOf(id, decided.events, project)], reliedOn: signalsOf(record.mandate), value: id });
}

/** A yes to a successor of `record` that nobody was shown before. */
const toExtend = (
  core: Core,
  { mandate }: MandateRecord,
  authority: AuthoritySet,
  subject: string,
  { text, digest }: Shown,
): Omit<ToApprove, 'requestedBy' | 'unseen'> => ({
  act: 'extend',
  subject,
  revision: 1,
  text,
  textDigest: digest,
  renderer: mandateTextVersion,
  needs: needsOf(core.policy, coveredClasses(authority)),
  right: 'extend',
  about: mandate,
  what: `an extension of \`${mandate.id}\``,
  isUnattended: false,
});

/** The plans, over `core`. */
export function createMandatePlans(core: Core, approving: Approving): MandatePlans {
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
      liveChildren: (projection.children.get(record.mandate.id) ?? []).filter((other) => isLive(core, find(other)))
        .length,
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

  function planExtension(id: string, extension: Extension, asked: Asked): Outcome<Plan<string>> {
    const record = find(id);
    if (record === undefined || !seesMandate(core, asked.by, id)) return mandateNotFound(id);
    const refused = mayNot(core, asked.by, 'extend', record) ?? whyCascaded(core, id, 'extend');
    if (refused !== undefined) return refused;
    const authority = extension.authority ?? record.mandate.authority;
    return planSuccession(record, asked, core.newId('m'), {
      to: (id, text, digest) => ({
        ...toExtend(core, record, authority, id, { text, digest }),
        requestedBy: [nameOf(asked.by)],
        unseen: `propose it, so that it can be shown: \`writ mandate extend ${record.mandate.id} --propose\` with the same`,
      }),
      how: howBy(asked.by, 'owner_token'),
      statement: undefined,
      plan: (facts) => extend(extension, record, facts),
    });
  }

  /** Puts a successor in the place of `record`, with its live children. */
  function planSuccession(
    record: MandateRecord,
    asked: Asked,
    successor: string,
    by: {
      /** What is approved, once the text is known. */
      readonly to: (id: string, text: string, digest: string) => ToApprove;
      readonly how: ApprovalHow;
      readonly statement: string | undefined;
      readonly plan: (facts: ExtensionFacts) => Extended;
    },
  ): Outcome<Plan<string>> {
    const { id } = record.mandate;
    let yes: Outcome<Approved> | undefined;
    const facts = surroundings(core, id, successor);
    const { ancestors, liveDescendants: descendants } = facts;
    const decided = by.plan({
      ...facts,
      by: asked.by,
      how: by.how,
      consent: (mandate, parent, terms) => {
        const { text, digest } = shownTerms(mandate, 1, parent, terms);
        yes = approving(by.to(mandate, text, digest), asked, by.statement);
        return yes.ok ? yes.value.consent : undefined;
      },
    });
    if (!decided.ok) return decided;
    if (yes?.ok === false) return yes;
    const { project } = record.mandate;
    const at = core.now();
    const interrupts = decided.left
      .flatMap(({ mandate }) => openUnder(core, mandate))
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
      ...(yes?.value.reliedOn ?? []),
    ];
    const writes = decided.writes.map(({ mandate, events }) => writeOf(mandate, events, project));
    const slices = carrySlices(core, record.mandate, decided.placed);
    if (slices === undefined)
      return refuse({
        code: 'out_of_bounds',
        sentence: `the budgets do not cover what was promised to the children of \`${id}\`, or what is left above it`,
        wayOut: 'name larger budgets, or end some of its children first',
      });
    const all = [...writes, ...slices, ...interrupts, ...(yes?.value.writes ?? [])];
    return done({ writes: all, reliedOn, value: decided.successor });
  }

  function planApproval(record: MandateRecord, command: ApproveCommand, asked: Asked): Outcome<Plan<string>> {
    const { id, project, authority } = record.mandate;
    const { text, digest } = shown(record);
    const to: ToApprove = {
      act: 'approve',
      subject: id,
      revision: record.revision,
      text,
      textDigest: digest,
      renderer: mandateTextVersion,
      requestedBy: requestersOf(core, record),
      needs: needsOf(core.policy, coveredClasses(authority)),
      right: 'approve',
      about: record.mandate,
      what: `\`${id}\``,
      unseen: null,
      isUnattended: command.how === 'unattended',
    };
    const facts = { by: asked.by, now: core.now(), textDigest: digest, readings: core.readings };
    // What is wrong with the proposal itself is said first.
    const decided = decide(command, record, facts);
    if (!decided.ok) return decided;
    const before = record.predecessor === null ? undefined : find(record.predecessor);
    if (before !== undefined) {
      const refused = mayNot(core, asked.by, 'extend', before) ?? whyCascaded(core, before.mandate.id, 'extend');
      if (refused !== undefined) return refused;
      return planSuccession(before, asked, id, {
        to: () => to,
        how: howBy(asked.by, command.how),
        statement: command.stepUp,
        plan: (extension) => succeed(record, before, extension),
      });
    }
    const yes = approving(to, asked, command.stepUp);
    if (!yes.ok) return yes;
    const approved = decide(command, record, { ...facts, consent: yes.value.consent });
    if (!approved.ok) return approved;
    return done({
      writes: [writeOf(id, approved.events, project), ...yes.value.writes],
      reliedOn: [...signalsOf(record.mandate), ...yes.value.reliedOn],
      value: id,
    });
  }

  /** A successor that waits for a yes. The same that waits already is the answer. */
  function planProposal(
    id: string,
    extension: Extension,
    asked: Asked,
    successor = core.newId('m'),
  ): Outcome<Plan<string>> {
    const record = current(find, id);
    if (record === undefined || !seesMandate(core, asked.by, id)) return mandateNotFound(id);
    const { mandate } = record;
    const refused = mayNot(core, asked.by, 'propose', record) ?? whyCascaded(core, mandate.id, 'extend');
    if (refused !== undefined) return refused;
    const ancestors = chainOf(find, mandate.id).slice(0, -1);
    const terms = extensionTerms(extension, record, {
      now: core.now(),
      ancestors,
      spend: (mandate) => spendOf(core, mandate),
    });
    if (!terms.ok) return terms;
    const { reason, budgets = [], authority } = extension;
    const data = {
      at: core.now(),
      by: nameOf(asked.by),
      id: successor,
      parent: mandate.parent,
      depth: mandate.depth,
      predecessor: mandate.id,
      terms: terms.value,
      extends: {
        version: mandate.version,
        reason,
        budgets: budgets.map(({ kind }) => kind),
        namesAuthority: authority !== undefined,
      },
    };
    return done({
      writes: [writeOf(successor, [{ type: 'mandate.proposed', data }], mandate.project)],
      reliedOn: [mandateStream(mandate.id), ...ancestors.map((above) => mandateStream(above.id))],
      value: successor,
    });
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

  return {
    approval: planApproval,
    proposal: planProposal,
    stop: planOneStop,
    stopAll: planStopAll,
    delegation: planDelegation,
    extension: planExtension,
  };
}
