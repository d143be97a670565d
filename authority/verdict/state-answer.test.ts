import { describe, expect, test } from 'vitest';
import type { Mandate, MandateState } from '../mandate/mandate.ts';
import { hour, mandate, t0 } from '../test-support/mandates.ts';
import { compileChain } from './compiled-chain.ts';
import { whyNotInForce } from './state-answer.ts';

const why = (chain: readonly Mandate[], asked = chain.at(-1)?.id ?? 'm?', now = t0 + 1) =>
  whyNotInForce(compileChain(chain), asked, now);
const since = t0;

describe('a mandate that is not in force', () => {
  test.each<[MandateState, string]>([
    [{ name: 'proposed', revision: 1, since }, 'nobody has approved it yet'],
    [{ name: 'suspended', since, cause: { kind: 'person', by: 'ada', reason: 'looking at it' } }, 'looking at it'],
    [
      { name: 'suspended', since, cause: { kind: 'condition', condition: 'c', subject: 'risk', reading: '71' } },
      '`risk` became 71',
    ],
    [
      { name: 'suspended', since, cause: { kind: 'restored', reason: 'the journal was restored' } },
      'the journal was restored',
    ],
    [{ name: 'revoked', at: t0, by: 'ada', reason: 'enough' }, 'enough (by ada)'],
    [{ name: 'refused', at: t0, by: 'ada', reason: 'not this one' }, 'not this one (by ada)'],
    [{ name: 'completed', at: t0, by: 'ada' }, 'its work was accepted (by ada)'],
    [{ name: 'superseded', at: t0, successor: 'm7' }, '`m7` took its place'],
    [{ name: 'expired', at: t0 }, 'its time is over'],
    [{ name: 'lapsed', at: t0 }, 'its time is over'],
  ])('%j says of itself: %s', (state, detail) => {
    expect(why([mandate('m0', { state })])).toEqual({
      code: 'mandate_inactive',
      mandate: 'm0',
      state: state.name,
      detail,
    });
  });

  test.each<[MandateState, string]>([
    [{ name: 'active', since }, 'expired'],
    [{ name: 'suspended', since, cause: { kind: 'person', by: 'ada', reason: 'lunch' } }, 'expired'],
    [{ name: 'proposed', revision: 1, since }, 'lapsed'],
  ])('%j past its expiry is over, whatever was said before', (state, name) => {
    expect(why([mandate('m0', { state })], 'm0', t0 + hour)).toEqual({
      code: 'mandate_inactive',
      mandate: 'm0',
      state: name,
      detail: 'its time is over',
    });
  });

  test('names the ancestor that has ended or is suspended', () => {
    const under = (state: MandateState) => why([mandate('m0', { state }), mandate('m0.1'), mandate('m0.1.1')]);
    const because = { code: 'ancestor_inactive', mandate: 'm0.1.1', ancestor: 'm0' };
    expect(under({ name: 'completed', at: t0, by: 'ada' })).toEqual({ ...because, state: 'cascaded' });
    expect(under({ name: 'suspended', since, cause: { kind: 'restored', reason: 'restored' } })).toEqual({
      ...because,
      state: 'held',
    });
    expect(why([mandate('m0', { expiresAt: t0 }), mandate('m0.1')])).toEqual({
      code: 'ancestor_inactive',
      mandate: 'm0.1',
      ancestor: 'm0',
      state: 'cascaded',
    });
  });
});

describe('a mandate that is in force', () => {
  test('is active with all above it, until the first of their expiries', () => {
    const chain = [mandate('m0', { expiresAt: t0 + 5 }), mandate('m0.1')];
    expect(why(chain, 'm0.1', t0 + 4)).toBeUndefined();
    expect(why(chain, 'm0.1', t0 + 5)).toMatchObject({ code: 'ancestor_inactive' });
  });

  test('is not out of force for its wall time: that is a budget, and is spent', () => {
    expect(why([mandate('m0', { budgets: [{ kind: 'wall', limitMs: 5 }] })], 'm0', t0 + 6)).toBeUndefined();
  });

  test('answers for itself and for no other', () => {
    expect(why([mandate('m0'), mandate('m0.1')], 'm0')).toEqual({ code: 'unknown_mandate', mandate: 'm0' });
    expect(why([], 'm0')).toEqual({ code: 'unknown_mandate', mandate: 'm0' });
    expect(why([mandate('m0.1')])).toEqual({ code: 'unknown_mandate', mandate: 'm0' });
  });
});
