/**
 * The canonical text an approver reads and approves: deterministic lines, of which the digest is the evidence.
 *
 * INVARIANT: two proposals that differ in anything that counts have different texts, because the last line binds the exact terms. Free text is
 * shown on one line with control and direction characters made visible, so that a purpose cannot forge a line of its own.
 */

import type { Budget, Condition, Overlay } from '@writ/authority';
import { renderAuthority, renderHistory } from '@writ/authority';
import type { Terms } from './terms.ts';

/** Raised with every change of what is written here: evidence names it beside the text it kept. */
export const mandateTextVersion = 'mandate-text-2';

export type ApprovalSubject = {
  readonly id: string;
  readonly revision: number;
  readonly parent: string | null;
  readonly terms: Terms;
};

/** The text. `termsDigest` is the digest of the canonical JSON of the terms. */
export function approvalText({ id, revision, parent, terms }: ApprovalSubject, termsDigest: string): string {
  const lines = [
    `mandate ${id}, revision ${String(revision)}, project ${visible(terms.project)}${parent === null ? '' : `, under ${parent}`}`,
    `purpose: ${visible(terms.purpose)}`,
    `for the agent: ${visible(terms.actor)}${terms.actorKey === null ? '' : `, who proves the key ${visible(terms.actorKey)}`}`,
    `until: ${new Date(terms.expiresAt).toISOString()}`,
    ...(terms.watch === true
      ? [
          'it only watches: what is not in the list is not refused and not asked about, only recorded; a stop still ends it',
        ]
      : []),
    'it may:',
    ...bullets(renderAuthority(terms.authority), 'nothing'),
    ...(terms.narrowings ?? []).flatMap(narrowingWords),
    'as long as:',
    ...bullets(terms.conditions.map(conditionWords), 'it has not been stopped'),
    ...(terms.history.length === 0 ? [] : ['and in this order:', ...bullets(terms.history.map(renderHistory), '')]),
    'within:',
    ...bullets(terms.budgets.map(budgetWords), 'no budget'),
    `it may hand on: ${delegationWords(terms)}`,
    `who else may steer: ${terms.steerers.length === 0 ? 'nobody' : terms.steerers.map(visible).join(', ')}`,
    `who may bring it back or widen it: ${terms.approvers.length === 0 ? `any approver of ${visible(terms.project)}` : terms.approvers.map(visible).join(', ')}`,
    `a stop is complete within: ${String(terms.stopProfile.deadlineMs)} ms`,
    ...(terms.freshnessMs === undefined ? [] : [`a yes under it is used for at most: ${String(terms.freshnessMs)} ms`]),
    `exact terms: ${termsDigest}`,
  ];
  return `${lines.join('\n')}\n`;
}

const bullets = (items: readonly string[], none: string): readonly string[] =>
  (items.length === 0 ? [none] : items).map((item) => `- ${visible(item)}`);

/** Each narrowing bounds all that stands before it. */
const narrowingWords = ({ authority, by, at }: Overlay): readonly string[] => [
  `and of that, since ${visible(by)} narrowed it at ${new Date(at).toISOString()}, only what this covers too:`,
  ...bullets(renderAuthority(authority), 'nothing'),
];

const tests = {
  equals: 'is',
  not_equals: 'is not',
  less_than: 'is less than',
  at_most: 'is at most',
  greater_than: 'is greater than',
  at_least: 'is at least',
  within: 'is within',
} as const satisfies Record<Condition['test'], string>;

function conditionWords(condition: Condition): string {
  const age = condition.maxAgeMs === null ? '' : `, reported in the last ${String(condition.maxAgeMs)} ms`;
  const unreported = condition.whenUnreported === 'holds' ? '' : ', and somebody has reported it';
  const otherwise =
    condition.onFailure === 'revoke'
      ? 'otherwise it ends'
      : condition.returns === 'automatically'
        ? `otherwise it pauses until it is so again${condition.holdMs === 0 ? '' : `, for ${String(condition.holdMs)} ms`}`
        : 'otherwise it pauses until a person reinstates it';
  return `\`${condition.subject}\` ${tests[condition.test]} \`${String(condition.value)}\`${age}${unreported}; ${otherwise}`;
}

/** One budget in words. */
export function budgetWords(budget: Budget): string {
  switch (budget.kind) {
    case 'calls':
      return `${String(budget.limit)} operations${whenSpent(budget)}`;
    case 'tokens':
      return `${String(budget.limit)} tokens${whenSpent(budget)}`;
    case 'wall':
      return `${String(budget.limitMs)} ms from the approval`;
    case 'money':
      return `${String(budget.limitMicros)} millionths of one ${budget.currency}${whenSpent(budget)}`;
  }
}

const whenSpent = ({ whenSpent: what }: Exclude<Budget, { kind: 'wall' }>): string =>
  what === 'interrupt' ? '; what is under way is interrupted when they are used up' : '';

function delegationWords({ delegation: { maxDepth, maxChildren, actors } }: Terms): string {
  if (maxDepth === 0 || maxChildren === 0) return 'nothing';
  const whom = actors === 'any' ? 'any agent' : actors.map(visible).join(', ');
  return `parts of this to ${whom}, at most ${String(maxChildren)} at a time and ${String(maxDepth)} deep`;
}

/** One line, and nothing in it that a terminal or a bidirectional layout would act on. */
const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
