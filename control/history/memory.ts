/**
 * What is remembered for the history rules of a mandate and of what succeeds it: a fold of `history.*`, and nothing else. It decides nothing.
 *
 * It forgets what is oldest rather than grow for ever. INVARIANT: forgetting never makes a yes: what is not remembered has not happened.
 */

import type { RuleHistory } from '@writ/authority';
import type { HistoryEvent, HistoryNote } from './events.ts';

type RuleMemory = {
  readonly targets: Set<string>;
  readonly successes: Map<string, { readonly order: number; readonly at: number }>;
  /** Operations that change things, and are not known to be over. */
  readonly changing: Set<string>;
  /** The position at which the last of them was over; -1 for never. */
  changedAt: number;
};

export type Memory = {
  readonly rules: Map<string, RuleMemory>;
  /** What has begun and is not known to have ended, with the position at which it began. */
  readonly open: Map<string, { readonly order: number; readonly notes: readonly HistoryNote[] }>;
};

/** The most targets, and the most successes, that are remembered for one rule. */
export const mostRemembered = 10_000;

export const emptyMemory = (): Memory => ({ rules: new Map(), open: new Map() });

/** What the evaluator is told of one rule. */
export function recalled({ rules }: Memory, rule: string): RuleHistory | undefined {
  const known = rules.get(rule);
  if (known === undefined) return undefined;
  const { targets, successes, changing, changedAt } = known;
  return { targets, successes, changedAt: changing.size > 0 ? Infinity : changedAt };
}

/** Folds the event at `position` in. */
export function remember(memory: Memory, event: HistoryEvent, position: number): void {
  switch (event.type) {
    case 'history.began': {
      const { operation, notes } = event.data;
      memory.open.set(operation, { order: position, notes });
      for (const { rule, role } of notes) if (role === 'change') ruleOf(memory, rule).changing.add(operation);
      return;
    }
    case 'history.changed':
      for (const rule of event.data.rules) ruleOf(memory, rule).changedAt = position;
      return;
    case 'history.ended':
      ended(memory, event.data, position);
  }
}

/**
 * What an end means to each rule. Only what was done covers a target, and only what was done and watched is a success. What is unknown may have
 * been done or not, and may still be going on: it covers nothing, it is no success, and what it changes goes on changing until somebody learns more.
 */
function ended(
  memory: Memory,
  { at, operation, outcome, isWatched }: Extract<HistoryEvent, { type: 'history.ended' }>['data'],
  position: number,
): void {
  const known = memory.open.get(operation);
  if (known === undefined) return;
  memory.open.delete(operation);
  for (const note of known.notes) {
    const rule = ruleOf(memory, note.rule);
    if (note.role === 'change') {
      rule.changing.delete(operation);
      rule.changedAt = position;
    } else if (outcome === 'done' && note.role === 'use') keep(rule.targets, note.target);
    else if (outcome === 'done' && note.role === 'success' && isWatched) {
      const before = rule.successes.get(note.subject);
      // The one that began last is the one that counts for longest.
      if (before === undefined || before.order < known.order) {
        rule.successes.delete(note.subject);
        rule.successes.set(note.subject, { order: known.order, at });
      }
      forgetOldest(rule.successes);
    }
  }
}

function keep(targets: Set<string>, target: string): void {
  targets.delete(target);
  targets.add(target);
  forgetOldest(targets);
}

function forgetOldest(kept: Set<string> | Map<string, unknown>): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= mostRemembered) return;
    kept.delete(oldest);
  }
}

function ruleOf({ rules }: Memory, id: string): RuleMemory {
  const known = rules.get(id) ?? { targets: new Set(), successes: new Map(), changing: new Set(), changedAt: -1 };
  rules.set(id, known);
  return known;
}
