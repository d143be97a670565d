/** Attack 19: numbers that are no budget. The schema refuses them, and the evaluator gives no yes where one got past it. */
import { budgetWire, controlApi, estimateWire, finalUsageWire, parseStrictJson, usageWire } from '@writ/protocol';
import type { Budget } from '@writ/authority';
import { describe, expect, test } from 'vitest';
import { ask, beneath, mandate, t0 } from './support.ts';

const budgets = {
  calls: (limit: unknown) => ({ kind: 'calls', limit }),
  tokens: (limit: unknown) => ({ kind: 'tokens', limit }),
  wall: (limit: unknown) => ({ kind: 'wall', limit_ms: limit }),
  money: (limit: unknown) => ({ kind: 'money', limit_micros: limit, currency: 'EUR' }),
};
const kinds = Object.keys(budgets) as (keyof typeof budgets)[];
const authority = [beneath('workspace://p/', ['file.*'])];
const write = { action: 'file.write', resource: 'workspace://p/a', parameters: {} };

const strange: readonly (readonly [string, unknown])[] = [
  ['negative', -1],
  ['minus zero', -0],
  ['not a number', Number.NaN],
  ['infinite, as 1e309 is', 1e309],
  ['a fraction', 0.5],
  ['text', '5'],
  ['2^53', 2 ** 53],
  ['2^53 + 2', 2 ** 53 + 2],
  ['null', null],
  ['more than one operation can use', 1e12 + 1],
];

describe('attack 19: numbers that are no use', () => {
  test.each(strange)('%s is refused wherever what was or will be used is said', (_, amount) => {
    for (const said of [{ tokens: amount }, { money_micros: amount, currency: 'EUR' }]) {
      expect(estimateWire.safeParse(said).success).toBe(false);
      expect(usageWire.safeParse({ ...said, source: 'reported' }).success).toBe(false);
      expect(finalUsageWire.safeParse({ ...said, source: 'reported' }).success).toBe(false);
    }
  });

  test('money without a currency, and a currency that is none, are refused', () => {
    expect(estimateWire.safeParse({ money_micros: 1 }).success).toBe(false);
    for (const currency of ['eur', 'EURO', 'E', '€'])
      expect(estimateWire.safeParse({ money_micros: 1, currency }).success).toBe(false);
    expect(estimateWire.safeParse({ money_micros: 1, currency: 'EUR' }).success).toBe(true);
  });
});

describe('attack 19: numbers that are no budget', () => {
  test.each([
    ['negative', -1],
    ['minus zero', -0],
    ['not a number', Number.NaN],
    ['infinite, as 1e309 is', 1e309],
    ['minus infinity', -1e309],
    ['a fraction', 0.5],
    ['text', '5'],
    ['2^53', 2 ** 53],
    ['2^53 + 2', 2 ** 53 + 2],
    ['null', null],
    ['missing', undefined],
    ['a list', [5]],
    ['an object with a value', { valueOf: () => 5 }],
    ['true', true],
    ['a big integer', 5n],
  ])('%s is refused by the schema for every kind of budget', (_, limit) => {
    for (const kind of kinds) expect(budgetWire.safeParse(budgets[kind](limit)).success).toBe(false);
  });

  test('minus zero does not pass a signed boundary either', () => {
    expect(parseStrictJson('{"kind":"calls","limit":-0}').ok).toBe(false);
  });

  test.each(['1e309', '9007199254740993', '-0', '1.00000000000000000001'])(
    '%s is refused where a text is signed',
    (literal) => {
      expect(parseStrictJson(`{"kind":"calls","limit":${literal}}`).ok).toBe(false);
    },
  );

  test('a proposal that carries one is refused as a whole', () => {
    const proposal = {
      project: 'p',
      purpose: 'x',
      actor: 'a',
      authorization_details: [],
      expires_at: '2030-01-01T01:00:00Z',
    };
    const body = controlApi.propose.body;
    expect(body.safeParse({ ...proposal, budgets: [budgets.calls(5)] }).success).toBe(true);
    expect(body.safeParse({ ...proposal, budgets: [budgets.calls(5), budgets.tokens(-1)] }).success).toBe(false);
  });

  test.each([-1, -0, 0, Number.NaN, Number.NEGATIVE_INFINITY])(
    'a limit of %s that got past the schema permits nothing',
    (limit) => {
      const all: readonly Budget[] = [
        { kind: 'calls', limit },
        { kind: 'tokens', limit },
        { kind: 'wall', limitMs: limit },
        { kind: 'money', limitMicros: limit, currency: 'EUR' },
      ];
      for (const budget of all)
        expect(ask([mandate('m0', authority, { budgets: [budget] })], write, { now: t0 }).reason.code).toBe(
          'budget_spent',
        );
    },
  );

  test.each(['calls', 'tokens', 'moneyMicros'] as const)('spending of NaN %s is not spending of nothing', (key) => {
    const chain = [
      mandate('m0', authority, {
        budgets: [
          { kind: 'calls', limit: 9 },
          { kind: 'tokens', limit: 9 },
          { kind: 'money', limitMicros: 9, currency: 'EUR' },
        ],
      }),
    ];
    const spend = () => ({ calls: 0, tokens: 0, moneyMicros: 0, [key]: Number.NaN });
    expect(ask(chain, write, { spend }).reason.code).toBe('budget_spent');
  });
});
