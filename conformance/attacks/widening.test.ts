/** Attacks 16 and 17: more authority than was approved, through a child, an amendment or an extension. */
import type { AuthorityEntry, AuthoritySet, Budget, EntryDelegation } from '@writ/authority';
import { intersect, isSubset } from '@writ/authority';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ask, beneath, builder, hour, mandate, outcomeOf, owner, realControl, t0 } from './support.ts';

const tester = { actor: 'tester' };
const children = { maxChildren: 2, allowedChildActors: [tester], maxChildDepth: 2, childCreationPolicy: 'two-eyes' };
const delegation: EntryDelegation = { maxDepth: 2, allowedDelegates: [tester], children };
const handing = (more: Partial<typeof children> | object): EntryDelegation => ({
  ...delegation,
  children: { ...children, ...more },
});
/** Bounded in every dimension there is. */
const bounded: AuthorityEntry = {
  resource: 'https://pay.example/orders',
  resourceMatch: 'prefix',
  actions: ['orders.read', 'orders.pay.*'],
  constraints: {
    maxAmount: { amount: '500.00', currency: 'EUR' },
    resourceIssuedAfter: '2029-07-01T00:00:00Z',
    resourceIssuedBefore: '2029-09-30T23:59:59Z',
    tenant: 'acme',
    recipientDomain: 'example.com',
    timeWindow: { notBefore: '2030-01-01T00:00:00Z', notAfter: '2030-01-02T00:00:00Z' },
    dataClassification: ['public', 'internal'],
    allowedTools: ['search', 'pay'],
    requiresActionApproval: true,
    freshnessMs: 1_000,
  },
  delegation,
  catalogueDigest: 'sha-256:one',
};
const { constraints } = bounded;
const with_ = (more: Partial<AuthorityEntry['constraints']>): AuthorityEntry => ({
  ...bounded,
  constraints: { ...constraints, ...more },
});
const without = (key: keyof AuthorityEntry['constraints']): AuthorityEntry => ({
  ...bounded,
  constraints: Object.fromEntries(Object.entries(constraints).filter(([name]) => name !== key)),
});

const widenings: readonly (readonly [string, AuthorityEntry])[] = [
  ['a parent folder', { ...bounded, resource: 'https://pay.example/' }],
  ['a sibling that begins alike', { ...bounded, resource: 'https://pay.example/orders-evil' }],
  ['a climb out', { ...bounded, resource: 'https://pay.example/orders/%2e%2e/admin' }],
  ['another host', { ...bounded, resource: 'https://pay.example.evil/orders' }],
  ['another scheme', { ...bounded, resource: 'http://pay.example/orders' }],
  ['another action', { ...bounded, actions: ['orders.read', 'orders.delete'] }],
  ['a family around a literal', { ...bounded, actions: ['orders.*'] }],
  ['a family beside a family', { ...bounded, actions: ['orders.payroll.*'] }],
  ['an action that begins alike', { ...bounded, actions: ['orders.payments'] }],
  ['a higher amount', with_({ maxAmount: { amount: '500.000000000000000001', currency: 'EUR' } })],
  ['another currency', with_({ maxAmount: { amount: '1', currency: 'USD' } })],
  ['an earlier issue', with_({ resourceIssuedAfter: '2029-06-30T23:59:59.999Z' })],
  ['a later issue, by its offset', with_({ resourceIssuedBefore: '2029-09-30T23:59:59-01:00' })],
  ['another tenant', with_({ tenant: 'ACME' })],
  ['a parent domain', with_({ recipientDomain: 'com' })],
  ['a domain that ends alike', with_({ recipientDomain: 'evil-example.com' })],
  [
    'a window that begins earlier',
    with_({ timeWindow: { notBefore: '2029-12-31T23:59:59Z', notAfter: '2030-01-02T00:00:00Z' } }),
  ],
  ['a window without an end', with_({ timeWindow: { notBefore: '2030-01-01T00:00:00Z' } })],
  ['another class of data', with_({ dataClassification: ['public', 'secret'] })],
  ['another tool', with_({ allowedTools: ['search', 'pay', 'refund'] })],
  ['an older yes', with_({ freshnessMs: 1_001 })],
  ['no approval of each action', with_({ requiresActionApproval: false })],
  [
    'a bound nobody understands, in place of one',
    { ...without('tenant'), constraints: { ...without('tenant').constraints, unknown: { tenants: ['acme'] } } },
  ],
  ['a deeper delegation', { ...bounded, delegation: { ...delegation, maxDepth: 3 } }],
  ['any delegate', { ...bounded, delegation: { maxDepth: 2, children } }],
  ['another delegate', { ...bounded, delegation: { ...delegation, allowedDelegates: [tester, { actor: 'mallory' }] } }],
  [
    'every delegate of a kind',
    { ...bounded, delegation: { ...delegation, allowedDelegates: [{ actorKind: 'tester' }] } },
  ],
  ['more children', { ...bounded, delegation: handing({ maxChildren: 3 }) }],
  ['any number of children', { ...bounded, delegation: handing({ maxChildren: undefined }) }],
  ['deeper children', { ...bounded, delegation: handing({ maxChildDepth: 3 }) }],
  ['other children', { ...bounded, delegation: handing({ allowedChildActors: [{ actor: 'mallory' }] }) }],
  ['children without their policy', { ...bounded, delegation: handing({ childCreationPolicy: undefined }) }],
  ['children under another policy', { ...bounded, delegation: handing({ childCreationPolicy: 'none' }) }],
  ['another catalogue', { ...bounded, catalogueDigest: 'sha-256:two' }],
  ...(Object.keys(constraints) as (keyof typeof constraints)[]).map((key): [string, AuthorityEntry] => [
    `no ${key}`,
    without(key),
  ]),
];

describe('attack 16: widening through a child', () => {
  test('the entry itself is within itself, so that each refusal below has one cause', () => {
    expect(isSubset([bounded], [bounded])).toEqual({ subset: true });
  });

  test.each(widenings)('%s: the subset check refuses, alone and hidden among entries that fit', (_, entry) => {
    expect(isSubset([entry], [bounded]).subset).toBe(false);
    expect(isSubset([bounded, entry, bounded], [bounded, bounded])).toMatchObject({ subset: false, entry: 1 });
  });

  test('any two widenings at once are refused too, and so is an entry split to pass piece by piece', () => {
    fc.assert(
      fc.property(fc.constantFrom(...widenings), fc.constantFrom(...widenings), ([, a], [, b]) => {
        expect(isSubset([{ ...a, constraints: { ...b.constraints, ...a.constraints } }, b], [bounded]).subset).toBe(
          false,
        );
      }),
      { seed: 16, numRuns: 200 },
    );
  });

  test('control refuses a child that reaches further, lives longer, or hands on more than its parent may', async () => {
    await using kit = await realControl();
    const parent = await kit.approved([beneath('workspace://p/src', ['file.*'])], {
      budgets: [{ kind: 'calls', limit: 1 }],
    });
    const within = {
      purpose: 'part',
      actor: 'tester',
      authority: [beneath('workspace://p/src', ['file.read'])],
      expiresAt: undefined,
      delegation: undefined,
    };
    const delegate = async (more: Partial<typeof within> | object) =>
      outcomeOf(await kit.control.delegate(parent, { ...within, ...more }, { by: builder(parent) }));
    const bounds = { maxDepth: 1, maxChildren: 2, actors: ['tester'] };
    const tried = [
      { authority: [beneath('workspace://p/', ['file.read'])] },
      { authority: [beneath('workspace://p/src', ['*'])] },
      { authority: [beneath('workspace://p/src', ['file.read', 'git.push'])] },
      { expiresAt: t0 + hour + 1 },
      { actor: 'mallory' },
      { delegation: { ...bounds, maxDepth: 2 } },
      { delegation: { ...bounds, maxChildren: 3 } },
      { delegation: { ...bounds, actors: 'any' } },
      { delegation: { ...bounds, actors: ['mallory'] } },
    ];
    const outcomes = [];
    for (const more of tried) outcomes.push(await delegate(more));
    expect(outcomes).toEqual(
      tried.map((more) => (JSON.stringify(more).includes('"*"') ? 'malformed_request' : 'out_of_bounds')),
    );
    expect(await delegate({ delegation: bounds })).toBe('done');
    expect(await delegate({})).toBe('done');
    // Width: two live children are the most.
    expect(await delegate({})).toBe('out_of_bounds');
  });

  test('a child is promised no more of any budget than is left of its parent’s', async () => {
    await using kit = await realControl();
    const budgets = [
      { kind: 'calls' as const, limit: 3 },
      { kind: 'tokens' as const, limit: 100 },
      { kind: 'money' as const, limitMicros: 1_000, currency: 'EUR' },
    ];
    const authority = [beneath('workspace://p/src', ['file.*'])];
    const parent = await kit.approved(authority, {
      budgets,
      delegation: { maxDepth: 1, maxChildren: 9, actors: 'any' },
    });
    const delegate = async (slice: readonly Budget[]) =>
      outcomeOf(
        await kit.control.delegate(
          parent,
          { purpose: 'part', actor: 'tester', authority, expiresAt: undefined, delegation: undefined, budgets: slice },
          { by: builder(parent) },
        ),
      );
    const more: readonly (readonly Budget[])[] = [
      [{ kind: 'calls', limit: 4 }],
      [{ kind: 'tokens', limit: 101 }],
      [{ kind: 'money', limitMicros: 1_001, currency: 'EUR' }],
      [{ kind: 'money', limitMicros: 1, currency: 'USD' }],
      [
        { kind: 'calls', limit: 1 },
        { kind: 'tokens', limit: 101 },
      ],
    ];
    for (const slice of more) expect(await delegate(slice)).toBe('out_of_bounds');
    // What was promised to one is not there for another.
    expect(await delegate([{ kind: 'calls', limit: 2 }])).toBe('done');
    expect(await delegate([{ kind: 'calls', limit: 2 }])).toBe('out_of_bounds');
    expect(await delegate([{ kind: 'calls', limit: 1 }])).toBe('done');
  });

  test('a child spends its parent’s budget and not one of its own: the second call is refused to both', () => {
    const chain = [
      mandate('m0', [beneath('workspace://p/', ['file.*'])], { budgets: [{ kind: 'calls', limit: 1 }] }),
      mandate('m0.1', [beneath('workspace://p/', ['file.*'])]),
    ];
    const write = { action: 'file.write', resource: 'workspace://p/a', parameters: {} };
    expect(ask(chain, write).decision).toBe('permit');
    const spend = (id: string) => ({ calls: id === 'm0' ? 1 : 0, tokens: 0, moneyMicros: 0 });
    expect(ask(chain, write, { spend }).reason.code).toBe('budget_spent');
    expect(ask(chain.slice(0, 1), write, { spend }).reason.code).toBe('budget_spent');
  });
});

describe('attack 17: widening through an amendment', () => {
  const sets: readonly AuthoritySet[] = [
    [beneath('workspace://p/', ['file.*'])],
    [beneath('workspace://p/src', ['file.write'])],
    [beneath('workspace://p/src', ['file.*'], { constraints: { requiresActionApproval: true } })],
    [beneath('workspace://p/docs', ['file.read']), beneath('git://p/', ['git.push'])],
    [beneath('git://p/refs/heads', ['git.*'])],
    [beneath('workspace://p/', ['file.*'], { constraints: { tenant: 'acme' } })],
    [],
  ];
  const requests = ['workspace://p/src/a', 'workspace://p/docs/b', 'git://p/refs/heads/main'].flatMap((resource) =>
    ['file.read', 'file.write', 'git.push'].map((action) => ({ action, resource, parameters: {} })),
  );
  const someSets = fc.array(fc.constantFrom(...sets), { minLength: 1, maxLength: 4 });
  const rank = { refuse: 0, would_refuse: 0, hold: 1, permit: 2 };
  const overlay = (authority: AuthoritySet) => ({ authority, at: t0, by: 'owner', reason: 'amended' });

  test('one more overlay, whatever it says and wherever it is put, never turns a no into a yes', () => {
    fc.assert(
      fc.property(
        someSets,
        fc.constantFrom(...sets),
        fc.nat(),
        fc.constantFrom(...requests),
        (chainSets, added, where, request) => {
          const ids = chainSets.map((_, index) => ['m0', ...Array<string>(index).fill('1')].join('.'));
          const chain = chainSets.map((authority, index) => mandate(ids[index] ?? '', authority));
          const amended = chain.map((one, index) =>
            index === where % chain.length ? { ...one, overlays: [overlay(added)] } : one,
          );
          expect(rank[ask(amended, request).decision]).toBeLessThanOrEqual(rank[ask(chain, request).decision]);
        },
      ),
      { seed: 17, numRuns: 500 },
    );
  });

  test('a child under a narrowed parent has their intersection: exactly what both permit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...sets),
        fc.constantFrom(...sets),
        fc.constantFrom(...requests),
        (child, narrowing, request) => {
          const chain = [mandate('m0', child, { overlays: [overlay(narrowing)] }), mandate('m0.1', child)];
          expect(ask(chain, request).decision).toBe(
            ask([mandate('m0', intersect(child, narrowing))], request).decision,
          );
        },
      ),
      { seed: 17, numRuns: 500 },
    );
  });

  test('control refuses to extend a child past its parent’s expiry or authority, whoever asks', async () => {
    await using kit = await realControl();
    const parent = await kit.approved([beneath('workspace://p/src', ['file.*'])]);
    const asked = {
      purpose: 'part',
      actor: 'tester',
      authority: [beneath('workspace://p/src', ['file.read'])],
      expiresAt: t0 + hour / 2,
      delegation: undefined,
    };
    const made = await kit.control.delegate(parent, asked, { by: builder(parent) });
    const child = made.ok ? made.value.mandate.id : 'none';
    const as = { expiresAt: undefined, authority: undefined, budgets: undefined, reason: 'more' };
    expect(outcomeOf(await kit.control.extend(child, { ...as, expiresAt: t0 + hour + 1 }, { by: owner }))).toBe(
      'out_of_bounds',
    );
    expect(
      outcomeOf(
        await kit.control.extend(
          child,
          { ...as, authority: [beneath('workspace://p/', ['file.read'])] },
          { by: owner },
        ),
      ),
    ).toBe('out_of_bounds');
    expect(
      outcomeOf(await kit.control.extend(parent, { ...as, expiresAt: t0 + 2 * hour }, { by: builder(parent) })),
    ).toBe('not_an_approver');
    expect(outcomeOf(await kit.control.extend(child, { ...as, expiresAt: t0 + hour }, { by: owner }))).toBe('done');
  });
});
