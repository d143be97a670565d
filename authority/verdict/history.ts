/**
 * What has to have happened before: the first time an action reaches a target asks for a person's yes, and some actions are done only after
 * others have succeeded. Judged from what is remembered, for every mandate of the chain; their rules are a conjunction like their sets.
 *
 * It refuses to take silence for proof: what is not remembered has not happened.
 */

import type { HistoryRule, JudgedMandate as Mandate } from '../mandate/mandate.ts';
import { actionWithin, isAction, namesAction } from '../set/action.ts';
import type { Missing, Reason } from './reason.ts';

/** What is remembered for one rule of one mandate. */
export type RuleHistory = {
  /** `first_use`: the targets that were reached. */
  readonly targets: ReadonlySet<string>;
  /** `before`: the latest success for each subject: when it began in the order of all events, and when it was done, in epoch milliseconds. */
  readonly successes: ReadonlyMap<string, { readonly order: number; readonly at: number }>;
  /** `before`: when what makes a success stale was last over, in the order of all events; infinite while it goes on, -1 for never. */
  readonly changedAt: number;
};

export type History =
  | {
      readonly kind: 'known';
      readonly of: (mandate: string, rule: string) => RuleHistory | undefined;
      /** A digest of the value the request carries for a parameter; undefined where it carries none. */
      readonly parameter: (name: string) => string | undefined;
    }
  /** An operation that asks again: what came before it was judged when it began. */
  | { readonly kind: 'begun' };

/** Of one of which nothing is remembered. */
export const noHistory: History = { kind: 'known', of: () => undefined, parameter: () => undefined };

export type HistoryAnswer =
  /** `firstUse`: the first mandate for which the target is new. `until`: exclusive; when a success it rests on is too old. */
  | {
      readonly kind: 'clear';
      readonly firstUse: { readonly mandate: string; readonly target: string } | undefined;
      readonly until: number;
    }
  | { readonly kind: 'required'; readonly reason: Reason };

type Asked = { readonly action: string; readonly uri: string };

/** Mandates by their ids, and for each of them its rules. */
export type Ruled = { readonly ids: readonly string[]; readonly histories: readonly (readonly HistoryRule[])[] };

/** Judges `request`, its resource in normal form, by the rules of every mandate of `chain`. */
export function historyAnswer(chain: Ruled, request: Asked, history: History, now: number): HistoryAnswer {
  let firstUse: { readonly mandate: string; readonly target: string } | undefined;
  let until = Infinity;
  if (history.kind === 'begun') return { kind: 'clear', firstUse, until };
  const { ids, histories } = chain;
  for (let at = 0; at < histories.length; at += 1) {
    const mandate = ids[at];
    const rules = histories[at];
    if (mandate === undefined || rules === undefined) continue;
    for (const rule of rules) {
      const known = history.of(mandate, rule.id);
      if (rule.kind === 'first_use') {
        const target = historyTarget(rule, request.uri);
        const isNew = known?.targets.has(target) !== true && rule.except?.includes(request.uri) !== true;
        if (names(rule.actions, request.action) && isNew) firstUse ??= { mandate, target };
      } else if (names(rule.then, request.action)) {
        const answer = beforeAnswer(rule, { known, request, history, now });
        if (typeof answer === 'string') {
          const { first } = rule;
          const { action } = request;
          return {
            kind: 'required',
            reason: { code: 'history_required', mandate, action, first, why: answer },
          };
        }
        until = Math.min(until, answer);
      }
    }
  }
  return { kind: 'clear', firstUse, until };
}

/** Until when the success it needs counts, or what is missing. */
function beforeAnswer(
  rule: Extract<HistoryRule, { kind: 'before' }>,
  given: {
    readonly known: RuleHistory | undefined;
    readonly request: Asked;
    readonly history: Extract<History, { kind: 'known' }>;
    readonly now: number;
  },
): number | Missing {
  const { known, request, history, now } = given;
  const parameter = rule.sameParameter === null ? null : history.parameter(rule.sameParameter);
  if (parameter === undefined) return 'unstated';
  const success = known?.successes.get(historySubject(rule, request.uri, parameter));
  if (known === undefined || success === undefined) return 'never';
  // INVARIANT: not (changedAt < order) also refuses NaN, and what changes while it is asked.
  if (rule.staleAfter.length > 0 && !(known.changedAt < success.order)) return 'stale';
  if (rule.maxAgeMs === null) return Infinity;
  return Math.abs(now - success.at) <= rule.maxAgeMs ? success.at + rule.maxAgeMs + 1 : 'too_old';
}

/** What an action is to a rule; one action can be several things to it. */
export type HistoryRole = 'use' | 'success' | 'change';

/** What `action` means to what is remembered for `rule`. */
export function historyRoles(rule: HistoryRule, action: string): readonly HistoryRole[] {
  if (rule.kind === 'first_use') return names(rule.actions, action) ? ['use'] : [];
  const roles: HistoryRole[] = [];
  if (names(rule.first, action)) roles.push('success');
  if (names(rule.staleAfter, action)) roles.push('change');
  return roles;
}

/** Whether the rule has a word to say before `action` is done. */
export const isJudgedBy = (rule: HistoryRule, action: string): boolean =>
  names(rule.kind === 'first_use' ? rule.actions : rule.then, action);

/** Whether a rule of the chain judges `action`, or counts that it was done: then nobody but who remembers can say yes to it. */
export const concernsHistory = (chain: readonly Mandate[], action: string): boolean =>
  chain.some(({ history }) =>
    history.some((rule) => isJudgedBy(rule, action) || historyRoles(rule, action).length > 0),
  );

/** The target a first use is of. `uri`: in normal form. */
export const historyTarget = (rule: Extract<HistoryRule, { kind: 'first_use' }>, uri: string): string =>
  rule.target === 'resource' ? uri : uri.slice(0, uri.indexOf('/', uri.indexOf('://') + 3) + 1);

/** What a success has to be about. INVARIANT: different subjects have different keys. */
export const historySubject = (
  rule: Extract<HistoryRule, { kind: 'before' }>,
  uri: string,
  parameter: string | null,
): string => JSON.stringify([rule.sameTarget ? uri : null, rule.sameParameter === null ? null : parameter]);

/** `actions` are as `whyMalformedHistory` lets them pass, `action` as a request does. */
function names(actions: readonly string[], action: string): boolean {
  for (const named of actions) if (namesAction(named, action)) return true;
  return false;
}

/** Why rules mean nothing that could be kept to, or undefined. */
export function whyMalformedHistory(rules: readonly HistoryRule[]): string | undefined {
  for (const [index, rule] of rules.entries()) {
    if (rules.findIndex(({ id }) => id === rule.id) !== index) return `two history rules are called \`${rule.id}\``;
    const lists = rule.kind === 'first_use' ? [rule.actions] : [rule.first, rule.then];
    if (lists.some((actions) => actions.length === 0)) return `history rule \`${rule.id}\` names no action`;
    const all = rule.kind === 'first_use' ? rule.actions : [...rule.first, ...rule.then, ...rule.staleAfter];
    const strange = all.find((action) => !isAction(action));
    if (strange !== undefined) return `\`${strange}\` in history rule \`${rule.id}\` is no action`;
    if (rule.kind === 'first_use') continue;
    const both = rule.then.find((action) => rule.first.some((first) => meet(action, first)));
    if (both !== undefined)
      return `history rule \`${rule.id}\` asks for \`${both}\` before itself, which never happens`;
    if (rule.maxAgeMs !== null && !(Number.isSafeInteger(rule.maxAgeMs) && rule.maxAgeMs > 0))
      return `history rule \`${rule.id}\` has an age that is no time`;
  }
  return undefined;
}

const meet = (a: string, b: string): boolean => actionWithin(a, b) || actionWithin(b, a);

/** The rules in the words an approver reads. */
export function renderHistory(rule: HistoryRule): string {
  const list = (actions: readonly string[]): string => actions.map((action) => `\`${action}\``).join(' or ');
  if (rule.kind === 'first_use') {
    const target = rule.target === 'site' ? 'site' : 'resource';
    const but = rule.except === undefined ? '' : ` other than ${rule.except.map((one) => `\`${one}\``).join(', ')}`;
    return `the first time ${list(rule.actions)} reaches a ${target}${but}, you are asked; done once, that ${target} is covered`;
  }
  const same = [
    ...(rule.sameTarget ? ['to the same resource'] : []),
    ...(rule.sameParameter === null ? [] : [`with the same \`${rule.sameParameter}\``]),
  ].join(' ');
  const fresh = rule.staleAfter.length === 0 ? '' : `, begun after the last ${list(rule.staleAfter)} was over`;
  const age = rule.maxAgeMs === null ? '' : `, no longer than ${String(rule.maxAgeMs)} ms ago`;
  return `before ${list(rule.then)}, ${list(rule.first)} must have been done${same === '' ? '' : ` ${same}`}${fresh}${age}, and been watched`;
}
