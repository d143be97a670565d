import { expect, test } from 'vitest';
import { CommandEnd } from '../exit.ts';
import { budgetFrom } from './budget-words.ts';

test.each([
  ['calls=100', { kind: 'calls', limit: 100 }],
  ['tokens=200000', { kind: 'tokens', limit: 200_000 }],
  ['money=5EUR', { kind: 'money', limit_micros: 5_000_000, currency: 'EUR' }],
  ['money=0.000001USD', { kind: 'money', limit_micros: 1, currency: 'USD' }],
  ['money=12.5USD', { kind: 'money', limit_micros: 12_500_000, currency: 'USD' }],
  ['wall=4h', { kind: 'wall', limit_ms: 4 * 3_600_000 }],
])('%s is a budget', (typed, budget) => {
  expect(budgetFrom(typed)).toEqual(budget);
});

test.each([
  'calls=-1',
  'calls=1.5',
  'calls=1e3',
  'calls=',
  'tokens=99999999999999999999',
  'money=5',
  'money=1.0000001EUR',
  'money=-1EUR',
  'time=4h',
  'calls',
])('%s is none', (typed) => {
  expect(() => budgetFrom(typed)).toThrow(CommandEnd);
});
