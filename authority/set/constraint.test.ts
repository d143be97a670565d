// The rules of the table on their own, where sets in normal form do not reach; the rest is in subset.test.ts, permits.test.ts and laws.test.ts.

import { describe, expect, test } from 'vitest';
import type { TimeWindow } from './authority-set.ts';
import { constraintKeys, constraintRules } from './constraint.ts';
import { readFacts } from './request.ts';

test('the list of keys is the table', () => {
  expect([...constraintKeys].sort()).toEqual(Object.keys(constraintRules).sort());
});

describe('requiresActionApproval', () => {
  const { noBroader, meet } = constraintRules.requiresActionApproval;

  test.each([
    [true, true, true],
    [true, false, true],
    [false, false, true],
    [false, true, false],
  ])('%s is no broader than %s: %s', (inner, outer, expected) => {
    expect(noBroader(inner, outer)).toBe(expected);
    expect(meet(inner, outer)).toBe(inner || outer);
  });
});

describe('timeWindow', () => {
  const { compile, meet } = constraintRules.timeWindow;
  const ms = Date.UTC(2026, 6, 1);
  const isOpen = (window: TimeWindow, now: number) => compile(window)?.(readFacts({}), now) === undefined;

  test('bounds finer than a millisecond are never rounded outwards', () => {
    expect(isOpen({ notBefore: '2026-07-01T00:00:00.0001Z' }, ms)).toBe(false);
    expect(isOpen({ notBefore: '2026-07-01T00:00:00.0001Z' }, ms + 1)).toBe(true);
    expect(isOpen({ notAfter: '2026-07-01T00:00:00.0009Z' }, ms)).toBe(true);
    expect(isOpen({ notAfter: '2026-07-01T00:00:00.0009Z' }, ms + 1)).toBe(false);
  });

  test('one shared instant is still a window', () => {
    expect(meet({ notAfter: '2026-07-01T00:00:00Z' }, { notBefore: '2026-07-01T02:00:00+02:00' })).toEqual({
      notBefore: '2026-07-01T02:00:00+02:00',
      notAfter: '2026-07-01T00:00:00Z',
    });
  });
});

test('a malformed value is no broader than anything, meets nothing and is never satisfied', () => {
  const bad = { amount: '1e3', currency: 'EUR' };
  const good = { amount: '1', currency: 'EUR' };
  const { noBroader, meet, compile } = constraintRules.maxAmount;
  expect(noBroader(bad, good)).toBe(false);
  expect(noBroader(good, bad)).toBe(false);
  expect(meet(bad, good)).toBeUndefined();
  expect(compile(bad)).toBeUndefined();
  expect(compile(good)?.(readFacts({ amount: good }), 0)).toBeUndefined();
  expect(compile(good)?.(readFacts({ amount: bad }), 0)).toMatchObject({
    why: 'the request does not say an exact amount and its currency, and the approval depends on it',
  });
});
