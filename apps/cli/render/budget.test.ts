import { expect, test } from 'vitest';
import { amountOf, renderBudget } from './budget.ts';
import { plain } from './example-wire.ts';

test('amounts are whole: money with its currency, numbers with thousands apart', () => {
  expect(amountOf('money', 5_000_000, 'EUR')).toBe('5.00 EUR');
  expect(amountOf('money', 1, 'USD')).toBe('0.000001 USD');
  expect(amountOf('money', 12_345_600, 'USD')).toBe('12.3456 USD');
  expect(amountOf('tokens', 1_234_567, null)).toBe('1 234 567');
});

test('a statement shows what is left of each kind, and children under their parents', () => {
  const line = { kind: 'calls' as const, limit: 5, spent: 2, reserved: 1, promised: 2, left: 0 };
  const common = { actor: 'builder', state: 'active', currency: null, wall_until: null };
  const lines = renderBudget(
    [
      { mandate: 'm0', parent: null, ...common, lines: [line] },
      { mandate: 'm1', parent: 'm0', ...common, lines: [{ ...line, limit: null, promised: 0, left: 2 }] },
    ],
    plain,
  ).map((text) => text.trim().split(/\s{2,}/));
  expect(lines).toEqual([
    ['may use', 'used', 'held', 'promised', 'left'],
    ['m0 builder, active'],
    ['calls', '5', '2', '1', '2', '0'],
    ['m1 builder, active'],
    ['calls', 'from above', '2', '1', '0', '2'],
  ]);
  expect(renderBudget([{ mandate: 'm0', parent: null, ...common, lines: [] }], plain)).toEqual([
    'no budget bounds it, and nothing was reported as used',
  ]);
});
