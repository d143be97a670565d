/**
 * The one verdict. AuthZEN, hooks, proxies, the scheduler, begin, offline checks and every preview translate to this function;
 * none decides for itself.
 *
 * A consequential action needs three yeses from three owners, and the verdict shows all three side by side: the token is usable now,
 * policy permits the request, and the mandate is in force with the action inside its bounds. Anything unknown is a refusal.
 */

import { actionClasses } from '../action/action-class.ts';
import type { ActionClass } from '../action/action-class.ts';
import type { Advance } from '../action/advance.ts';
import { answersInAdvance } from '../action/advance.ts';
import { mayStand } from '../action/asking.ts';
import type { Budget, JudgedMandate as Mandate } from '../mandate/mandate.ts';
import type { ActionRequest } from '../set/permits.ts';
import { freshnessOf, permits, permittedBy } from '../set/permits.ts';
import type { CompiledRequest } from '../set/request.ts';
import { compileRequest } from '../set/request.ts';
import type { CompiledChain, CountingBudget } from './compiled-chain.ts';
import { compileChain, setsOf } from './compiled-chain.ts';
import type { SignalReading } from './condition.ts';
import { readingText, standing } from './condition.ts';
import type { History } from './history.ts';
import { historyAnswer } from './history.ts';
import type { Reason } from './reason.ts';
import { whyNotInForce } from './state-answer.ts';
import { validUntil } from './valid-until.ts';

/** Raised whenever the same input can give another verdict; recorded with every verdict. */
export const evaluatorVersion = 'evaluator-7';

export type TokenFacts =
  { readonly usable: true; readonly actor: string } | { readonly usable: false; readonly detail: string };
export type PolicyResult =
  /** `asks`: a person's yes to each action, whatever the mandate says. `boundMs`: how long a yes counts at most. */
  | { readonly permits: true; readonly version: string; readonly asks?: true; readonly boundMs?: number }
  | { readonly permits: false; readonly version: string; readonly detail: string };

/** What is already spent or reserved under one mandate, in the units of its budgets. */
export type Spend = { readonly calls: number; readonly tokens: number; readonly moneyMicros: number };

/** A person's yes to one exact action, bound to its parameters. */
export type ActionApproval = {
  readonly mandate: string;
  readonly action: string;
  readonly resource: string;
  readonly parameterDigest: string;
  /** The mandate's epoch when it was given: any non-active interval since makes it void. */
  readonly epoch: number;
  readonly expiresAt: number;
};

export type EvaluationInput = {
  /** Root first, the mandate asked about last; empty when the mandate is unknown. */
  readonly chain: readonly Mandate[];
  readonly mandate: string;
  readonly request: ActionRequest;
  readonly actionClass: ActionClass;
  readonly parameterDigest: string;
  readonly token: TokenFacts;
  readonly policy: PolicyResult;
  readonly signals: (subject: string) => SignalReading | undefined;
  readonly spend: (mandate: string) => Spend;
  /** What this action would draw, as far as it is known before it is done; nothing where absent. There has to be as much left, and something at all. */
  readonly draws?: Spend;
  readonly approvals: readonly ActionApproval[];
  /** Those of the project; none where nobody says of any. */
  readonly advances?: readonly Advance[];
  /** What happened under the mandates of the chain, as far as their rules ask. */
  readonly history: History;
  readonly now: number;
};

/** All of a question but the mandates it is held against. */
type Question = Omit<EvaluationInput, 'chain'>;
/** A question whose chain was compiled beforehand, by one who asks many of the same mandates. */
export type CompiledInput = Question & { readonly chain: CompiledChain };

export type Answer = { readonly yes: true } | { readonly yes: false; readonly reason: Reason };

/**
 * `would_refuse`: the mandate only watches, and its bounds do not cover this. It is no permit, so that nothing begins by it, and it is no refusal: who asks
 * before each call lets it go on.
 */
export type Decision = 'permit' | 'refuse' | 'hold' | 'would_refuse';

export type Verdict = {
  readonly decision: Decision;
  readonly reason: Reason;
  readonly token: Answer;
  readonly policy: Answer;
  readonly mandate: Answer;
  readonly actionClass: ActionClass;
  /** No copy of this verdict may be used at or after this time: the first bound of the chain, its windows, readings and approvals that time alone crosses. */
  readonly validUntil: number;
  /**
   * How old a copy of a yes may be when it is used, in milliseconds: the least of what the class, policy, each mandate of the chain and each entry that permits it say. 0: only control's own, now;
   * infinite where nothing bounds it. Of anything but a yes no copy is used.
   */
  readonly freshnessMs: number;
  /** Every mandate judged, root first, at the versions it was judged at. */
  readonly judgedAt: readonly { readonly mandate: string; readonly version: number; readonly epoch: number }[];
};

/** Judges one request. Pure: the same input always gives the same verdict. */
export function evaluate(input: EvaluationInput | CompiledInput): Verdict {
  const chain = compileChain(input.chain);
  const token = tokenAnswer(input, chain);
  const policy: Answer = input.policy.permits ? yes : no({ code: 'policy_refused', detail: input.policy.detail });
  const { answer: mandate, until, freshnessMs } = mandateAnswer(input, chain);
  const reason = firstReason(mandate, token, policy);
  return {
    decision: decisionOf(reason, chain, token.yes && policy.yes),
    reason,
    token,
    policy,
    mandate,
    actionClass: input.actionClass,
    validUntil: validUntil(chain, input.signals, input.now, Math.min(until, policyBound(input))),
    freshnessMs: Math.min(freshnessMs, chain.freshnessMs, classFreshness(input)),
    judgedAt: chain.judgedAt,
  };
}

/** `others`: whether token and policy say yes. */
function decisionOf(reason: Reason, { leaf, mandates }: CompiledChain, others: boolean): Decision {
  if (reason.code === 'permitted') return 'permit';
  // INVARIANT: one that was narrowed since, or hands on, or is under another, holds.
  const watches = leaf?.watch === true && mandates.length === 1 && leaf.overlays.length === 0;
  if (watches && others && isOfBounds(reason)) return 'would_refuse';
  return reason.code === 'approval_required' ? 'hold' : 'refuse';
}

/** Whether it is a bound of the mandate that is against it, and not its end, a condition, the credential or policy: those hold whoever watches. */
function isOfBounds(reason: Reason): boolean {
  switch (reason.code) {
    case 'out_of_authority':
    case 'history_required':
      return true;
    case 'approval_required':
      return reason.because !== 'policy';
    case 'budget_spent':
      return reason.budget !== 'wall';
    default:
      return false;
  }
}

/**
 * The mandate speaks first: a dead approval is the reason a person needs to see, whatever else is wrong. Only a missing yes to this one action comes last:
 * it is no use asking a person for what the token or policy refuses anyway.
 */
function firstReason(mandate: Answer, token: Answer, policy: Answer): Reason {
  if (!mandate.yes && mandate.reason.code !== 'approval_required') return mandate.reason;
  if (!token.yes) return token.reason;
  if (!policy.yes) return policy.reason;
  return mandate.yes ? { code: 'permitted' } : mandate.reason;
}

/** What the class lets a yes be, and policy. */
function classFreshness({ actionClass, policy }: Question): number {
  const { freshness } = actionClasses[actionClass];
  const byPolicy = (policy.permits ? policy.boundMs : undefined) ?? Infinity;
  switch (freshness.kind) {
    case 'none':
      return byPolicy;
    case 'cached':
      return Math.min(freshness.maxAgeMs, byPolicy);
    case 'fresh':
      return 0;
  }
}

const policyBound = ({ policy, now }: Question): number =>
  policy.permits && policy.boundMs !== undefined ? now + policy.boundMs : Infinity;

const yes: Answer = { yes: true };
const no = (reason: Reason): Answer => ({ yes: false, reason });

function tokenAnswer({ token }: Question, { id, actor }: CompiledChain): Answer {
  if (!token.usable) return no({ code: 'credential_unusable', detail: token.detail });
  if (id !== undefined && actor !== token.actor) return no({ code: 'actor_mismatch', actor: token.actor, mandate: id });
  return yes;
}

/** `until`: the end of the shortest time window or approval that a yes rests on, exclusive. `freshnessMs`: by the entries that permit. */
type MandateFinding = { readonly answer: Answer; readonly until: number; readonly freshnessMs: number };

const against = (answer: Answer): MandateFinding => ({ answer, until: Infinity, freshnessMs: 0 });

function mandateAnswer(input: Question, chain: CompiledChain): MandateFinding {
  const { now } = input;
  const inactive = whyNotInForce(chain, input.mandate, now);
  if (inactive !== undefined) return against(no(inactive));
  const compiled = compileRequest(input.request);
  if (!compiled.ok) return against(no({ code: 'malformed_request', detail: compiled.why }));
  const { request } = compiled;
  const bounds = withinAll(chain, request, input);
  if (bounds === undefined) return against(no(firstAgainst(chain, request, input)));
  const history = historyAnswer(chain, request, input.history, now);
  if (history.kind === 'required') return against(no(history.reason));
  const until = Math.min(bounds.until, history.until);
  const { freshnessMs } = bounds;
  const because = bounds.asks ? 'each_time' : history.firstUse !== undefined ? 'first_use' : policyAsks(input);
  if (because === undefined) return { answer: yes, until, freshnessMs };
  const approvedUntil = approvedUntilAt(input, chain.epoch) ?? advancedUntil(input, request.uri);
  if (approvedUntil !== undefined) return { answer: yes, until: Math.min(until, approvedUntil), freshnessMs };
  const { action, resource } = input.request;
  return against(no({ code: 'approval_required', mandate: input.mandate, action, resource, because }));
}

/** What the whole chain says: whether a person is asked each time, until when the windows last, and how old a yes may be; undefined when any of it is against the request. */
function withinAll(
  chain: CompiledChain,
  request: CompiledRequest,
  input: Question,
): { readonly asks: boolean; readonly until: number; readonly freshnessMs: number } | undefined {
  for (const condition of chain.conditions)
    if (standing(condition, input.signals(condition.subject), input.now) !== 'holds') return undefined;
  let asks = false;
  let until = Infinity;
  let freshnessMs = Infinity;
  for (const set of chain.sets) {
    const answer = set && permittedBy(set, request, input.now);
    if (answer === undefined) return undefined;
    asks ||= answer.requiresActionApproval;
    until = Math.min(until, answer.lastMoment + 1);
    if (set?.saysFreshness) freshnessMs = Math.min(freshnessMs, freshnessOf(set, request, input.now));
  }
  return isWithinBudgets(chain, input) ? { asks, until, freshnessMs } : undefined;
}

/** As `whySpent` says of each mandate, without reading any while time is within the bounds of all. */
function isWithinBudgets(chain: CompiledChain, input: Question): boolean {
  for (let at = 0; at < chain.ids.length; at += 1) {
    const budgets = chain.counting[at];
    const id = chain.ids[at];
    if (budgets === undefined || id === undefined || budgets.length === 0) continue;
    const spent = input.spend(id);
    for (const budget of budgets) if (!suffices(counted(budget, spent, input.draws))) return false;
  }
  return input.now < chain.endsAt || chain.mandates.every((mandate) => whySpent(mandate, input) === undefined);
}

/** The first thing that is against the request, from the root down, where there is one. */
function firstAgainst(chain: CompiledChain, request: CompiledRequest, input: Question): Reason {
  for (const mandate of chain.mandates) {
    const reason =
      whyConditionFails(mandate, input) ?? whyOutOfBounds(mandate, request, input) ?? whySpent(mandate, input);
    if (reason !== undefined) return reason;
  }
  // INVARIANT: both look at the same conditions, sets and budgets; a no that only one of them sees is still a no.
  throw new Error('unreachable: what was against the request is gone');
}

function whyOutOfBounds(mandate: Mandate, request: CompiledRequest, { now }: Question): Reason | undefined {
  for (const [index, set] of setsOf(mandate).entries()) {
    const answer = permits(set, request, now);
    // The first is what was approved, the others only take away.
    const narrowed = index > 0 && { contained: true as const };
    if (!answer.permitted) return { code: 'out_of_authority', mandate: mandate.id, gap: answer.gap, ...narrowed };
  }
  return undefined;
}

const policyAsks = ({ policy }: Question): 'policy' | undefined =>
  policy.permits && policy.asks === true ? 'policy' : undefined;

function whyConditionFails(mandate: Mandate, input: Question): Reason | undefined {
  for (const condition of mandate.conditions) {
    const { subject } = condition;
    const reading = input.signals(subject);
    const now = standing(condition, reading, input.now);
    if (now === 'fails')
      return { code: 'condition_failed', mandate: mandate.id, subject, reading: readingText(condition, reading) };
    if (now === 'unknown') return { code: 'condition_unknown', mandate: mandate.id, subject };
  }
  return undefined;
}

/** What a budget is held against. */
type Spending = Pick<Question, 'spend' | 'draws' | 'now'>;

/** The first budget of a chain (root first) with nothing left, in a verdict's words; undefined while something is left of each. */
export function firstSpent(chain: readonly Mandate[], spending: Omit<Spending, 'draws'>): Reason | undefined {
  for (const mandate of chain) {
    const spent = whySpent(mandate, spending);
    if (spent !== undefined) return spent;
  }
  return undefined;
}

function whySpent(mandate: Mandate, input: Spending): Reason | undefined {
  if (mandate.budgets.length === 0) return undefined;
  const spent = input.spend(mandate.id);
  for (const budget of mandate.budgets) {
    const bound = boundOf(budget, mandate, spent, input);
    const { limit, left, draws } = bound;
    if (!suffices(bound))
      return {
        code: 'budget_spent',
        mandate: mandate.id,
        budget: budget.kind,
        limit,
        ...(left > 0 && { short: { left, draws } }),
      };
  }
  return undefined;
}

type Bound = { readonly limit: number; readonly left: number; readonly draws: number };

// INVARIANT: written so that NaN refuses too, and an unapproved mandate has no wall time at all.
const suffices = ({ left, draws }: Bound): boolean => left > 0 && left >= draws;

const boundOf = (budget: Budget, mandate: Mandate, spent: Spend, { draws, now }: Spending): Bound =>
  budget.kind === 'wall'
    ? { limit: budget.limitMs, left: approvedAt(mandate) + budget.limitMs - now, draws: 0 }
    : counted(budget, spent, draws);

function counted(budget: CountingBudget, spent: Spend, draws: Spend | undefined): Bound {
  switch (budget.kind) {
    case 'calls':
      return { limit: budget.limit, left: budget.limit - spent.calls, draws: draws?.calls ?? 0 };
    case 'tokens':
      return { limit: budget.limit, left: budget.limit - spent.tokens, draws: draws?.tokens ?? 0 };
    case 'money':
      return {
        limit: budget.limitMicros,
        left: budget.limitMicros - spent.moneyMicros,
        draws: draws?.moneyMicros ?? 0,
      };
  }
}

const approvedAt = (mandate: Mandate): number => mandate.approvedAt ?? Number.NEGATIVE_INFINITY;

/** When the last of the approvals that cover this exact action ends; undefined when none covers it now. */
function approvedUntilAt(input: Question, epoch: number): number | undefined {
  const { approvals, mandate, request, parameterDigest, now } = input;
  let until: number | undefined;
  for (const approval of approvals) {
    const covers =
      approval.mandate === mandate &&
      approval.action === request.action &&
      approval.resource === request.resource &&
      approval.parameterDigest === parameterDigest &&
      approval.epoch === epoch &&
      now < approval.expiresAt;
    if (covers) until = Math.max(until ?? now, approval.expiresAt);
  }
  return until;
}

/** When the last of the yeses in advance that cover it ends; undefined where none does, or only a yes to this very action counts: what policy asks, and what is asked each time. */
function advancedUntil(input: Question, uri: string): number | undefined {
  const { advances = [], request, actionClass, now } = input;
  if (policyAsks(input) !== undefined || !mayStand(request.action, actionClass)) return undefined;
  const asked = { action: request.action, uri };
  const fitting = advances.filter((advance) => answersInAdvance(advance, asked, now));
  return fitting.length === 0 ? undefined : Math.max(...fitting.map(({ expiresAt }) => expiresAt));
}
