/**
 * The one verdict. AuthZEN, hooks, proxies, the scheduler, begin, offline checks and every preview translate to this function;
 * none decides for itself.
 *
 * A consequential action needs three yeses from three owners, and the verdict shows all three side by side: the token is usable now,
 * policy permits the request, and the mandate is in force with the action inside its bounds. Anything unknown is a refusal.
 */

import type { ActionClass } from '../action/action-class.ts';
import { effectiveState } from '../mandate/effective-state.ts';
import type { Budget, JudgedMandate as Mandate } from '../mandate/mandate.ts';
import type { ActionRequest } from '../set/permits.ts';
import type { AuthoritySet } from '../set/authority-set.ts';
import { CompiledAuthoritySet, compileAuthoritySet } from '../set/compile.ts';
import { compileRequest } from '../set/request.ts';
import { permits } from '../set/permits.ts';
import type { SignalReading } from './condition.ts';
import { readingText, standing } from './condition.ts';
import type { History } from './history.ts';
import { historyAnswer } from './history.ts';
import type { Reason } from './reason.ts';
import { validUntil } from './valid-until.ts';

/** Raised whenever the same input can give another verdict; recorded with every verdict. */
export const evaluatorVersion = 'evaluator-3';

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
  /** What happened under the mandates of the chain, as far as their rules ask. */
  readonly history: History;
  readonly now: number;
};

export type Answer = { readonly yes: true } | { readonly yes: false; readonly reason: Reason };

export type Verdict = {
  readonly decision: 'permit' | 'refuse' | 'hold';
  readonly reason: Reason;
  readonly token: Answer;
  readonly policy: Answer;
  readonly mandate: Answer;
  readonly actionClass: ActionClass;
  /** No copy of this verdict may be used at or after this time: the first bound of the chain, its windows, readings and approvals that time alone crosses. */
  readonly validUntil: number;
  /** Every mandate judged, root first, at the versions it was judged at. */
  readonly judgedAt: readonly { readonly mandate: string; readonly version: number; readonly epoch: number }[];
};

/** Judges one request. Pure: the same input always gives the same verdict. */
export function evaluate(input: EvaluationInput): Verdict {
  const token = tokenAnswer(input);
  const policy: Answer = input.policy.permits ? yes : no({ code: 'policy_refused', detail: input.policy.detail });
  const { answer: mandate, until } = mandateAnswer(input);
  const reason = firstReason(mandate, token, policy);
  return {
    decision: reason.code === 'permitted' ? 'permit' : reason.code === 'approval_required' ? 'hold' : 'refuse',
    reason,
    token,
    policy,
    mandate,
    actionClass: input.actionClass,
    validUntil: validUntil(input.chain, input.signals, input.now, Math.min(until, policyBound(input))),
    judgedAt: input.chain.map((m) => ({ mandate: m.id, version: m.version, epoch: m.epoch })),
  };
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

const policyBound = ({ policy, now }: EvaluationInput): number =>
  policy.permits && policy.boundMs !== undefined ? now + policy.boundMs : Infinity;

const yes: Answer = { yes: true };
const no = (reason: Reason): Answer => ({ yes: false, reason });

function tokenAnswer(input: EvaluationInput): Answer {
  if (!input.token.usable) return no({ code: 'credential_unusable', detail: input.token.detail });
  const leaf = input.chain.at(-1);
  if (leaf !== undefined && leaf.actor !== input.token.actor)
    return no({ code: 'actor_mismatch', actor: input.token.actor, mandate: leaf.id });
  return yes;
}

/** `until`: the end of the shortest time window or approval that a yes rests on, exclusive. */
type MandateFinding = { readonly answer: Answer; readonly until: number };

const against = (answer: Answer): MandateFinding => ({ answer, until: Infinity });

function mandateAnswer(input: EvaluationInput): MandateFinding {
  const state = stateAnswer(input);
  if (!state.yes) return against(state);
  const request = compileRequest(input.request);
  if (!request.ok) return against(no({ code: 'malformed_request', detail: request.why }));
  let needsApproval = false;
  let until = Infinity;
  for (const mandate of input.chain) {
    const condition = conditionAnswer(mandate, input);
    if (!condition.yes) return against(condition);
    for (const set of [mandate.authority, ...mandate.overlays.map((overlay) => overlay.authority)]) {
      const compiled = compiledOnce(set);
      const answer = permits(compiled, request.request, input.now);
      if (!answer.permitted) return against(no({ code: 'out_of_authority', mandate: mandate.id, gap: answer.gap }));
      needsApproval ||= answer.requiresActionApproval;
      until = Math.min(until, lastMoment(compiled, answer.entry) + 1);
    }
    const budget = budgetAnswer(mandate, input);
    if (!budget.yes) return against(budget);
  }
  const history = historyAnswer(input.chain, request.request, input.history, input.now);
  if (history.kind === 'required') return against(no(history.reason));
  until = Math.min(until, history.until);
  const because = needsApproval ? 'each_time' : history.firstUse !== undefined ? 'first_use' : policyAsks(input);
  if (because === undefined) return { answer: yes, until };
  const approvedUntil = approvedUntilAt(input);
  if (approvedUntil !== undefined) return { answer: yes, until: Math.min(until, approvedUntil) };
  const { action, resource } = input.request;
  return against(no({ code: 'approval_required', mandate: input.mandate, action, resource, because }));
}

const policyAsks = ({ policy }: EvaluationInput): 'policy' | undefined =>
  policy.permits && policy.asks === true ? 'policy' : undefined;

/** A set that does not compile permits nothing, so it has no moment. */
const lastMoment = (set: AuthoritySet | CompiledAuthoritySet, entry: number): number =>
  set instanceof CompiledAuthoritySet ? (set.entries[entry]?.lastMoment ?? -Infinity) : -Infinity;

/** Compiled sets by the identity of the set they were compiled from, for as long as that set lives. Same input, same output. */
const compiledSets = new WeakMap<AuthoritySet, CompiledAuthoritySet>();

function compiledOnce(set: AuthoritySet): AuthoritySet | CompiledAuthoritySet {
  const known = compiledSets.get(set);
  if (known !== undefined) return known;
  const compiled = compileAuthoritySet(set);
  if (!compiled.ok) return set; // `permits` refuses a malformed set and says why
  compiledSets.set(set, compiled.set);
  return compiled.set;
}

function stateAnswer({ chain, mandate, now }: EvaluationInput): Answer {
  const state = effectiveState(chain, now);
  const leaf = chain.at(-1);
  if (state === undefined || leaf === undefined || leaf.id !== mandate) return no({ code: 'unknown_mandate', mandate });
  const missing = missingAncestor(chain);
  if (missing !== undefined) return no({ code: 'unknown_mandate', mandate: missing });
  if (state.name === 'active') return yes;
  if (state.name === 'cascaded' || state.name === 'held')
    return no({ code: 'ancestor_inactive', mandate, ancestor: state.because, state: state.name });
  return no({ code: 'mandate_inactive', mandate, state: state.name, detail: stateDetail(leaf, state.name) });
}

/** INVARIANT: the conjunction is over every ancestor; a chain that leaves one out is not judged. Says which it is. */
function missingAncestor(chain: readonly Mandate[]): string | undefined {
  let above: string | null = null;
  for (const mandate of chain) {
    if (mandate.parent !== above) return mandate.parent ?? mandate.id;
    above = mandate.id;
  }
  return undefined;
}

function stateDetail(mandate: Mandate, effective: string): string {
  const { state } = mandate;
  if (effective !== state.name) return 'its time is over';
  switch (state.name) {
    case 'suspended':
      return state.cause.kind === 'condition'
        ? `\`${state.cause.subject}\` became ${state.cause.reading}`
        : state.cause.reason;
    case 'revoked':
    case 'refused':
      return `${state.reason} (by ${state.by})`;
    case 'superseded':
      return `\`${state.successor}\` took its place`;
    case 'completed':
      return `its work was accepted (by ${state.by})`;
    case 'proposed':
      return 'nobody has approved it yet';
    case 'expired':
    case 'lapsed':
      return 'its time is over';
    case 'active':
      return 'active';
  }
}

function conditionAnswer(mandate: Mandate, input: EvaluationInput): Answer {
  for (const condition of mandate.conditions) {
    const reading = input.signals(condition.subject);
    const now = standing(condition, reading, input.now);
    if (now === 'fails')
      return no({
        code: 'condition_failed',
        mandate: mandate.id,
        subject: condition.subject,
        reading: readingText(condition, reading),
      });
    if (now === 'unknown') return no({ code: 'condition_unknown', mandate: mandate.id, subject: condition.subject });
  }
  return yes;
}

function budgetAnswer(mandate: Mandate, input: EvaluationInput): Answer {
  if (mandate.budgets.length === 0) return yes;
  const spent = input.spend(mandate.id);
  for (const budget of mandate.budgets) {
    const { limit, left, draws } = boundOf(budget, mandate, spent, input);
    // INVARIANT: written so that NaN refuses too, and an unapproved mandate has no wall time at all.
    if (!(left > 0 && left >= draws))
      return no({
        code: 'budget_spent',
        mandate: mandate.id,
        budget: budget.kind,
        limit,
        ...(left > 0 && { short: { left, draws } }),
      });
  }
  return yes;
}

function boundOf(budget: Budget, mandate: Mandate, spent: Spend, { draws, now }: EvaluationInput) {
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
    case 'wall':
      return { limit: budget.limitMs, left: approvedAt(mandate) + budget.limitMs - now, draws: 0 };
  }
}

const approvedAt = (mandate: Mandate): number => mandate.approvedAt ?? Number.NEGATIVE_INFINITY;

/** When the last of the approvals that cover this exact action ends; undefined when none covers it now. */
function approvedUntilAt(input: EvaluationInput): number | undefined {
  const { approvals, mandate, request, parameterDigest, chain, now } = input;
  const covering = approvals.filter(
    (approval) =>
      approval.mandate === mandate &&
      approval.action === request.action &&
      approval.resource === request.resource &&
      approval.parameterDigest === parameterDigest &&
      approval.epoch === epochSum(chain) &&
      now < approval.expiresAt,
  );
  return covering.length === 0 ? undefined : Math.max(...covering.map(({ expiresAt }) => expiresAt));
}

/** The epoch an action approval is bound to: the sum over the chain, which any non-active interval above or here raises. */
export const epochSum = (chain: readonly Mandate[]): number => chain.reduce((sum, mandate) => sum + mandate.epoch, 0);
