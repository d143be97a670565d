import { actionClasses } from '@writ/authority';
import type { ActionClass } from '@writ/authority';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CachedPermit, Question } from './cached-verdict.ts';
import { createVerdictCache, keyOf, withoutControl } from './cached-verdict.ts';

const question: Question = {
  mandate: 'm',
  actor: 'a',
  action: 'file.read',
  resource: 'workspace://p/x',
  circumstances: '{}',
};
const at = (wall: number, monotonic = wall) => ({ wall, monotonic });
const permit = (more: Partial<CachedPermit> = {}): CachedPermit => ({
  actionClass: 'workspace_write',
  chain: ['root', 'm'],
  validUntil: 100_000,
  askedAt: at(0),
  ...more,
});
const cacheWith = (one: CachedPermit) => {
  const cache = createVerdictCache(10);
  cache.put(question, one);
  return cache;
};

describe('a cached permit', () => {
  test('is used strictly within the bound of its class, and a hit does not extend it (SpiceDB 1.57.1)', () => {
    const cache = cacheWith(permit());
    for (const now of [1_000, 3_000, 4_999]) expect(cache.get(question, at(now))).not.toBeNull();
    expect(cache.get(question, at(5_000))).toBeNull();
  });

  test('counts the clock that moved further', () => {
    expect(cacheWith(permit()).get(question, at(10, 5_000))).toBeNull();
    expect(cacheWith(permit()).get(question, at(5_000, 10))).toBeNull();
  });

  test('never outlives the earliest expiry of its chain, whatever the wall clock is set to', () => {
    const cache = cacheWith(permit({ validUntil: 1_000 }));
    expect(cache.get(question, at(999))).not.toBeNull();
    expect(cache.get(question, at(1_000))).toBeNull();
    expect(cacheWith(permit({ validUntil: 1_000 })).get(question, at(-50_000, 1_000))).toBeNull();
  });

  test('is void after a change anywhere in its chain, and after any staleness', () => {
    const cache = cacheWith(permit());
    cache.voidMandate('somebody else');
    expect(cache.size).toBe(1);
    cache.voidMandate('root');
    expect(cache.size).toBe(0);
    cache.put(question, permit());
    cache.voidAll();
    expect(cache.get(question, at(1))).toBeNull();
  });

  test('of a class that needs a fresh word is not kept', () => {
    for (const [actionClass, { freshness }] of Object.entries(actionClasses)) {
      // Object.entries loses the key type; the keys are the table's.
      const cache = cacheWith(permit({ actionClass: actionClass as ActionClass }));
      expect(cache.size).toBe(freshness.kind === 'cached' ? 1 : 0);
    }
  });

  test('keeps at most its limit, the oldest leaving first', () => {
    const cache = createVerdictCache(2);
    for (const resource of ['1', '2', '3']) cache.put({ ...question, resource }, permit());
    expect(cache.size).toBe(2);
    expect(cache.get({ ...question, resource: '1' }, at(1))).toBeNull();
  });
});

test('two questions share a key only if they are the same question (OpenFGA CVE-2026-48096)', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('"', ',', '","', '|', '\\', '[', ''));
  const any = fc.record({ mandate: part, actor: part, action: part, resource: part, circumstances: part });
  fc.assert(
    fc.property(any, any, (a, b) => {
      expect(keyOf(a) === keyOf(b)).toBe(JSON.stringify(Object.values(a)) === JSON.stringify(Object.values(b)));
    }),
  );
  expect(keyOf({ ...question, action: 'a","b', resource: 'c' })).not.toBe(
    keyOf({ ...question, action: 'a', resource: 'b","c' }),
  );
});

test('without control only what needs no word of its goes on', () => {
  const goesOn = Object.keys(actionClasses).filter(
    (actionClass) => withoutControl(actionClass as ActionClass, null) === 'continue',
  ); // the table's keys
  expect(goesOn).toEqual(['non_consequential']);
  expect(withoutControl('workspace_write', permit())).toBe('continue');
  expect(withoutControl('consequential_write', permit())).toBe('refuse');
});
