/**
 * The fold of control's journal: every record by id, and the indexes that make a verdict O(depth) and a stop O(open operations).
 *
 * INVARIANT: it holds nothing that replaying the journal would not give again. It decides nothing.
 */

import { isTerminal } from '@writ/authority';
import type { Envelope } from '@writ/journal';
import { unknownEvent } from '@writ/journal';
import type { AdvanceRecord } from './advance/advance-record.ts';
import { evolve as evolveAdvance } from './advance/advance-record.ts';
import type { AdvanceEvent } from './advance/events.ts';
import type { ApprovalRecord } from './approval/approval-record.ts';
import { evolve as evolveApproval } from './approval/approval-record.ts';
import type { ApprovalEvent } from './approval/events.ts';
import type { Account, Draw } from './budget/account.ts';
import { foldAccountOf, foldSpend } from './budget/account.ts';
import { digestJson } from './digest.ts';
import { DueQueue } from './due.ts';
import { eventIn } from './event.ts';
import { forget } from './forget.ts';
import { emptyMemory, remember as foldHistory } from './history/memory.ts';
import type { Memory } from './history/memory.ts';
import { originOf } from './history/origin.ts';
import type { IssuedCredential, Program } from './identity/credential.ts';
import type { PersonEvent, PersonRecord } from './identity/person.ts';
import { evolve as evolvePerson } from './identity/person.ts';
import type { MandateEvent } from './mandate/events.ts';
import type { MandateRecord } from './mandate/mandate-record.ts';
import { MandateTable } from './mandate/mandate-table.ts';
import type { OperationEvent } from './operation/events.ts';
import { evolve as evolveOperation } from './operation/evolve.ts';
import type { OperationRecord } from './operation/operation-record.ts';
import type { Policy, PolicyProposal } from './policy/policy.ts';
import { policyFrom } from './policy/policy.ts';
import type { ReceiptEvent } from './receipt/events.ts';
import { evolve as evolveReceipt } from './receipt/evolve.ts';
import type { ReceiptRecord } from './receipt/receipt-record.ts';
import type { RegisteredPoint } from './registry/events.ts';
import type { DeliveryRecord } from './signal/delivery.ts';
import { delivered, noDeliveries } from './signal/delivery.ts';
import type { SignalEvent } from './signal/events.ts';
import type { Latches } from './signal/latches.ts';
import { hear, keep, latchPlace, nextDue } from './signal/latches.ts';
import type { Source, SourceEvent } from './signal/source.ts';
import { readingOf, reported } from './signal/subject-record.ts';
import type { NamedSink } from './sink/events.ts';
import type { SubjectRecord } from './signal/subject-record.ts';
import { evolve as evolveKeys } from './token/evolve.ts';
import type { KeyRing } from './token/key-ring.ts';
import type { OpenSlice } from './token/slice-events.ts';
import { runAt } from './token/slice-events.ts';
import { emptyRing } from './token/key-ring.ts';

/** What a request did, so that a repeated one can be answered the same. */
export type Refs = {
  readonly mandates: string[];
  readonly receipts: string[];
  readonly subjects: string[];
  readonly keys: string[];
};

export type Projection = {
  position: number;
  /** The hash of the event at `position`; empty when there is none. */
  headHash: string;
  /** Which life of the journal this is: one more after each restore that was found out. */
  incarnation: number;
  readonly versions: Map<string, number>;
  readonly mandates: MandateTable;
  readonly children: Map<string, string[]>;
  /** Mandates nobody has approved or refused. */
  readonly proposals: Set<string>;
  /** What was proposed to take the place of a mandate, oldest first. */
  readonly proposedFor: Map<string, string[]>;
  /** Those that are open, or ended unknown, or ended within a day. */
  readonly operations: Map<string, OperationRecord>;
  /** The ones that have ended, with when, in the order in which they did; and the position at which each that is kept began. */
  readonly settled: Map<string, number>;
  readonly begunAt: Map<string, number>;
  /** The positions at which those began that are kept no more, in order. */
  readonly forgotten: number[];
  readonly openOperations: Set<string>;
  /** Of these, the ones no sweep has found free. */
  readonly unswept: Set<string>;
  /** Operations by the end of a lease they were given. An entry may be stale: whoever takes one judges it anew. */
  readonly leases: DueQueue;
  /** Those that ended and nobody knows how. */
  readonly unknownOperations: Set<string>;
  /** What mandates were given, drew and handed on; and what each operation holds. */
  readonly accounts: Map<string, Account>;
  readonly draws: Map<string, readonly Draw[]>;
  /** What is remembered for history rules, by the first mandate of a line; nothing of a line that has ended. */
  readonly memories: Map<string, Memory>;
  readonly approvals: Map<string, ApprovalRecord>;
  /** Approvals by their mandate, asked for or given; and by the action and the state of things they were asked for, oldest first. */
  readonly approvalsOf: Map<string, string[]>;
  readonly approvalsAsked: Map<string, string[]>;
  /** Questions nobody has answered; whether an answer still does something is judged anew. */
  readonly openQuestions: Set<string>;
  /** Approvals nothing began on yet, by mandate. */
  readonly unusedApprovals: Map<string, Set<string>>;
  /** Yeses in advance, and by project those that may be in force; whether one is, is judged anew. */
  readonly advances: Map<string, AdvanceRecord>;
  readonly advancesOf: Map<string, Set<string>>;
  readonly receipts: Map<string, ReceiptRecord>;
  readonly openReceipts: Set<string>;
  readonly receiptsOfMandate: Map<string, string[]>;
  readonly receiptsOfOperation: Map<string, string[]>;
  readonly subjects: Map<string, SubjectRecord>;
  /** The sources that may report. */
  readonly sources: Map<string, Source>;
  /** What each source has delivered, also one that was removed since. */
  readonly deliveries: Map<string, DeliveryRecord>;
  readonly latches: Latches;
  /** Mandates that depend on a subject and can still come back. */
  readonly dependents: Map<string, Set<string>>;
  /** Of these, the ones whose own stream says that a condition suspended them. */
  readonly heldDependents: Map<string, Set<string>>;
  /** Subjects by the time at which something they hold back may return. An entry may be stale: whoever takes one judges it anew. */
  readonly returns: DueQueue;
  readonly credentials: Map<string, IssuedCredential>;
  /** What has worked under a mandate, each kind of it once; a successor inherits. */
  readonly programs: Map<string, readonly Program[]>;
  readonly credentialHashes: Map<string, string>;
  /** The people who started agents under a mandate. */
  readonly startedBy: Map<string, string[]>;
  /** Everybody who was ever added; the owner only once something was said of them. */
  readonly people: Map<string, PersonRecord>;
  readonly projects: Map<string, { readonly id: string; readonly title: string }>;
  /** By stream. */
  readonly sinks: Map<string, NamedSink>;
  /** Enforcement points that have not left. */
  readonly points: Map<string, RegisteredPoint>;
  /** What was asked with an idempotency key within a day, oldest first. */
  readonly requests: Map<string, { readonly at: number; readonly bodyDigest: string; readonly refs: Refs }>;
  /** Mandates by expiry. An entry may be stale: whoever takes one judges it anew. */
  readonly expiries: DueQueue;
  policy: Policy | null;
  /** Policies one of two people wants, by version. */
  readonly policyProposals: Map<string, PolicyProposal>;
  keys: KeyRing;
  /** The slice a run has at a point, by point and run. */
  readonly slices: Map<string, OpenSlice>;
  /** The last report of what a point answered, by point and run. */
  readonly reports: Map<string, number>;
};

export const emptyProjection = (): Projection => ({
  position: 0,
  headHash: '',
  incarnation: 1,
  versions: new Map(),
  mandates: new MandateTable(),
  children: new Map(),
  proposals: new Set(),
  proposedFor: new Map(),
  operations: new Map(),
  settled: new Map(),
  begunAt: new Map(),
  forgotten: [],
  openOperations: new Set(),
  unswept: new Set(),
  leases: new DueQueue(),
  unknownOperations: new Set(),
  accounts: new Map(),
  draws: new Map(),
  memories: new Map(),
  approvals: new Map(),
  approvalsOf: new Map(),
  approvalsAsked: new Map(),
  openQuestions: new Set(),
  unusedApprovals: new Map(),
  advances: new Map(),
  advancesOf: new Map(),
  receipts: new Map(),
  openReceipts: new Set(),
  receiptsOfMandate: new Map(),
  receiptsOfOperation: new Map(),
  subjects: new Map(),
  sources: new Map(),
  deliveries: new Map(),
  latches: new Map(),
  dependents: new Map(),
  heldDependents: new Map(),
  returns: new DueQueue(),
  credentials: new Map(),
  programs: new Map(),
  credentialHashes: new Map(),
  startedBy: new Map(),
  people: new Map(),
  projects: new Map(),
  sinks: new Map(),
  points: new Map(),
  requests: new Map(),
  expiries: new DueQueue(),
  policy: null,
  policyProposals: new Map(),
  keys: emptyRing,
  slices: new Map(),
  reports: new Map(),
});

/** Folds the next event in. Throws on an event it does not know or that cannot follow: the log is corrupt. */
export function fold(p: Projection, envelope: Envelope): void {
  const event = eventIn(envelope);
  p.position = envelope.position;
  p.headHash = envelope.hash;
  switch (event.type) {
    case 'verdict.refused':
    case 'verdict.refused_again':
    case 'verdict.watched':
    case 'verdict.watched_again':
    case 'attempt.refused_again':
    case 'redemption.refused':
    case 'attempt.refused':
    case 'journal.sealed':
    case 'journal.witnessed':
    case 'journal.erased':
    case 'journal.retention_set':
    case 'signal.ignored':
      return; // kept for the record alone, and their streams are never relied on
    case 'mandate.proposed':
    case 'mandate.revised':
    case 'mandate.approved':
    case 'mandate.refused':
    case 'mandate.lapsed':
    case 'mandate.suspended':
    case 'mandate.reinstated':
    case 'mandate.narrowed':
    case 'mandate.shortened':
    case 'mandate.lowered':
    case 'mandate.superseded':
    case 'mandate.revoked':
    case 'mandate.expired':
    case 'mandate.completed':
    case 'mandate.delegated':
      foldMandate(p, idIn(envelope.stream), event, envelope.position);
      break;
    case 'operation.begun':
    case 'operation.renewed':
    case 'operation.interrupt_requested':
    case 'operation.redeemed':
    case 'operation.settled':
    case 'operation.reconciled':
      foldOperation(p, idIn(envelope.stream), event, envelope);
      break;
    case 'approval.asked':
    case 'approval.given':
    case 'approval.refused':
    case 'approval.used':
      foldApproval(p, event);
      break;
    case 'advance.given':
    case 'advance.used':
    case 'advance.withdrawn':
      foldAdvance(p, event);
      break;
    case 'receipt.opened':
    case 'receipt.lines_added':
    case 'receipt.acknowledged':
    case 'receipt.closed':
      foldReceipt(p, idIn(envelope.stream), event);
      break;
    case 'spend.reserved':
    case 'spend.used':
    case 'spend.allocated':
    case 'spend.returned':
    case 'budget.spent':
      foldSpend(p, event);
      break;
    case 'history.began':
    case 'history.ended':
    case 'history.changed': {
      // What ended with its mandate is not remembered any more.
      const memory = p.memories.get(idIn(envelope.stream));
      if (memory !== undefined) foldHistory(memory, event, envelope.position);
      break;
    }
    case 'signal.reported':
    case 'signal.held':
      foldSignal(p, event, envelope.position);
      break;
    case 'delivery.received': {
      const { source } = event.data;
      p.deliveries.set(source, delivered(p.deliveries.get(source) ?? noDeliveries, event.data));
      break;
    }
    case 'source.added':
    case 'source.removed':
      foldSource(p, event);
      break;
    case 'sink.named':
      p.sinks.set(envelope.stream, event.data);
      break;
    case 'sink.forgotten':
      p.sinks.delete(envelope.stream);
      break;
    case 'credential.issued':
      foldCredential(p, event.data);
      break;
    case 'credential.revoked':
      forgetCredential(p, event.data.id);
      break;
    case 'person.added':
    case 'person.granted':
    case 'person.removed':
    case 'person.step_up_set':
    case 'person.recovered':
    case 'person.stepped_up':
      foldPerson(p, event);
      break;
    case 'project.created':
      p.projects.set(event.data.id, { id: event.data.id, title: event.data.title });
      break;
    case 'point.registered':
      p.points.set(event.data.id, event.data);
      break;
    case 'point.left':
      p.points.delete(event.data.id);
      break;
    case 'journal.restored':
      p.incarnation = event.data.incarnation;
      break;
    case 'policy.adopted':
      p.policy = policyFrom(event.data.version, event.data.rules);
      p.policyProposals.clear();
      break;
    case 'policy.proposed':
      p.policyProposals.set(event.data.version, event.data);
      break;
    case 'key.published':
    case 'key.activated':
    case 'key.retired':
      p.keys = evolveKeys(p.keys, event);
      break;
    case 'slice.opened':
      p.slices.set(runAt(event.data), event.data);
      break;
    case 'slice.closed':
      if (p.slices.get(runAt(event.data))?.id === event.data.id) p.slices.delete(runAt(event.data));
      break;
    case 'verdict.answered':
      p.reports.set(runAt(event.data), event.data.report);
      break;
    case 'request.claimed':
      p.requests.set(event.data.claim, {
        at: Date.parse(envelope.at),
        bodyDigest: event.data.bodyDigest,
        refs: { mandates: [], receipts: [], subjects: [], keys: [] },
      });
      break;
    default:
      event satisfies never;
      throw unknownEvent(envelope);
  }
  p.versions.set(envelope.stream, envelope.version);
  remember(p, envelope);
  forget(p, Date.parse(envelope.at));
}

/** What follows the kind in a stream's name. */
const idIn = (stream: string): string => stream.slice(stream.indexOf('-') + 1);

function foldMandate(p: Projection, id: string, event: MandateEvent, position: number): void {
  const record = p.mandates.fold(id, event, position, ({ mandate: { conditions } }) =>
    conditions.map((condition) =>
      latchPlace(p.latches, condition, p.subjects.get(condition.subject)?.reading, event.data.at),
    ),
  );
  const { mandate } = record;
  if (event.type === 'mandate.superseded') addPrograms(p, event.data.successor, p.programs.get(id) ?? []);
  if (mandate.state.name === 'proposed') p.proposals.add(id);
  else p.proposals.delete(id);
  foldAccountOf(p, id, isTerminal(mandate.state.name));
  foldMemoryOf(p, record);
  if (event.type === 'mandate.proposed' && mandate.parent !== null) add(p.children, mandate.parent, id);
  if (event.type === 'mandate.proposed' && event.data.extends !== undefined && event.data.predecessor !== null)
    add(p.proposedFor, event.data.predecessor, id);
  if (event.type === 'mandate.proposed' || event.type === 'mandate.revised' || event.type === 'mandate.shortened')
    p.expiries.add({ at: mandate.expiresAt, depth: mandate.depth, id });
  if (mandate.conditions.length === 0) return;
  const { state } = mandate;
  const depends = state.name === 'active' || state.name === 'suspended';
  const isHeld = state.name === 'suspended' && state.cause.kind === 'condition';
  for (const { subject } of mandate.conditions) {
    note(p.dependents, subject, id, depends);
    note(p.heldDependents, subject, id, isHeld);
  }
}

/** A mandate with history rules has a memory from its approval to the end of its line. */
function foldMemoryOf(p: Projection, { mandate, approval }: MandateRecord): void {
  if (mandate.history.length === 0 || approval === null) return;
  const { name } = mandate.state;
  const origin = originOf(p.mandates, mandate.id);
  if (isTerminal(name) && name !== 'superseded') p.memories.delete(origin);
  else if (!p.memories.has(origin)) p.memories.set(origin, emptyMemory());
}

function note(index: Map<string, Set<string>>, key: string, id: string, belongs: boolean): void {
  const ids = index.get(key);
  if (!belongs) ids?.delete(id);
  else if (ids === undefined) index.set(key, new Set([id]));
  else ids.add(id);
}

function foldSignal(p: Projection, { type, data }: SignalEvent, position: number): void {
  const { subject, at } = data;
  const before = p.subjects.get(subject);
  const wasDue = nextDue(p.latches, subject);
  if (type === 'signal.held') keep(p.latches, subject, before?.reading, at);
  else {
    p.subjects.set(subject, reported(before, data));
    hear(p.latches, subject, { reading: readingOf(data), before: before?.reading, at, position });
  }
  const due = nextDue(p.latches, subject);
  if (due !== undefined && due !== wasDue) p.returns.add({ at: due, depth: 0, id: subject });
}

function foldOperation(p: Projection, id: string, event: OperationEvent, { at, position }: Envelope): void {
  const record = evolveOperation(p.operations.get(id), event);
  p.operations.set(id, record);
  if (record.state.name === 'open') p.openOperations.add(id);
  else {
    p.openOperations.delete(id);
    p.unswept.delete(id);
  }
  const isUnknown = record.state.name === 'settled' && record.state.outcome === 'unknown';
  if (isUnknown) p.unknownOperations.add(id);
  else p.unknownOperations.delete(id);
  if (event.type === 'operation.begun') {
    p.begunAt.set(id, position);
    p.unswept.add(id);
  }
  if (event.type === 'operation.begun' || event.type === 'operation.renewed')
    p.leases.add({ at: record.leaseUntil, depth: 0, id });
  // What nobody knows the end of is kept until somebody does.
  if (record.state.name === 'settled' && !isUnknown) p.settled.set(id, Date.parse(at));
}

function foldApproval(p: Projection, event: ApprovalEvent): void {
  const id = event.type === 'approval.used' ? event.data.approval : event.data.id;
  const before = p.approvals.get(id);
  const record = evolveApproval(before, event);
  p.approvals.set(id, record);
  if (before === undefined) add(p.approvalsOf, record.mandate, id);
  if (event.type === 'approval.asked') {
    const { mandate, action, resource, parameterDigest, factsDigest, epoch } = event.data;
    add(p.approvalsAsked, digestJson([mandate, action, resource, parameterDigest, factsDigest, epoch]), id);
  }
  if (record.state.name === 'asked') p.openQuestions.add(id);
  else p.openQuestions.delete(id);
  if (record.state.name === 'given')
    p.unusedApprovals.set(record.mandate, (p.unusedApprovals.get(record.mandate) ?? new Set()).add(id));
  else p.unusedApprovals.get(record.mandate)?.delete(id);
}

function foldAdvance(p: Projection, event: AdvanceEvent): void {
  const id = event.type === 'advance.used' ? event.data.advance : event.data.id;
  const record = evolveAdvance(p.advances.get(id), event);
  p.advances.set(id, record);
  note(p.advancesOf, record.given.project, id, record.withdrawn === null);
}

function foldReceipt(p: Projection, id: string, event: ReceiptEvent): void {
  const record = evolveReceipt(p.receipts.get(id), event);
  p.receipts.set(id, record);
  if (event.type === 'receipt.opened') add(p.receiptsOfMandate, record.mandate, id);
  if (record.closedAt === null) p.openReceipts.add(id);
  else p.openReceipts.delete(id);
  if (event.type === 'receipt.closed') return;
  for (const line of event.data.lines) {
    if (line.kind === 'operation' && !p.receiptsOfOperation.get(line.subject)?.includes(id))
      add(p.receiptsOfOperation, line.subject, id);
  }
}

function foldSource(p: Projection, event: SourceEvent): void {
  const { at, by, id } = event.data;
  if (event.type === 'source.removed') {
    p.sources.delete(id);
    forgetCredential(p, `source-${id}`);
    return;
  }
  const { subjects, settings } = event.data;
  p.sources.set(id, { id, subjects, settings, addedBy: by, addedAt: at });
}

function foldCredential(p: Projection, credential: IssuedCredential): void {
  const replaced = p.credentialHashes.get(credential.id);
  if (replaced !== undefined) p.credentials.delete(replaced);
  p.credentialHashes.set(credential.id, credential.hash);
  p.credentials.set(credential.hash, credential);
  const { caller, program, startedBy } = credential;
  if (
    caller.kind === 'actor' &&
    startedBy !== undefined &&
    p.startedBy.get(caller.mandate)?.includes(startedBy) !== true
  )
    add(p.startedBy, caller.mandate, startedBy);
  if (caller.kind === 'actor' && program !== undefined) addPrograms(p, caller.mandate, [program]);
}

function forgetCredential(p: Projection, id: string): void {
  const hash = p.credentialHashes.get(id);
  if (hash !== undefined) p.credentials.delete(hash);
  p.credentialHashes.delete(id);
}

const foldPerson = (p: Projection, event: PersonEvent): unknown =>
  p.people.set(event.data.name, evolvePerson(p.people.get(event.data.name), event));

function addPrograms(p: Projection, mandate: string, programs: readonly Program[]): void {
  const known = p.programs.get(mandate) ?? [];
  const isKnown = (one: Program): boolean =>
    known.some(({ harness, model }) => harness === one.harness && model === one.model);
  const more = programs.filter((one) => !isKnown(one));
  if (more.length > 0) p.programs.set(mandate, [...known, ...more]);
}

/** Notes what the request that caused the event has done. */
function remember(p: Projection, envelope: Envelope): void {
  const refs = envelope.cause?.startsWith('request-') === true ? p.requests.get(idIn(envelope.cause))?.refs : undefined;
  if (refs === undefined) return;
  const event = eventIn(envelope);
  if (event.type === 'mandate.proposed') refs.mandates.push(event.data.id);
  if (event.type === 'receipt.opened') refs.receipts.push(event.data.id);
  if (event.type === 'signal.reported') refs.subjects.push(event.data.subject);
  if (event.type === 'key.published') refs.keys.push(event.data.kid);
}

function add(index: Map<string, string[]>, key: string, value: string): void {
  const list = index.get(key);
  if (list === undefined) index.set(key, [value]);
  else list.push(value);
}
