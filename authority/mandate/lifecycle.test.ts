import { describe, expect, test } from 'vitest';
import type { MandateAction, MandateStateName } from './lifecycle.ts';
import { isTerminal, legalActions, lifecycle, transition } from './lifecycle.ts';

// Object.keys loses the key type; the keys come from the table.
const states = Object.keys(lifecycle) as MandateStateName[];
const actions = new Set(states.flatMap((state) => legalActions(state)));

describe('the lifecycle table', () => {
  test('terminal is final', () => {
    const terminal = states.filter(isTerminal);
    expect(terminal).toEqual(['revoked', 'expired', 'completed', 'superseded', 'refused', 'lapsed']);
    for (const state of terminal) for (const action of actions) expect(transition(state, action)).toBeUndefined();
  });

  test('only an approval makes a proposal active, and only a reinstatement ends a suspension', () => {
    const toActive = states.flatMap((from) =>
      legalActions(from)
        .filter((action) => from !== 'active' && transition(from, action)?.to === 'active')
        .map((action) => `${from} ${action}`),
    );
    expect(toActive).toEqual(['proposed approve', 'suspended reinstate']);
  });

  test('whatever is live can be stopped', () => {
    for (const state of ['proposed', 'active', 'suspended'] as const) expect(legalActions(state)).toContain('revoke');
  });

  test('a transition out of active voids permits, unless it only narrows or extends', () => {
    const kept = legalActions('active').filter((action) => {
      const next = transition('active', action);
      return next !== undefined && next.to !== 'active' && next.consequence.permits !== 'void';
    });
    expect(kept).toEqual(['extend'] satisfies MandateAction[]);
  });

  test('a name from the prototype is not a transition', () => {
    // A wire value is only a string; the table must not answer for names it does not hold.
    expect(transition('active', 'toString' as MandateAction)).toBeUndefined();
  });
});
