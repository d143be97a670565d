import { describe, expect, test } from 'vitest';
import type { AuthorityEntry, ChildBounds, Constraints, EntryDelegation } from './authority-set.ts';
import { intersect } from './intersect.ts';
import { isSubset } from './subset.ts';

const entry = (constraints: Constraints, more: Partial<AuthorityEntry> = {}): AuthorityEntry => ({
  resource: 'https://erp.example',
  resourceMatch: 'prefix',
  actions: ['invoices.*'],
  constraints,
  ...more,
});
const within = (inner: Constraints, outer: Constraints): boolean => isSubset([entry(inner)], [entry(outer)]).subset;

describe('subset, key by key', () => {
  const rows: readonly [inner: Constraints, outer: Constraints, within: boolean][] = [
    [{ maxAmount: { amount: '500.00', currency: 'EUR' } }, { maxAmount: { amount: '500.0', currency: 'EUR' } }, true],
    [{ maxAmount: { amount: '500.01', currency: 'EUR' } }, { maxAmount: { amount: '500', currency: 'EUR' } }, false],
    [{ maxAmount: { amount: '1', currency: 'USD' } }, { maxAmount: { amount: '500', currency: 'EUR' } }, false],
    [{ resourceIssuedAfter: '2026-08-01T00:00:00Z' }, { resourceIssuedAfter: '2026-07-01T00:00:00Z' }, true],
    [{ resourceIssuedAfter: '2026-07-01T00:00:00+01:00' }, { resourceIssuedAfter: '2026-07-01T00:00:00Z' }, false],
    [{ resourceIssuedBefore: '2026-07-01T00:00:00Z' }, { resourceIssuedBefore: '2026-07-01T01:00:00.000+01:00' }, true],
    [{ resourceIssuedBefore: '2026-08-01T00:00:00Z' }, { resourceIssuedBefore: '2026-07-01T00:00:00Z' }, false],
    [{ tenant: 'acme' }, { tenant: 'acme' }, true],
    [{ tenant: 'acme' }, { tenant: 'globex' }, false],
    [{ recipientDomain: 'MAIL.example.com' }, { recipientDomain: 'example.com' }, true],
    [{ recipientDomain: 'example.net' }, { recipientDomain: 'example.com' }, false],
    [
      { timeWindow: { notBefore: '2026-07-01T00:00:00Z' } },
      { timeWindow: { notAfter: '2026-07-01T00:00:00Z' } },
      false,
    ],
    [
      { timeWindow: { notBefore: '2026-07-02T00:00:00Z', notAfter: '2026-07-03T00:00:00Z' } },
      { timeWindow: { notAfter: '2026-07-03T00:00:00Z' } },
      true,
    ],
    [{ dataClassification: ['public'] }, { dataClassification: ['public', 'internal'] }, true],
    [{ dataClassification: ['public', 'secret'] }, { dataClassification: ['public'] }, false],
    [{ allowedTools: ['a'] }, { allowedTools: ['a', 'b'] }, true],
    [{ allowedTools: ['A'] }, { allowedTools: ['a'] }, false],
    [{ requiresActionApproval: true }, {}, true],
    [{ requiresActionApproval: true }, { requiresActionApproval: false }, true],
    [{}, { requiresActionApproval: false }, true],
    [{ requiresActionApproval: false }, { requiresActionApproval: true }, false],
    [{}, { requiresActionApproval: true }, false],
    [{ tenant: 'acme', unknown: { window_days: 30 } }, { tenant: 'acme' }, true],
  ];

  test.each(rows)('%j within %j: %s', (inner, outer, expected) => {
    expect(within(inner, outer)).toBe(expected);
  });
});

describe('the answer', () => {
  test('names the entry at fault and the nearest miss', () => {
    const approved = [entry({ tenant: 'acme' }), entry({}, { resource: 'https://other.example' })];
    expect(isSubset([entry({ tenant: 'acme' }), entry({})], approved)).toEqual({
      subset: false,
      entry: 1,
      why: 'constraint `tenant` is missing, which is broader than any value',
    });
    expect(isSubset([entry({ tenant: 'acme' }, { actions: ['payments.send'] })], approved)).toMatchObject({
      why: 'action `payments.send` is not approved on `https://erp.example/`',
    });
    expect(isSubset([entry({}, { resource: 'https://new.example' })], approved)).toMatchObject({
      why: 'nothing approved covers `https://new.example/` and everything beneath it',
    });
  });

  test('nothing is within anything; nothing holds only nothing', () => {
    expect(isSubset([], [])).toEqual({ subset: true });
    expect(isSubset([], [entry({})])).toEqual({ subset: true });
    expect(isSubset([entry({})], [])).toMatchObject({ subset: false, entry: 0 });
  });

  test('one entry must hold the whole inner entry: two halves do not add up', () => {
    const halves = [entry({}, { actions: ['invoices.read'] }), entry({}, { actions: ['invoices.write'] })];
    expect(isSubset([entry({}, { actions: ['invoices.read', 'invoices.write'] })], halves)).toMatchObject({
      subset: false,
    });
  });
});

describe('delegation never widens', () => {
  const [a, b, kind] = [{ actor: 'a' }, { actor: 'b' }, { actorKind: 'a' }];
  const to = (children: ChildBounds): EntryDelegation => ({ maxDepth: 1, children });
  const rows: readonly [inner: EntryDelegation | undefined, outer: EntryDelegation | undefined, within: boolean][] = [
    [undefined, { maxDepth: 0 }, true],
    [{ maxDepth: 0 }, undefined, false],
    [{ maxDepth: 2 }, { maxDepth: 1 }, false],
    [{ maxDepth: 1 }, { maxDepth: 1 }, true],
    [{ maxDepth: 1, allowedDelegates: [a] }, { maxDepth: 1 }, true],
    [{ maxDepth: 1 }, { maxDepth: 1, allowedDelegates: [a] }, false],
    [{ maxDepth: 1, allowedDelegates: [a, b] }, { maxDepth: 1, allowedDelegates: [a] }, false],
    [{ maxDepth: 1, allowedDelegates: [a] }, { maxDepth: 1, allowedDelegates: [b, a] }, true],
    [{ maxDepth: 1, allowedDelegates: [] }, { maxDepth: 1, allowedDelegates: [a] }, true],
    // One actor is never shown to be of a kind, nor a kind to be one actor.
    [{ maxDepth: 1, allowedDelegates: [a] }, { maxDepth: 1, allowedDelegates: [kind] }, false],
    [{ maxDepth: 1, allowedDelegates: [kind] }, { maxDepth: 1, allowedDelegates: [a] }, false],
    [{ maxDepth: 1, allowedDelegates: [kind] }, { maxDepth: 1, allowedDelegates: [kind] }, true],
    [{ maxDepth: 1 }, to({}), true],
    [to({}), { maxDepth: 1 }, false],
    [to({}), to({}), true],
    [to({}), to({ maxChildren: 1 }), false],
    [to({ maxChildren: 2 }), to({ maxChildren: 1 }), false],
    [to({ maxChildren: 1 }), to({ maxChildren: 1 }), true],
    [to({ maxChildren: 1 }), to({}), true],
    [to({ maxChildDepth: 1 }), to({}), true],
    [to({ maxChildDepth: 2 }), to({}), false],
    [to({ maxChildDepth: 2 }), to({ maxChildDepth: 3 }), true],
    [to({}), to({ allowedChildActors: [a] }), false],
    [to({ allowedChildActors: [a] }), to({ allowedChildActors: [a] }), true],
    [to({}), to({ childCreationPolicy: 'strict' }), false],
    [to({ childCreationPolicy: 'other' }), to({ childCreationPolicy: 'strict' }), false],
    [to({ childCreationPolicy: 'strict' }), to({ childCreationPolicy: 'strict' }), true],
    [to({ childCreationPolicy: 'strict' }), to({}), true],
  ];

  test.each(rows)('%j within %j: %s', (inner, outer, expected) => {
    const [x, y] = [entry({}, { delegation: inner }), entry({}, { delegation: outer })];
    expect(isSubset([x], [y]).subset).toBe(expected);
  });
});

describe('delegation in an intersection', () => {
  const [a, b] = [{ actor: 'a' }, { actor: 'b' }];
  const both = (x: EntryDelegation | undefined, y: EntryDelegation | undefined) =>
    intersect([entry({}, { delegation: x })], [entry({}, { delegation: y })])[0]?.delegation;
  const wide: EntryDelegation = {
    maxDepth: 3,
    allowedDelegates: [a, b],
    children: { maxChildren: 5, allowedChildActors: [a, b], maxChildDepth: 3, childCreationPolicy: 'strict' },
  };

  test('is the narrower of each, and nothing where one side hands on nothing', () => {
    expect(both(wide, undefined)).toBeUndefined();
    expect(both(undefined, wide)).toBeUndefined();
    expect(both({ maxDepth: 1 }, wide)).toEqual({ maxDepth: 1, allowedDelegates: [a, b] });
    expect(both(wide, { maxDepth: 4, allowedDelegates: [b], children: { maxChildren: 2 } })).toEqual({
      maxDepth: 3,
      allowedDelegates: [b],
      children: { maxChildren: 2, allowedChildActors: [a, b], maxChildDepth: 1, childCreationPolicy: 'strict' },
    });
    expect(both(wide, wide)).toEqual(wide);
    expect(both({ maxDepth: 1, children: {} }, { maxDepth: 1, children: { maxChildDepth: 2 } })).toEqual({
      maxDepth: 1,
      children: { maxChildDepth: 1 },
    });
  });

  test('has no children where two policies would have to permit each', () => {
    const under = (childCreationPolicy: string) => ({ maxDepth: 1, children: { childCreationPolicy } });
    expect(both(under('one'), under('other'))).toEqual({ maxDepth: 1 });
  });
});

describe('intersection, key by key', () => {
  test('takes the narrower of each and every key of either', () => {
    const a = entry({
      maxAmount: { amount: '500', currency: 'EUR' },
      recipientDomain: 'example.com',
      allowedTools: ['a', 'b'],
    });
    const b = entry(
      {
        maxAmount: { amount: '20.50', currency: 'EUR' },
        recipientDomain: 'mail.example.com',
        allowedTools: ['b', 'c'],
        tenant: 'acme',
      },
      { resource: 'https://erp.example/q3', actions: ['invoices.read', 'payments.*'] },
    );
    expect(intersect([a], [b])).toEqual([
      {
        resource: 'https://erp.example/q3',
        resourceMatch: 'prefix',
        actions: ['invoices.read'],
        constraints: {
          maxAmount: { amount: '20.50', currency: 'EUR' },
          recipientDomain: 'mail.example.com',
          allowedTools: ['b'],
          tenant: 'acme',
        },
      },
    ]);
  });

  test.each<[Constraints, Constraints]>([
    [{ maxAmount: { amount: '1', currency: 'EUR' } }, { maxAmount: { amount: '1', currency: 'USD' } }],
    [{ tenant: 'acme' }, { tenant: 'globex' }],
    [{ recipientDomain: 'example.com' }, { recipientDomain: 'example.net' }],
    [{ allowedTools: ['a'] }, { allowedTools: ['b'] }],
    [{ timeWindow: { notBefore: '2026-07-02T00:00:00Z' } }, { timeWindow: { notAfter: '2026-07-01T00:00:00Z' } }],
  ])('%j and %j have nothing in common', (a, b) => {
    expect(intersect([entry(a)], [entry(b)])).toEqual([]);
  });
});
