import { describe, expect, test } from 'vitest';
import type { AuthorityEntry, ChildBounds, Constraints, EntryDelegation } from './authority-set.ts';
import { isSubset } from './subset.ts';

const entry = (constraints: Constraints, more: Partial<AuthorityEntry> = {}): AuthorityEntry => ({
  resource: 'https://erp.example',
  resourceMatch: 'prefix',
  actions: ['invoices.*'],
  constraints,
  ...more,
});
const within = (inner: Constraints, outer: Constraints): boolean => isSubset([entry(inner)], [entry(outer)]).subset;

const day = (of: number): string => `2026-07-0${String(of)}T00:00:00Z`;
const opens = (of: number) => ({ notBefore: day(of) });
const closes = (of: number) => ({ notAfter: day(of) });

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
    [{ freshnessMs: 500 }, { freshnessMs: 2_000 }, true],
    [{ freshnessMs: 0 }, {}, true],
    [{ freshnessMs: 2_001 }, { freshnessMs: 2_000 }, false],
    [{}, { freshnessMs: 60_000 }, false],
    [{ tenant: 'acme', unknown: { window_days: 30 } }, { tenant: 'acme' }, true],
    [{ resourceIssuedAfter: '2026-07-01T00:00:00Z' }, { resourceIssuedAfter: '2026-07-01T00:00:00Z' }, true],
    [{ timeWindow: opens(2) }, { timeWindow: opens(2) }, true],
    [{ timeWindow: opens(3) }, { timeWindow: opens(2) }, true],
    [{ timeWindow: opens(1) }, { timeWindow: opens(2) }, false],
    [{ timeWindow: closes(2) }, { timeWindow: opens(2) }, false],
    [{ timeWindow: closes(2) }, { timeWindow: closes(2) }, true],
    [{ timeWindow: closes(1) }, { timeWindow: closes(2) }, true],
    [{ timeWindow: closes(3) }, { timeWindow: closes(2) }, false],
    [{ timeWindow: opens(2) }, { timeWindow: closes(2) }, false],
    [{ timeWindow: { ...opens(1), ...closes(2) } }, { timeWindow: { ...opens(1), ...closes(2) } }, true],
    [{ timeWindow: { ...opens(1), ...closes(3) } }, { timeWindow: { ...opens(1), ...closes(2) } }, false],
    [{ timeWindow: { ...opens(1), ...closes(2) } }, { timeWindow: { ...opens(2), ...closes(3) } }, false],
    [{ dataClassification: [] }, { dataClassification: ['public'] }, true],
    [{ maxAmount: { amount: '1', currency: 'EUR' } }, {}, true],
    [{}, { maxAmount: { amount: '1', currency: 'EUR' } }, false],
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

  test.each<[Partial<AuthorityEntry>, string]>([
    [{ resource: 'https://new.example' }, 'nothing approved covers `https://new.example/` and everything beneath it'],
    [{ resource: 'https://new.example/x', resourceMatch: 'exact' }, 'nothing approved covers `https://new.example/x`'],
    [
      { actions: ['invoices.read', 'payments.send'] },
      'action `payments.send` is not approved on `https://erp.example/`',
    ],
    [{ constraints: {} }, 'constraint `tenant` is missing, which is broader than any value'],
    [{ constraints: { tenant: 'globex' } }, 'constraint `tenant` is broader than approved'],
    [
      { catalogueDigest: 'sha-256:b' },
      'the catalogue of `https://erp.example/` is pinned, and this is not the pinned one',
    ],
    [{ delegation: { maxDepth: 2 } }, 'its delegation reaches further than the approved one'],
  ])('tells a person what %j lacks', (more, why) => {
    const approved = entry({ tenant: 'acme' }, { catalogueDigest: 'sha-256:a', delegation: { maxDepth: 1 } });
    expect(isSubset([approved], [approved])).toEqual({ subset: true });
    expect(isSubset([{ ...approved, ...more }], [approved])).toEqual({ subset: false, entry: 0, why });
  });

  test('a bound we do not understand, and a malformed set, hold nothing', () => {
    expect(isSubset([entry({})], [entry({ unknown: { window_days: 30 } })])).toMatchObject({
      why: 'constraint `window_days` is not one we understand, so nothing can be shown to be within it',
    });
    expect(isSubset([entry({})], [entry({}), entry({ tenant: '' })])).toEqual({
      subset: false,
      entry: 0,
      why: 'the set it is compared with is malformed: entry 1 cannot be used: its constraint `tenant` is not a tenant name',
    });
    expect(isSubset([entry({}), entry({ tenant: '' })], [entry({})])).toEqual({
      subset: false,
      entry: 1,
      why: 'entry 1 cannot be used: its constraint `tenant` is not a tenant name',
    });
  });

  test('of several near misses the nearest is told, wherever it stands', () => {
    const wrongAction = entry({}, { actions: ['payments.*'] });
    const wrongBound = entry({ tenant: 'globex' });
    const wrongPlace = entry({}, { resource: 'https://other.example' });
    const tooDeep = entry({ tenant: 'acme' });
    const asked = entry({ tenant: 'acme' }, { delegation: { maxDepth: 1 } });
    const told = (...approved: readonly AuthorityEntry[]) => {
      const answer = isSubset([asked], approved);
      return answer.subset ? 'within' : answer.why;
    };
    for (const order of [
      [wrongPlace, wrongAction, wrongBound],
      [wrongBound, wrongAction, wrongPlace],
    ]) {
      expect(told(...order)).toBe('constraint `tenant` is broader than approved');
      expect(told(...order, tooDeep)).toBe('its delegation reaches further than the approved one');
      expect(told(tooDeep, ...order)).toBe('its delegation reaches further than the approved one');
    }
    expect(told(wrongPlace, wrongAction)).toBe('action `invoices.*` is not approved on `https://erp.example/`');
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
    [{ maxDepth: 1, allowedDelegates: [kind] }, { maxDepth: 1, allowedDelegates: [{ actorKind: 'b' }] }, false],
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
