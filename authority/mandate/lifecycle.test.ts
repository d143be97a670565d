import { describe, expect, test } from 'vitest';
import type { MandateAction, MandateStateName } from './lifecycle.ts';
import { consequenceOf, isTerminal, legalActions, lifecycle, transition } from './lifecycle.ts';

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

  /** The table of the design ("Lifecycle"): state, action, where it leads, and what it does to checks, queued work, operations, children, permits, credentials and sessions. */
  const untouched = 'reevaluated, rechecked, untouched, derived, untouched, usable, continues';
  const narrowed =
    'reevaluated, out_of_scope_cancelled, out_of_scope_interrupted, shrink, out_of_scope_void, usable, told';
  const stopped = 'refused, cancelled, interrupted, ended, void, withheld, inert';
  const completed = 'refused, cancelled, drained, ended, void, withheld, closed';
  test.each([
    ['proposed', 'revise', 'proposed', 'refused, rechecked, untouched, derived, untouched, withheld, continues'],
    ['proposed', 'approve', 'active', untouched],
    ['proposed', 'refuse', 'refused', stopped],
    ['proposed', 'lapse', 'lapsed', stopped],
    ['proposed', 'revoke', 'refused', stopped],
    ['active', 'suspend', 'suspended', 'refused, held, by_class, derived, void, withheld, paused'],
    ['active', 'narrow', 'active', narrowed],
    [
      'active',
      'extend',
      'superseded',
      'successor_answers, rebound_if_covered, keep_running, carried_over, carried_over, carried_over, continues',
    ],
    ['active', 'delegate', 'active', untouched],
    ['active', 'revoke', 'revoked', stopped],
    ['active', 'expire', 'expired', stopped],
    ['active', 'complete', 'completed', completed],
    ['suspended', 'suspend', 'suspended', 'refused, held, by_class, derived, void, withheld, paused'],
    ['suspended', 'reinstate', 'active', 'reevaluated, rechecked, untouched, derived, issued_anew, usable, may_resume'],
    [
      'suspended',
      'narrow',
      'suspended',
      'refused, out_of_scope_cancelled, out_of_scope_interrupted, shrink, out_of_scope_void, withheld, paused',
    ],
    ['suspended', 'revoke', 'revoked', stopped],
    ['suspended', 'expire', 'expired', stopped],
    ['suspended', 'complete', 'completed', completed],
  ] as const)('%s %s leads to %s', (from, action, to, words) => {
    const cell = transition(from, action);
    expect(cell?.to).toBe(to);
    const { newChecks, queuedWork, inFlight, children, permits, credentials, session } = cell?.consequence ?? {};
    expect([newChecks, queuedWork, inFlight, children, permits, credentials, session].join(', ')).toBe(words);
  });

  test('what a state does to what was begun before is what leading to it does', () => {
    const cause = { suspended: 'suspend', revoked: 'revoke', expired: 'expire', completed: 'complete' } as const;
    for (const state of states) {
      const action = Object.entries(cause).find(([name]) => name === state)?.[1];
      expect(consequenceOf(state)).toEqual(action && transition('active', action)?.consequence);
    }
    expect(consequenceOf('toString' as MandateStateName)).toBeUndefined(); // a wire value is only a string
  });

  test('and there is no other transition', () => {
    expect(states.flatMap((state) => legalActions(state)).length).toBe(18);
    expect(transition('proposed', 'suspend')).toBeUndefined();
  });
});
