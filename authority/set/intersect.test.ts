import { describe, expect, test } from 'vitest';
import type { AuthorityEntry, ChildBounds, Constraints, EntryDelegation } from './authority-set.ts';
import { intersect } from './intersect.ts';

const entry = (constraints: Constraints, more: Partial<AuthorityEntry> = {}): AuthorityEntry => ({
  resource: 'https://erp.example',
  resourceMatch: 'prefix',
  actions: ['invoices.*'],
  constraints,
  ...more,
});
const day = (of: number): string => `2026-07-0${String(of)}T00:00:00Z`;
const opens = (of: number) => ({ notBefore: day(of) });
const closes = (of: number) => ({ notAfter: day(of) });

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

  test('lets an absent bound be the other side’s', () => {
    const bounds: ChildBounds = {
      maxChildren: 3,
      maxChildDepth: 1,
      allowedChildActors: [a],
      childCreationPolicy: 'strict',
    };
    const of = (children: ChildBounds) => ({ maxDepth: 1, children });
    for (const [x, y] of [
      [bounds, {}],
      [{}, bounds],
      [bounds, bounds],
    ] as const)
      expect(both(of(x), of(y))).toEqual(of(bounds));
    expect(both(of({}), of({}))).toEqual(of({ maxChildDepth: 1 }));
    expect(both({ maxDepth: 1, allowedDelegates: [a] }, { maxDepth: 1, allowedDelegates: [b] })).toEqual({
      maxDepth: 1,
      allowedDelegates: [],
    });
    expect(both(of({}), { maxDepth: 1 })).toEqual({ maxDepth: 1 });
    expect(both({ maxDepth: 1 }, of({}))).toEqual({ maxDepth: 1 });
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

  test.each<[Constraints, Constraints, Constraints]>([
    [
      { maxAmount: { amount: '1.50', currency: 'EUR' } },
      { maxAmount: { amount: '2', currency: 'EUR' } },
      { maxAmount: { amount: '1.50', currency: 'EUR' } },
    ],
    [
      { resourceIssuedAfter: '2026-07-02T00:00:00Z' },
      { resourceIssuedAfter: '2026-07-01T00:00:00Z' },
      { resourceIssuedAfter: '2026-07-02T00:00:00Z' },
    ],
    [
      { resourceIssuedBefore: '2026-07-02T00:00:00Z' },
      { resourceIssuedBefore: '2026-07-01T00:00:00Z' },
      { resourceIssuedBefore: '2026-07-01T00:00:00Z' },
    ],
    [{ tenant: 'acme' }, { tenant: 'acme' }, { tenant: 'acme' }],
    [{ tenant: 'acme' }, {}, { tenant: 'acme' }],
    [
      { recipientDomain: 'mail.example.com' },
      { recipientDomain: 'example.com' },
      { recipientDomain: 'mail.example.com' },
    ],
    [{ timeWindow: opens(1) }, { timeWindow: opens(2) }, { timeWindow: opens(2) }],
    [{ timeWindow: closes(1) }, { timeWindow: closes(2) }, { timeWindow: closes(1) }],
    [{ timeWindow: opens(1) }, { timeWindow: closes(2) }, { timeWindow: { ...opens(1), ...closes(2) } }],
    [
      { timeWindow: { ...opens(1), ...closes(3) } },
      { timeWindow: { ...opens(2), ...closes(4) } },
      { timeWindow: { ...opens(2), ...closes(3) } },
    ],
    [{ dataClassification: ['a', 'b'] }, { dataClassification: ['b', 'c'] }, { dataClassification: ['b'] }],
    [{ requiresActionApproval: true }, { requiresActionApproval: false }, { requiresActionApproval: true }],
    [{}, {}, {}],
  ])('%j and %j have %j in common, whichever comes first', (a, b, common) => {
    for (const [x, y] of [
      [a, b],
      [b, a],
    ] as const)
      expect(intersect([entry(x)], [entry(y)])).toMatchObject([{ constraints: common }]);
    expect(intersect([entry(a)], [entry(b)])[0]?.constraints).toEqual(common);
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

describe('intersection, entry by entry', () => {
  const at = (resource: string, ...actions: readonly string[]) => entry({}, { resource, actions });
  const told = (a: readonly AuthorityEntry[], b: readonly AuthorityEntry[]) =>
    intersect(a, b).map(({ resource, actions }) => `${actions.join(' ')} on ${resource}`);

  test('is on the narrower place, whichever side names it, and nowhere when they are apart', () => {
    const [wide, narrow] = [at('https://a.example', 'x.*'), at('https://a.example/b', 'x.*')];
    expect(told([wide], [narrow])).toEqual(['x.* on https://a.example/b']);
    expect(told([narrow], [wide])).toEqual(['x.* on https://a.example/b']);
    expect(told([narrow], [at('https://a.example/c', 'x.*')])).toEqual([]);
    const exact = entry({}, { resource: 'https://a.example/b', resourceMatch: 'exact', actions: ['x.*'] });
    expect(intersect([narrow], [exact])).toMatchObject([{ resource: 'https://a.example/b', resourceMatch: 'exact' }]);
  });

  test('is of the actions that either side names within the other, each once', () => {
    const place = 'https://a.example';
    expect(told([at(place, 'x.*', 'y.read', 'z.read')], [at(place, 'x.read', 'y.*', 'w.*')])).toEqual([
      'y.read x.read on https://a.example/',
    ]);
    expect(told([at(place, 'x.read', 'x.*')], [at(place, 'x.*')])).toEqual(['x.read x.* on https://a.example/']);
    expect(told([at(place, 'x.read')], [at(place, 'y.read')])).toEqual([]);
  });

  test('says nothing twice: what another entry covers is left out, and of equals the first stays', () => {
    const [wide, narrow] = [at('https://a.example', 'x.*'), at('https://a.example/b', 'x.read')];
    const other = at('https://b.example', 'x.*');
    expect(told([wide, narrow], [wide])).toEqual(['x.* on https://a.example/']);
    expect(told([narrow, wide], [wide])).toEqual(['x.* on https://a.example/']);
    expect(told([wide, wide], [wide])).toEqual(['x.* on https://a.example/']);
    expect(told([other, narrow, wide], [wide, other])).toEqual([
      'x.* on https://b.example/',
      'x.* on https://a.example/',
    ]);
    const asking = entry({ requiresActionApproval: true }, { resource: 'https://a.example', actions: ['x.*'] });
    expect(intersect([asking, wide], [wide]).map(({ constraints }) => constraints)).toEqual([{}]);
  });

  test('keeps a catalogue pinned where either side pins it, and is nothing where they pin two', () => {
    const pin = (catalogueDigest?: string) => entry({}, catalogueDigest === undefined ? {} : { catalogueDigest });
    const digest = (a: AuthorityEntry, b: AuthorityEntry) => intersect([a], [b]).map((one) => one.catalogueDigest);
    expect(digest(pin('a'), pin('a'))).toEqual(['a']);
    expect(digest(pin('a'), pin())).toEqual(['a']);
    expect(digest(pin(), pin('a'))).toEqual(['a']);
    expect(digest(pin('a'), pin('b'))).toEqual([]);
    expect(Object.keys(intersect([pin()], [pin()])[0] ?? {})).toEqual([
      'resource',
      'resourceMatch',
      'actions',
      'constraints',
    ]);
  });

  test('a bound we do not understand on either side leaves nothing of its entry, and of no other', () => {
    const odd = entry({ unknown: { window_days: 30 } });
    const fine = entry({}, { resource: 'https://b.example' });
    expect(intersect([odd, fine], [entry({}), fine])).toMatchObject([{ resource: 'https://b.example/' }]);
    expect(intersect([entry({}), fine], [odd, fine])).toMatchObject([{ resource: 'https://b.example/' }]);
  });
});
