/**
 * Approvals of single actions. An agent's held action waits here as a question with its exact parameters; a person says yes to exactly that, once,
 * until a time, or no with a reason the agent gets.
 *
 * It refuses to approve what needs no approval or would be refused anyway, what is not what was shown, and what was asked before the mandate or
 * one above it paused or changed: a yes is never kept in store for another state of things. A no stands until a person thinks otherwise.
 */

import type { ActionClass, RequestParameters } from '@writ/authority';
import { epochSum, uncontained } from '@writ/authority';
import type { JsonValue } from '@writ/journal';
import { nameOf } from '../caller.ts';
import type { Asked, Plan, PlannedWrite } from '../commit.ts';
import { claimOf } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestJson, digestText } from '../digest.ts';
import { mayNot, rightsOf, seesMandate } from '../identity/rights.ts';
import type { Judgement } from '../judge.ts';
import { judge, tokenFacts } from '../judge.ts';
import { chainOf, current } from '../mandate/lineage.ts';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { Ask } from '../operation/ask.ts';
import { parameterDigest } from '../operation/parameter-digest.ts';
import { needsOf } from '../policy/needs.ts';
import { peopleBehind } from '../policy/requesters.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { approvalStream } from '../streams.ts';
import { actionTextVersion, approvalLifeMs } from './action-text.ts';
import { actionTextOf } from './action-shown.ts';
import { advanceWith, advanceWrites } from '../advance/with-answer.ts';
import type { ApprovalRecord } from './approval-record.ts';
import type { Approving, ToApprove } from './approving.ts';
import { givenIn } from './approval-record.ts';
import type { ApprovalEvent, AskedAction, GivenApproval } from './events.ts';

export type ActionAsked = {
  readonly mandate: string;
  readonly action: string;
  readonly resource: string;
  readonly facts: RequestParameters;
  readonly parameters: unknown;
  readonly expiresAt: number;
};

/** A yes to exactly the text of this digest; `stepUp`: what was signed with the approver's own key, where policy wants it. */
export type Yes = {
  readonly textDigest: string;
  readonly stepUp?: string | undefined;
  /** For its target in any session of its repository, for as long as an answer is remembered. */
  readonly remember?: boolean;
};

export interface Approvals {
  /** A person's yes to exactly this action, for one operation that begins before `expiresAt`. A repeated key gives the same one. */
  approveAction(action: ActionAsked, asked: Asked): Promise<Outcome<GivenApproval>>;
  /** Puts a held action before the people who may say yes to it. The same action is one question; what was refused stays refused. */
  askApproval(action: Ask, asked: Asked): Promise<Outcome<ApprovalRecord>>;
  /** A person's yes to the question, as it was shown. */
  giveApproval(id: string, yes: Yes, asked: Asked): Promise<Outcome<ApprovalRecord>>;
  refuseApproval(id: string, reason: string, asked: Asked): Promise<Outcome<ApprovalRecord>>;
  /** The approval, if `by` is shown it. */
  approval(id: string, by: Asked['by']): ApprovalRecord | undefined;
  /** Whether an answer to it can still do something: it waits, and nothing above it has changed since. */
  isOpen(record: ApprovalRecord): boolean;
  /** Whether an operation can still begin on the yes there is. */
  isUsable(record: ApprovalRecord): boolean;
}

/** How many questions an agent may have before people at once: past that, it is refused without one. */
export const mostWaiting = 32;
/** The most that is shown of one action's parameters, in bytes of JSON. */
const mostShown = 16_384;

/** The commands, over `core`. */
export function createApprovals(core: Core, approving: Approving): Approvals {
  const { projection, commit, find } = core;

  const notFound = (id: string): Refused => refuse({ code: 'not_found', what: 'approval', id });
  const writeOf = (id: string, mandate: MandateRecord, event: ApprovalEvent): PlannedWrite => ({
    stream: approvalStream(id),
    events: [event],
    project: mandate.mandate.project,
    lineage: { mandate: mandate.mandate.id },
  });
  /** Of the very mandate: what takes its place counts its epochs anew, and what was asked before is asked of it anew. */
  const epochNow = (mandate: string): number => epochSum(chainOf(find, mandate));
  const isOpen = ({ asked, state }: ApprovalRecord): boolean =>
    asked !== null && state.name === 'asked' && core.now() < asked.until && epochNow(asked.mandate) === asked.epoch;

  const isUsable = ({ state }: ApprovalRecord): boolean =>
    state.name === 'given' && core.now() < state.given.expiresAt && epochNow(state.given.mandate) === state.given.epoch;

  const toGive = (
    { mandate }: MandateRecord,
    { id, textDigest, action }: GivenApproval,
    {
      actionClass,
      ...more
    }: Pick<ToApprove, 'text' | 'requestedBy' | 'unseen'> & { readonly actionClass: ActionClass },
  ): ToApprove => ({
    ...more,
    act: 'approve_action',
    subject: id,
    revision: null,
    textDigest,
    renderer: actionTextVersion,
    needs: needsOf(core.policy, [actionClass]),
    right: 'approve_action',
    about: mandate,
    what: `\`${action}\` under \`${mandate.id}\``,
    isUnattended: false,
  });

  /** Whatever the place, what is approved here is the action: the widest class is the one that is judged. */
  const judged = (action: Omit<ActionAsked, 'expiresAt'>, actor: string): Judgement =>
    judge(core, {
      ...action,
      containment: uncontained,
      isForPerson: true,
      parameterDigest: parameterDigest(action.parameters),
      token: { usable: true, actor },
    });

  /** Why a yes would change nothing, if it would not. */
  function needless({ verdict }: Judgement, { action, resource }: Pick<ActionAsked, 'action' | 'resource'>) {
    if (verdict.decision === 'refuse' || verdict.decision === 'would_refuse')
      return refuse({ code: 'verdict', verdict });
    if (verdict.decision === 'hold') return undefined;
    const sentence = `\`${action}\` on \`${resource}\` needs no approval of its own`;
    return refuse({ code: 'malformed_request', sentence, wayOut: null });
  }

  function plan(action: ActionAsked, id: string, asked: Asked): Outcome<Plan<GivenApproval>> {
    if (asked.by.kind !== 'person')
      return refuse({ code: 'not_an_approver', attempted: `approve \`${action.action}\`` });
    const digest = parameterDigest(action.parameters);
    const known = projection.approvals.get(id);
    const before = known === undefined ? undefined : givenIn(known);
    if (before !== undefined)
      return before.parameterDigest === digest && before.action === action.action && before.resource === action.resource
        ? done({ writes: [], reliedOn: [], value: before })
        : refuse({ code: 'idempotency_conflict', key: asked.key ?? '' });
    const record = current(find, action.mandate);
    if (record === undefined) return refuse({ code: 'not_found', what: 'mandate', id: action.mandate });
    const judgement = judged(action, record.mandate.actor);
    const refused = mayNot(core, asked.by, 'approve_action', record) ?? needless(judgement, action);
    if (refused !== undefined) return refused;
    const expiresAt = Math.min(action.expiresAt, judgement.verdict.validUntil);
    if (!(expiresAt > core.now()))
      return refuse({
        code: 'malformed_request',
        sentence: `\`${new Date(action.expiresAt).toISOString()}\` is already over`,
        wayOut: 'give a time to come as the expiry',
      });
    const { mandate } = record;
    const by = nameOf(asked.by);
    const { actionClass } = judgement.verdict;
    const text = actionTextOf(id, mandate, by, actionClass, { ...action, parameters: plainJson(action.parameters) });
    const given: GivenApproval = {
      at: core.now(),
      by,
      id,
      mandate: mandate.id,
      action: action.action,
      resource: action.resource,
      parameterDigest: digest,
      factsDigest: digestJson(action.facts),
      epoch: epochSum(judgement.chain),
      textDigest: digestText(text),
      expiresAt,
    };
    const unseen = 'let the agent ask for it, and answer in `writ inbox`, where it is shown';
    const requestedBy = [...new Set([by, ...peopleBehind(core, mandate.id)])];
    const yes = approving(toGive(record, given, { text, actionClass, requestedBy, unseen }), asked, undefined);
    if (!yes.ok) return yes;
    const { consent, reliedOn, writes } = yes.value;
    return done({
      writes: [writeOf(id, record, { type: 'approval.given', data: { ...given, consent } }), ...writes],
      reliedOn: [...judgement.reliedOn, ...reliedOn],
      value: given,
    });
  }

  /** What is asked, unless it is asked already, or was answered at this state of things. */
  function planAsking(action: Ask, asked: Asked): Outcome<Plan<string>> {
    const { by } = asked;
    if (by.kind !== 'actor')
      return refuse({
        code: 'not_yours',
        sentence: 'a person is asked by the run that wants to act, with its own credential',
      });
    const record = current(find, action.mandate);
    if (record === undefined || !seesMandate(core, by, action.mandate))
      return refuse({ code: 'not_found', what: 'mandate', id: action.mandate });
    const digest = parameterDigest(action.parameters);
    const token = tokenFacts(core, by, action.mandate);
    const judgement = judge(core, { ...action, parameterDigest: digest, token, isForPerson: true });
    const refused = needless(judgement, action);
    if (refused !== undefined) return refused;
    const { mandate } = record;
    const epoch = epochSum(judgement.chain);
    const factsDigest = digestJson(action.facts);
    const same = digestJson([mandate.id, action.action, action.resource, digest, factsDigest, epoch]);
    const earlier = projection.approvalsAsked.get(same) ?? [];
    const latest = projection.approvals.get(earlier.at(-1) ?? '');
    const isAnswered =
      latest?.state.name === 'refused' || (latest?.state.name === 'given' && core.now() < latest.state.given.expiresAt);
    if (latest !== undefined && (isAnswered || isOpen(latest)))
      return done({ writes: [], reliedOn: [], value: latest.id });
    const waiting = [...(projection.approvalsOf.get(mandate.id) ?? [])].filter((other) => {
      const known = projection.approvals.get(other);
      return known !== undefined && isOpen(known);
    });
    if (waiting.length >= mostWaiting)
      return refuse({
        code: 'out_of_bounds',
        sentence: `${String(waiting.length)} actions under \`${mandate.id}\` wait for a person already`,
        wayOut: 'wait until some are answered',
      });
    const parameters = plainJson(action.parameters);
    if (JSON.stringify(parameters).length > mostShown)
      return refuse({
        code: 'out_of_bounds',
        sentence: `its parameters are more than a person can be shown, which is ${String(mostShown)} bytes`,
        wayOut: 'do it in smaller parts',
      });
    // The same question is the same id, whoever is first to ask it.
    const id = `a-${digestJson([same, earlier.length]).slice(0, 22)}`;
    const { actionClass } = judgement.verdict;
    const { action: name, resource, facts } = action;
    const askedBy = nameOf(by);
    const text = actionTextOf(id, mandate, askedBy, actionClass, { action: name, resource, facts, parameters });
    const data: AskedAction = {
      at: core.now(),
      id,
      mandate: mandate.id,
      askedBy,
      run: by.run,
      session: action.session,
      action: name,
      resource,
      facts,
      parameters,
      parameterDigest: digest,
      factsDigest,
      epoch,
      actionClass,
      until: judgement.verdict.validUntil,
      text,
      textDigest: digestText(text),
    };
    return done({
      writes: [writeOf(id, record, { type: 'approval.asked', data })],
      reliedOn: judgement.reliedOn,
      value: id,
    });
  }

  /** The question, its mandate, and whether it waits: what every answer starts from. */
  function questionFor(
    id: string,
    act: 'approve_action' | 'refuse',
    { by }: Asked,
  ): Outcome<{ readonly question: AskedAction; readonly record: MandateRecord; readonly known: ApprovalRecord }> {
    if (by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: `answer \`${id}\`` });
    const known = projection.approvals.get(id);
    const record = known === undefined ? undefined : find(known.mandate);
    if (known === undefined || record === undefined || !seesMandate(core, by, known.mandate)) return notFound(id);
    const refused = mayNot(core, by, act, record);
    if (refused !== undefined) return refused;
    if (known.asked === null) return notFound(id);
    return done({ question: known.asked, record, known });
  }

  function planAnswer(
    id: string,
    answer: 'given' | 'refused',
    asked: Asked,
    write: (question: AskedAction, record: MandateRecord) => Outcome<Plan<string>>,
  ): Outcome<Plan<string>> {
    const found = questionFor(id, answer === 'given' ? 'approve_action' : 'refuse', asked);
    if (!found.ok) return found;
    const { question, record, known } = found.value;
    const { state } = known;
    const isSame = (state.name === 'used' ? 'given' : state.name) === answer;
    if (state.name !== 'asked' && isSame) return done({ writes: [], reliedOn: [], value: id });
    if (state.name !== 'asked')
      return refuse({ code: 'already_answered', approval: id, answer: state.name === 'refused' ? 'no' : 'yes' });
    if (!isOpen(known)) return refuse({ code: 'approval_void', approval: id });
    return write(question, record);
  }

  async function answered(id: string, asked: Asked, plan: () => Outcome<Plan<string>>) {
    const outcome = await commit(asked.by, plan);
    if (!outcome.ok) return outcome;
    const record = projection.approvals.get(id);
    return record === undefined ? notFound(id) : done(record);
  }

  return {
    approveAction: (action, asked) => {
      const claimed = claimOf(asked, `approveAction ${action.mandate}`);
      const id = claimed === undefined ? core.newId('a') : `a-${claimed.slice(0, 22)}`;
      return commit(asked.by, () => plan(action, id, asked));
    },
    async askApproval(action, asked) {
      const outcome = await commit(asked.by, () => planAsking(action, asked));
      if (!outcome.ok) return outcome;
      const record = projection.approvals.get(outcome.value);
      return record === undefined ? notFound(outcome.value) : done(record);
    },
    giveApproval: (id, { textDigest, stepUp, remember = false }, asked) =>
      answered(id, asked, () =>
        planAnswer(id, 'given', asked, (question, record) => {
          if (textDigest !== question.textDigest) return refuse({ code: 'text_changed', mandate: id });
          const judgement = judged(question, record.mandate.actor);
          const refused = needless(judgement, question);
          if (refused !== undefined) return refused;
          const { mandate, action, resource, parameterDigest: digest, factsDigest, epoch } = question;
          const { project } = record.mandate;
          const advance = remember ? advanceWith(core, question, project, nameOf(asked.by)) : done(undefined);
          if (!advance.ok) return advance;
          const given: GivenApproval = {
            at: core.now(),
            by: nameOf(asked.by),
            id,
            mandate,
            action,
            resource,
            parameterDigest: digest,
            factsDigest,
            epoch,
            textDigest,
            expiresAt: Math.min(core.now() + approvalLifeMs, judgement.verdict.validUntil),
          };
          const { text, actionClass } = question;
          const requestedBy = [question.askedBy, ...peopleBehind(core, mandate)];
          const yes = approving(toGive(record, given, { text, actionClass, requestedBy, unseen: null }), asked, stepUp);
          if (!yes.ok) return yes;
          const { consent, reliedOn, writes } = yes.value;
          return done({
            writes: [
              writeOf(id, record, { type: 'approval.given', data: { ...given, consent } }),
              ...advanceWrites(advance.value, consent, project),
              ...writes,
            ],
            reliedOn: [...judgement.reliedOn, ...reliedOn],
            value: id,
          });
        }),
      ),
    refuseApproval: (id, reason, asked) =>
      answered(id, asked, () =>
        planAnswer(id, 'refused', asked, (_, record) =>
          done({
            writes: [
              writeOf(id, record, {
                type: 'approval.refused',
                data: { at: core.now(), id, by: nameOf(asked.by), reason },
              }),
            ],
            reliedOn: rightsOf(asked.by),
            value: id,
          }),
        ),
      ),
    approval: (id, by) => {
      const record = projection.approvals.get(id);
      return record !== undefined && seesMandate(core, by, record.mandate) ? record : undefined;
    },
    isOpen,
    isUsable,
  };
}

/** The value as the journal keeps it: what JSON carries, and nothing else. */
// JSON.parse gives what JSON.stringify wrote.
const plainJson = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value ?? {})) as JsonValue;
