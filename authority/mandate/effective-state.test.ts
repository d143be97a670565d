import { describe, expect, test } from 'vitest';
import { hour, mandate, states, t0 } from '../test-support/mandates.ts';
import { effectiveState, ownState } from './effective-state.ts';
import type { Mandate, MandateState } from './mandate.ts';

const end = t0 + hour;
const in_ = (name: MandateState['name']): MandateState => {
  const state = states.find((one) => one.name === name);
  if (state === undefined) throw new Error(`no ${name} among the states`);
  return state;
};
const chain = (...names: readonly MandateState['name'][]): readonly Mandate[] =>
  names.map((name, depth) => mandate(['m0', ...Array<string>(depth).fill('1')].join('.'), { state: in_(name) }));

describe('its own state', () => {
  test.each(states)('$name, before its expiry, is what was stored', (state) => {
    expect(ownState(mandate('m0', { state }), end - 1)).toEqual({ name: state.name, because: 'm0' });
  });

  test.each([
    ['active', 'expired'],
    ['suspended', 'expired'],
    ['proposed', 'lapsed'],
    ['revoked', 'revoked'],
    ['completed', 'completed'],
    ['superseded', 'superseded'],
    ['refused', 'refused'],
    ['lapsed', 'lapsed'],
    ['expired', 'expired'],
  ] as const)('%s, from its expiry on, is %s', (stored, now) => {
    for (const time of [end, end + 1, Number.NaN, Infinity])
      expect(ownState(mandate('m0', { state: in_(stored) }), time).name).toBe(now);
    expect(ownState(mandate('m0', { state: in_(stored), expiresAt: Number.NaN }), t0).name).toBe(now);
  });
});

describe('its state under its ancestors', () => {
  const of = (names: readonly MandateState['name'][], now = t0) => effectiveState(chain(...names), now);

  test('active where every ancestor is, at any depth', () => {
    expect(of(['active'])).toEqual({ name: 'active', because: 'm0' });
    expect(of(['active', 'active', 'active'])).toEqual({ name: 'active', because: 'm0.1.1' });
  });

  test.each(['revoked', 'expired', 'completed', 'superseded', 'refused', 'lapsed', 'proposed'] as const)(
    'cascaded where one above is %s, whatever else is',
    (name) => {
      expect(of([name, 'active'])).toEqual({ name: 'cascaded', because: 'm0' });
      expect(of(['active', name, 'active'])).toEqual({ name: 'cascaded', because: 'm0.1' });
      expect(of(['suspended', name, 'active'])).toEqual({ name: 'cascaded', because: 'm0.1' });
      expect(of([name, 'suspended'])).toEqual({ name: 'cascaded', because: 'm0' });
    },
  );

  test('held by the first that is suspended, where none has ended', () => {
    expect(of(['suspended', 'active'])).toEqual({ name: 'held', because: 'm0' });
    expect(of(['active', 'suspended', 'suspended', 'active'])).toEqual({ name: 'held', because: 'm0.1' });
    expect(of(['suspended', 'suspended'])).toEqual({ name: 'held', because: 'm0' });
    expect(of(['active', 'suspended'])).toEqual({ name: 'suspended', because: 'm0.1' });
  });

  test('its own end comes before whatever is above', () => {
    expect(of(['revoked', 'completed'])).toEqual({ name: 'completed', because: 'm0.1' });
    expect(of(['suspended', 'proposed'])).toEqual({ name: 'proposed', because: 'm0.1' });
    expect(of(['revoked', 'active'], end)).toEqual({ name: 'expired', because: 'm0.1' });
  });

  test('an ancestor that is over ends it, though nothing was written', () => {
    const [root, leaf] = [mandate('m0', { expiresAt: t0 + 1 }), mandate('m0.1')];
    expect(effectiveState([root, leaf], t0)).toEqual({ name: 'active', because: 'm0.1' });
    expect(effectiveState([root, leaf], t0 + 1)).toEqual({ name: 'cascaded', because: 'm0' });
  });

  test('a state that nobody knows is not active, here or above', () => {
    // A cast: what a newer control could have written.
    const strange = { name: 'paused', since: t0 } as unknown as MandateState;
    expect(effectiveState([mandate('m0', { state: strange })], t0)?.name).toBe('paused');
    expect(effectiveState([mandate('m0', { state: strange }), mandate('m0.1')], t0)?.name).toBe('cascaded');
  });

  test('there is none without a mandate', () => {
    expect(effectiveState([], t0)).toBeUndefined();
  });
});
