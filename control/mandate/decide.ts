/**
 * Decides what a command does to one mandate: events, or a refusal. Pure: who asks, the time, digests and readings arrive as arguments.
 *
 * It refuses what the one lifecycle table does not name, a governance act by anybody but a person, an approval of something other than
 * what was shown, and a high class approved by nobody who was there. Creating children is `delegate.ts`, successors `extend.ts`.
 */

import type { AuthoritySet, Budget, Mandate, MandateAction, SignalReading, SuspendCause } from '@writ/authority';
import {
  compileAuthoritySet,
  legalActions,
  ownState,
  readingText,
  standing,
  transition,
  whyMalformedConditions,
  whyMalformedHistory,
} from '@writ/authority';
import { whyMalformedBudgets } from '../budget/amounts.ts';
import type { Consent } from '../approval/consent.ts';
import type { Caller, Itself } from '../caller.ts';
import { nameOf } from '../caller.ts';
import { ownerName } from '../identity/person.ts';
import type { Refused } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { ApprovalHow, MandateEvent, RestedOn } from './events.ts';
import { firstHighEntry } from './high-class.ts';
import type { MandateRecord } from './mandate-record.ts';
import type { Terms } from './terms.ts';

/** How a person says they came to the yes; whose token it was is control's to say. */
export type ShownHow = 'owner_token' | 'unattended' | 'attended_start';

export type MandateCommand =
  /** `revision`: of what it was made from; null: of whatever stands there. */
  | { readonly type: 'revise'; readonly terms: Terms; readonly revision: number | null }
  /** `textDigest` is of the text that was shown. */
  | {
      readonly type: 'approve';
      readonly revision: number;
      readonly textDigest: string;
      readonly how: ShownHow;
      /** What they signed with a key of their own, where policy wants it. */
      readonly stepUp?: string | undefined;
    }
  | { readonly type: 'refuse'; readonly reason: string }
  | { readonly type: 'lapse' }
  | { readonly type: 'suspend'; readonly cause: SuspendCause; readonly episodes?: number }
  | { readonly type: 'reinstate'; readonly reason: string }
  | ({ readonly type: 'narrow'; readonly reason: string } & Tightening)
  | { readonly type: 'revoke'; readonly reason: string }
  | { readonly type: 'expire' }
  | { readonly type: 'complete'; readonly reason: string };

/** What an amendment takes away: actions and resources, time, budgets. Each only ever tightens. */
export type Tightening = {
  readonly authority?: AuthoritySet | undefined;
  readonly expiresAt?: number | undefined;
  readonly budgets?: readonly Budget[] | undefined;
};

export type Reported = SignalReading & { readonly source: string };

export type MandateFacts = {
  readonly by: Caller | Itself;
  readonly now: number;
  /** The digest of the mandate's canonical text as it is now. */
  readonly textDigest: string;
  readonly readings: (subject: string) => Reported | undefined;
  /** What is kept of a yes; for an approval alone. */
  readonly consent?: Consent;
};

export type Decision = { readonly ok: true; readonly events: readonly MandateEvent[] } | Refused;

const happened = (...events: readonly MandateEvent[]): Decision => ({ ok: true, events });

/** What `command` does to the mandate of `record`. A stop of something already stopped is done with no events. */
export function decide(command: MandateCommand, record: MandateRecord, facts: MandateFacts): Decision {
  const { mandate } = record;
  const { now: at } = facts;
  const by = nameOf(facts.by);
  if (isRepeatedStop(command, record)) return happened();
  const refused = mayNot(command.type, record, facts);
  if (refused !== undefined) return refused;
  switch (command.type) {
    case 'revise':
      return (
        elsewhere(command.terms, mandate) ??
        (command.revision === null ? undefined : revisedSince(command.revision, record)) ??
        malformedTerms(command.terms, at) ??
        happened({ type: 'mandate.revised', data: { at, by, terms: command.terms } })
      );
    case 'approve':
      return approve(command, record, facts);
    case 'refuse':
      return happened({ type: 'mandate.refused', data: { at, by, reason: command.reason } });
    case 'lapse':
      return happened({ type: 'mandate.lapsed', data: { at } });
    case 'suspend':
      return happened({
        type: 'mandate.suspended',
        data: { at, cause: command.cause, ...(command.episodes !== undefined && { episodes: command.episodes }) },
      });
    case 'reinstate':
      return (
        failingCondition(record, facts) ??
        happened({ type: 'mandate.reinstated', data: { at, by, reason: command.reason } })
      );
    case 'narrow':
      return tighten(command, record.mandate, { at, by, reason: command.reason });
    case 'revoke':
      return happened({
        type: mandate.state.name === 'proposed' ? 'mandate.refused' : 'mandate.revoked',
        data: { at, by, reason: command.reason },
      });
    case 'expire':
      return happened({ type: 'mandate.expired', data: { at } });
    case 'complete':
      return happened({ type: 'mandate.completed', data: { at, by, reason: command.reason } });
  }
}

/** INVARIANT: who may revise is judged in the project it is of. */
const elsewhere = ({ project }: Terms, { id, project: own }: Mandate): Refused | undefined =>
  project === own
    ? undefined
    : refuse({
        code: 'malformed_request',
        sentence: `\`${id}\` is of \`${own}\`, and is not revised to be of \`${project}\``,
        wayOut: `propose it in \`${project}\``,
      });

function tighten(
  { authority, expiresAt, budgets }: Tightening,
  mandate: Mandate,
  data: { readonly at: number; readonly by: string; readonly reason: string },
): Decision {
  const refused =
    (authority === undefined ? undefined : malformedAuthority(authority)) ??
    (expiresAt === undefined ? undefined : whyNotShorter(expiresAt, mandate, data.at)) ??
    (budgets === undefined ? undefined : whyNotLower(budgets, mandate));
  if (refused !== undefined) return refused;
  const events: MandateEvent[] = [];
  if (authority !== undefined) events.push({ type: 'mandate.narrowed', data: { ...data, authority } });
  if (expiresAt !== undefined) events.push({ type: 'mandate.shortened', data: { ...data, expiresAt } });
  if (budgets !== undefined && budgets.length > 0) events.push({ type: 'mandate.lowered', data: { ...data, budgets } });
  return events.length > 0
    ? { ok: true, events }
    : refuse({
        code: 'malformed_request',
        sentence: 'nothing is said that it takes away',
        wayOut: 'name what stays allowed, an earlier end, or a lower budget',
      });
}

function whyNotShorter(expiresAt: number, { id, expiresAt: end }: Mandate, now: number): Refused | undefined {
  if (!(expiresAt > now))
    return refuse({
      code: 'malformed_request',
      sentence: `\`${timeText(expiresAt)}\` is already over`,
      wayOut: `to end it now, revoke \`${id}\``,
    });
  if (expiresAt < end) return undefined;
  return refuse({
    code: 'out_of_bounds',
    sentence: `\`${id}\` ends ${timeText(end)}, which is not later than what is asked`,
    wayOut: `more time is an extension: \`writ mandate extend ${id}\``,
  });
}

/** A time as ISO 8601, and what is none as it is. */
const timeText = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms));

/** Each named budget is less than the one of its kind, in the same currency, or the first of its kind. */
function whyNotLower(budgets: readonly Budget[], mandate: Mandate): Refused | undefined {
  const twice = whyMalformedBudgets(budgets);
  if (twice !== undefined) return refuse({ code: 'malformed_request', sentence: twice, wayOut: null });
  const raised = budgets.find((asked) => {
    const held = mandate.budgets.find(({ kind }) => kind === asked.kind);
    return held !== undefined && !isLower(asked, held);
  });
  if (raised === undefined) return undefined;
  return refuse({
    code: 'out_of_bounds',
    sentence: `the ${raised.kind} budget of \`${mandate.id}\` is not more than what is asked`,
    wayOut: `more is an extension: \`writ mandate extend ${mandate.id}\``,
  });
}

// INVARIANT: not (asked < held) also refuses NaN.
function isLower(asked: Budget, held: Budget): boolean {
  if (asked.kind === 'wall') return held.kind === 'wall' && asked.limitMs < held.limitMs;
  if (asked.kind === 'money')
    return held.kind === 'money' && asked.currency === held.currency && asked.limitMicros < held.limitMicros;
  return held.kind === asked.kind && asked.limit < held.limit;
}

/** Terms nobody could approve: malformed authority, or a time that is already over. */
export function malformedTerms(terms: Terms, now: number): Refused | undefined {
  const malformed = malformedAuthority(terms.authority);
  if (malformed !== undefined) return malformed;
  if (!(terms.expiresAt > now))
    return refuse({
      code: 'malformed_request',
      sentence: `\`${timeText(terms.expiresAt)}\` is already over`,
      wayOut: 'give a time to come as the expiry',
    });
  const sentence =
    whyMalformedWatch(terms) ??
    whyMalformedConditions(terms.conditions) ??
    whyMalformedHistory(terms.history) ??
    whyMalformedBudgets(terms.budgets);
  return sentence === undefined ? undefined : refuse({ code: 'malformed_request', sentence, wayOut: null });
}

/** What only watches bounds nothing, so there is nothing that anybody could hand on of it. */
const whyMalformedWatch = ({ watch, delegation }: Terms): string | undefined =>
  watch === true && (delegation.maxDepth > 0 || delegation.maxChildren > 0)
    ? 'a mandate that only watches can hand nothing on'
    : undefined;

/** The refusal of an authority set that does not mean anything, if it does not. */
export function malformedAuthority(authority: AuthoritySet): Refused | undefined {
  const compiled = compileAuthoritySet(authority);
  return compiled.ok
    ? undefined
    : refuse({
        code: 'malformed_request',
        sentence: `entry ${String(compiled.at + 1)} of the authority cannot be used: ${compiled.why}`,
        wayOut: null,
      });
}

/** The refusal the lifecycle table gives for `action` at `now`, if it does. Expiry is judged before the stored state. */
export function illegal(action: MandateAction, record: MandateRecord, now: number): Refused | undefined {
  const { mandate } = record;
  const stored = mandate.state.name;
  const isClock = action === 'expire' || action === 'lapse';
  const state = isClock ? stored : ownState(mandate, now).name;
  if (transition(state, action) !== undefined) return undefined;
  const successor = mandate.state.name === 'superseded' ? { successor: mandate.state.successor } : {};
  return refuse({ code: 'wrong_state', mandate: mandate.id, action, state, legal: legalActions(state), ...successor });
}

/** The readings an approval of `record` rests on. */
export function restsOn({ mandate }: MandateRecord, readings: MandateFacts['readings']): readonly RestedOn[] {
  return mandate.conditions.flatMap(({ subject }) => {
    const reading = readings(subject);
    return reading === undefined
      ? []
      : [{ subject, value: reading.value, source: reading.source, sequence: reading.sequence }];
  });
}

const stops: Partial<Record<MandateCommand['type'], readonly string[]>> = {
  revoke: ['revoked', 'refused'],
  suspend: ['suspended'],
  complete: ['completed'],
};

// INVARIANT: what a condition holds is not stopped yet for anybody else: it may come back by itself.
const isRepeatedStop = (command: MandateCommand, { mandate: { state } }: MandateRecord): boolean =>
  (stops[command.type]?.includes(state.name) ?? false) &&
  !(command.type === 'suspend' && isHeldByCondition(state) && command.cause.kind !== 'condition');

const isHeldByCondition = (state: Mandate['state']): boolean =>
  state.name === 'suspended' && state.cause.kind === 'condition';

/** Who may stop is wider than who may govern; that an actor's stop is of its own mandate is the caller's to have checked. */
function mayNot(type: MandateCommand['type'], record: MandateRecord, { by, now }: MandateFacts): Refused | undefined {
  const isStop = type === 'suspend' || type === 'revoke' || type === 'complete';
  const isClock = type === 'lapse' || type === 'expire';
  const isReturn = type === 'reinstate' && by.kind === 'control';
  if (by.kind !== 'person' && !isStop && !isReturn && !(isClock && by.kind === 'control'))
    return refuse({ code: 'not_an_approver', attempted: `${type} mandate \`${record.mandate.id}\`` });
  return illegal(type, record, now);
}

/** The refusal of whoever was shown another revision than stands there. */
const revisedSince = (shown: number, { revision, mandate }: MandateRecord): Refused | undefined =>
  shown === revision ? undefined : refuse({ code: 'revision_changed', mandate: mandate.id, shown, current: revision });

function approve(
  command: Extract<MandateCommand, { type: 'approve' }>,
  record: MandateRecord,
  facts: MandateFacts,
): Decision {
  const { id } = record.mandate;
  const revised = revisedSince(command.revision, record);
  if (revised !== undefined) return revised;
  if (command.textDigest !== facts.textDigest) return refuse({ code: 'text_changed', mandate: id });
  const high = command.how === 'unattended' ? firstHighEntry(record.mandate.authority) : undefined;
  if (high !== undefined) return refuse({ code: 'unattended_insufficient', mandate: id, ...high });
  const failing = failingCondition(record, facts);
  if (failing !== undefined) return failing;
  const { revision, textDigest } = command;
  const { now: at, consent } = facts;
  const [by, how] = [nameOf(facts.by), howBy(facts.by, command.how)];
  const restedOn = restsOn(record, facts.readings);
  return happened({
    type: 'mandate.approved',
    data: { at, by, how, revision, textDigest, restedOn, ...(consent !== undefined && { consent }) },
  });
}

/** The way a person came to a yes, with whose token it was. */
export const howBy = (by: Caller | Itself, how: ShownHow): ApprovalHow =>
  how === 'owner_token' && nameOf(by) !== ownerName ? 'person_token' : how;

/** The refusal while one of the mandate's conditions fails. */
export function failingCondition(
  { mandate }: MandateRecord,
  { readings, now }: Pick<MandateFacts, 'readings' | 'now'>,
): Refused | undefined {
  for (const condition of mandate.conditions) {
    const reading = readings(condition.subject);
    if (standing(condition, reading, now) === 'fails')
      return refuse({
        code: 'condition_failed',
        mandate: mandate.id,
        subject: condition.subject,
        reading: readingText(condition, reading),
      });
  }
  return undefined;
}
