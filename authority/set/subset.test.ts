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
