import { describe, expect, test } from 'vitest';
import type { AuthorityEntry, AuthoritySet, Constraints } from './authority-set.ts';
import { compileAuthoritySet } from './compile.ts';
import { intersect } from './intersect.ts';
import { quoteBriefly } from '../resource/visible.ts';
import { permits, type RequestParameters } from './permits.ts';
import { compileRequest } from './request.ts';
import { isSubset } from './subset.ts';

const now = Date.UTC(2026, 6, 15);
const payments = (constraints: Constraints, more: Partial<AuthorityEntry> = {}): AuthoritySet => [
  { resource: 'https://erp.example/payments', resourceMatch: 'prefix', actions: ['payment.*'], constraints, ...more },
];
const ask = (
  set: AuthoritySet,
  parameters: RequestParameters = {},
  over: { action?: string; resource?: string; now?: number } = {},
) =>
  permits(
    set,
    { action: over.action ?? 'payment.send', resource: over.resource ?? 'https://erp.example/payments/7', parameters },
    over.now ?? now,
  );
const refused = (kind: string) => ({ permitted: false, gap: { kind } });

describe('resource and action', () => {
  test('inside both: permitted, with the entry that says so', () => {
    expect(ask(payments({}))).toEqual({
      permitted: true,
      entry: 0,
      requiresActionApproval: false,
      lastMoment: Infinity,
    });
  });

  test('a refusal says which of the two is missing, and what would permit it', () => {
    expect(ask(payments({}), {}, { action: 'invoice.read' })).toEqual({
      permitted: false,
      gap: {
        kind: 'action',
        why: '`invoice.read` is not among the actions approved for `https://erp.example/payments/7`',
        wouldPermit: 'an entry that allows `invoice.read` on `https://erp.example/payments/7`',
        remedy: { kind: 'add_entry' },
      },
    });
    expect(ask(payments({}), {}, { resource: 'https://erp.example/payments-evil/7' })).toEqual({
      permitted: false,
      gap: {
        kind: 'resource',
        why: '`https://erp.example/payments-evil/7` is outside everything approved for `payment.send`',
        wouldPermit: 'an entry that allows `payment.send` on `https://erp.example/payments-evil/7`',
        remedy: { kind: 'add_entry' },
      },
    });
    expect(ask([])).toMatchObject(refused('resource'));
  });

  test('the request is judged on its normal form', () => {
    expect(ask(payments({}), {}, { resource: 'HTTPS://ERP.example:443/x/../%70ayments/7' }).permitted).toBe(true);
    expect(ask(payments({}), {}, { resource: 'https://erp.example/payments/../admin' })).toMatchObject(
      refused('resource'),
    );
    expect(ask(payments({}), {}, { resource: 'https://erp.example/payments/../../x' })).toMatchObject(
      refused('malformed'),
    );
  });

  test('a request names one action, not a family', () => {
    for (const action of ['payment.*', '*', '', 'payment.send\u200b', 'payment send'])
      expect(ask(payments({}), {}, { action })).toEqual({
        permitted: false,
        gap: {
          kind: 'malformed',
          why: `action ${quoteBriefly(action)} is not one action identifier, such as \`file.read\``,
        },
      });
  });

  test.each<[string]>([['{}'], ['{"parameters":null}'], ['{"parameters":"tenant"}'], ['{"parameters":7}']])(
    'a request with no parameters object is refused, not thrown on: %s',
    (json) => {
      const request = { action: 'payment.send', resource: 'https://erp.example/payments/7', ...JSON.parse(json) };
      expect(permits(payments({}), request, now)).toEqual({
        permitted: false,
        gap: { kind: 'malformed', why: 'the request carries no parameters object; send an empty one' },
      });
    },
  );

  test('what is no text names no action, and throws nothing', () => {
    // @ts-expect-error what an edge that checked nothing would pass on
    expect(ask(payments({}), {}, { action: 7 })).toMatchObject({
      gap: { why: 'action (number) is not one action identifier, such as `file.read`' },
    });
    // @ts-expect-error a list that reads like an action when it is made text
    expect(ask(payments({}), {}, { action: ['payment.send'] })).toMatchObject(refused('malformed'));
  });

  test('among several entries, one that asks nobody is preferred', () => {
    const set = [...payments({ requiresActionApproval: true }), ...payments({})];
    expect(ask(set)).toEqual({ permitted: true, entry: 1, requiresActionApproval: false, lastMoment: Infinity });
    expect(ask(set.slice(0, 1))).toEqual({
      permitted: true,
      entry: 0,
      requiresActionApproval: true,
      lastMoment: Infinity,
    });
    expect(ask([...payments({ requiresActionApproval: true }), ...payments({ tenant: 'acme' })])).toMatchObject({
      entry: 0,
      requiresActionApproval: true,
    });
  });
});

const eur = { amount: '500.00', currency: 'EUR' };
const unstated = (what: string) => `the request does not say ${what}, and the approval depends on it`;

describe('constraints', () => {
  const cases: readonly [name: string, constraints: Constraints, met: RequestParameters, notMet: RequestParameters][] =
    [
      [
        'amount',
        { maxAmount: { amount: '500.00', currency: 'EUR' } },
        { amount: { amount: '500.0', currency: 'EUR' } },
        { amount: { amount: '500.000000000000000001', currency: 'EUR' } },
      ],
      [
        'currency',
        { maxAmount: { amount: '500', currency: 'EUR' } },
        { amount: { amount: '1', currency: 'EUR' } },
        { amount: { amount: '1', currency: 'USD' } },
      ],
      [
        'amount in another notation',
        { maxAmount: { amount: '500', currency: 'EUR' } },
        { amount: { amount: '0', currency: 'EUR' } },
        { amount: { amount: '1e2', currency: 'EUR' } },
      ],
      ['tenant', { tenant: 'acme' }, { tenant: 'acme' }, { tenant: 'Acme' }],
      [
        'recipient',
        { recipientDomain: 'example.com' },
        { recipientDomain: 'Mail.EXAMPLE.com' },
        { recipientDomain: 'evil-example.com' },
      ],
      [
        'recipient above',
        { recipientDomain: 'mail.example.com' },
        { recipientDomain: 'mail.example.com' },
        { recipientDomain: 'example.com' },
      ],
      [
        'classification',
        { dataClassification: ['public', 'internal'] },
        { dataClassification: ['internal'] },
        { dataClassification: ['internal', 'secret'] },
      ],
      [
        'no classification',
        { dataClassification: ['public'] },
        { dataClassification: ['public'] },
        { dataClassification: [] },
      ],
      ['tool', { allowedTools: ['erp'] }, { tool: 'erp' }, { tool: 'shell' }],
      ['tool named like a built-in', { allowedTools: ['erp'] }, { tool: 'erp' }, { tool: 'toString' }],
      [
        'issued after',
        { resourceIssuedAfter: '2026-07-01T00:00:00Z' },
        { resourceIssuedAt: '2026-07-01T02:00:00+02:00' },
        { resourceIssuedAt: '2026-06-30T23:59:59.999Z' },
      ],
      [
        'issued before',
        { resourceIssuedBefore: '2026-07-01T00:00:00Z' },
        { resourceIssuedAt: '2026-06-30T19:00:00-05:00' },
        { resourceIssuedAt: '2026-07-01T00:00:00.0001Z' },
      ],
    ];

  test.each(cases)('%s', (_name, constraints, met, notMet) => {
    expect(ask(payments(constraints), met).permitted).toBe(true);
    expect(ask(payments(constraints), notMet)).toMatchObject(refused('constraint'));
    expect(ask(payments(constraints), {})).toMatchObject(refused('constraint'));
  });

  test('everything that is missing is named at once, with when to ask', () => {
    const later = { tenant: 'acme', timeWindow: { notBefore: '2026-07-20T00:00:00Z' } };
    expect(ask(payments(later))).toEqual({
      permitted: false,
      gap: {
        kind: 'constraint',
        why: `${unstated('which tenant it concerns')}; the approved time begins at 2026-07-20T00:00:00Z`,
        wouldPermit: 'a resource of tenant `acme`, and asking at or after 2026-07-20T00:00:00Z',
        remedy: { kind: 'ask_again', facts: { tenant: 'acme' }, notBefore: Date.UTC(2026, 6, 20) },
      },
    });
    expect(ask(payments({ maxAmount: eur, tenant: 'acme' }), { tenant: 'globex' })).toMatchObject({
      gap: { remedy: { kind: 'ask_again', facts: { amount: eur, tenant: 'acme' }, notBefore: null } },
    });
  });

  test('of several entries the one that lacks least is explained, wherever it stands', () => {
    const near = payments({ tenant: 'acme' });
    const far = payments({ tenant: 'acme', maxAmount: eur, allowedTools: ['erp'] });
    for (const set of [
      [...near, ...far],
      [...far, ...near],
    ])
      expect(ask(set)).toMatchObject({ gap: { why: unstated('which tenant it concerns') } });
  });

  test('a fact that the request states stays stated in what is proposed', () => {
    const bound = payments({ tenant: 'acme', allowedTools: ['erp'] });
    expect(ask(bound, { tenant: 'acme' })).toMatchObject({
      gap: { remedy: { kind: 'ask_again', facts: { tool: 'erp' } } },
    });
    expect(ask(bound, { tenant: 'acme', tool: 'erp' }).permitted).toBe(true);
  });

  test('the window is judged at the time of use, both ends included', () => {
    const open = payments({ timeWindow: { notBefore: '2026-07-15T00:00:00Z', notAfter: '2026-07-15T01:00:00Z' } });
    expect(ask(open, {}, { now: now - 1 })).toMatchObject({
      permitted: false,
      gap: { kind: 'constraint', why: 'the approved time begins at 2026-07-15T00:00:00Z' },
    });
    expect(ask(open, {}, { now }).permitted).toBe(true);
    expect(ask(open, {}, { now: now + 3_600_000 }).permitted).toBe(true);
    expect(ask(open, {}, { now: now + 3_600_001 })).toMatchObject(refused('constraint'));
    expect(ask(open, {}, { now: Number.NaN })).toMatchObject(refused('constraint'));
    expect(ask(payments({ timeWindow: { notAfter: '2026-07-15T01:00:00Z' } }), {}, { now: -Infinity })).toMatchObject(
      refused('constraint'),
    );
  });

  test('the amount refused is named beside the amount approved', () => {
    expect(
      ask(payments({ maxAmount: { amount: '500.00', currency: 'EUR' } }), {
        amount: { amount: '600', currency: 'EUR' },
      }),
    ).toMatchObject({
      gap: { why: '600 EUR is not within the approved 500.00 EUR', wouldPermit: 'an amount of at most 500.00 EUR' },
    });
  });

  test('facts from a prototype are no facts', () => {
    const inherited = Object.create({ tenant: 'acme' }) as RequestParameters; // cast: exactly the object a polluted prototype gives
    expect(ask(payments({ tenant: 'acme' }), inherited)).toMatchObject(refused('constraint'));
  });

  test('a catalogue that changed since approval is drift', () => {
    const pinned = payments({}, { catalogueDigest: 'sha-256:a' });
    expect(ask(pinned, { catalogueDigest: 'sha-256:a' }).permitted).toBe(true);
    const gap = {
      kind: 'drift',
      wouldPermit:
        'a request against the approved catalogue `sha-256:a`, or a new approval of the catalogue as it is now',
      remedy: { kind: 'ask_again', facts: { catalogueDigest: 'sha-256:a' }, notBefore: null },
    };
    expect(ask(pinned, { catalogueDigest: 'sha-256:b' })).toEqual({
      permitted: false,
      gap: { ...gap, why: 'the catalogue of `https://erp.example/payments` has changed since it was approved' },
    });
    expect(ask(pinned)).toEqual({
      permitted: false,
      gap: {
        ...gap,
        why: 'the request does not say which catalogue it was found in, and the approval is pinned to one',
      },
    });
    expect(isSubset(payments({}), pinned)).toMatchObject({ subset: false });
    expect(isSubset(pinned, payments({}))).toEqual({ subset: true });
    expect(intersect(pinned, payments({}, { catalogueDigest: 'sha-256:b' }))).toEqual([]);
  });
});

describe('what we do not understand', () => {
  const wire = (json: string): Constraints => JSON.parse(json) as Constraints; // cast: what an edge that checked nothing would pass on
  const unknowns = [
    { unknown: { window_days: 30 } },
    wire('{"max_amount":{"amount":"500","currency":"EUR"}}'),
    wire('{"__proto__":{"maxAmount":{"amount":"1","currency":"EUR"}}}'),
    wire('{"toString":true}'),
    wire('{"unknown":{"__proto__":1}}'),
    wire('{"constructor":null}'),
  ];

  test.each(unknowns)('a constraint key outside the table always refuses: %j', (constraints) => {
    const set = payments(constraints);
    expect(ask(set, { amount: { amount: '1', currency: 'EUR' } })).toMatchObject(refused('unknown_constraint'));
    expect(isSubset(set, set)).toMatchObject({ subset: false, entry: 0 });
    expect(isSubset(payments({}), set)).toMatchObject({ subset: false, entry: 0 });
    expect(intersect(set, payments({}))).toEqual([]);
  });

  test('it is named, with what an approval would have to leave out', () => {
    expect(ask(payments({ unknown: { window_days: 30, zone: 'eu' } }))).toEqual({
      permitted: false,
      gap: {
        kind: 'unknown_constraint',
        why: 'the approval of `payment.send` on `https://erp.example/payments/7` carries a bound we do not understand (`window_days`, `zone`), so it permits nothing',
        wouldPermit: 'an approval of `payment.send` without `window_days`, `zone`',
        remedy: { kind: 'add_entry' },
      },
    });
  });

  test('it refuses its own entry and no other', () => {
    expect(ask([...payments({ unknown: { window_days: 30 } }), ...payments({})])).toMatchObject({
      permitted: true,
      entry: 1,
    });
  });

  test.each([
    wire('{"maxAmount":{"amount":"1e3","currency":"EUR"}}'),
    wire('{"maxAmount":{"amount":500,"currency":"EUR"}}'),
    wire('{"maxAmount":{"amount":"500","currency":"eur"}}'),
    wire('{"maxAmount":{"amount":"500","currency":"EUR","per":"day"}}'),
    wire('{"maxAmount":null}'),
    wire('{"tenant":""}'),
    wire('{"tenant":["acme"]}'),
    wire('{"recipientDomain":"example.com."}'),
    wire('{"recipientDomain":"exämple.com"}'),
    wire('{"timeWindow":{}}'),
    wire('{"timeWindow":{"notBefore":"soon"}}'),
    wire('{"timeWindow":{"notAfter":"2026-07-01T00:00:00Z","days":["mon"]}}'),
    wire('{"allowedTools":"erp"}'),
    wire('{"allowedTools":[1]}'),
    wire('{"requiresActionApproval":"false"}'),
    wire('{"unknown":[]}'),
    wire('null'),
    wire('[]'),
  ])('a malformed value refuses the whole set: %j', (constraints) => {
    const set = [...payments({}), ...payments(constraints)];
    expect(ask(set)).toMatchObject(refused('malformed'));
    expect(isSubset(set, payments({}))).toMatchObject({ subset: false, entry: 1 });
    expect(isSubset(payments({}), set)).toMatchObject({ subset: false });
    expect(intersect(set, payments({}))).toEqual([]);
    expect(compileAuthoritySet(set)).toMatchObject({ ok: false, at: 1 });
  });

  test.each([
    { resource: 'file:///etc' },
    { resource: 'https://a.example/x?q' },
    { actions: [] },
    { actions: ['*'] },
    { actions: ['payment.send', 'a b'] },
    { delegation: { maxDepth: -1 } },
    { delegation: { maxDepth: 1.5 } },
    { delegation: { maxDepth: 1, maxChildren: 0 } },
    { catalogueDigest: '' },
    JSON.parse('{"resourceMatch":"suffix"}') as object,
    JSON.parse('{"actions":"payment.send"}') as object,
    JSON.parse('{"terminalWhen":{"state":"paid"}}') as object,
    JSON.parse('{"delegation":{"maxDepth":1,"policy":"x"}}') as object,
  ])('a malformed entry refuses the whole set: %j', (more) => {
    expect(ask([...payments({}), ...payments({}, more)])).toMatchObject(refused('malformed'));
  });

  test('parsed JSON cannot pass for a compiled request or set', () => {
    const request = {
      action: 'payment.send',
      resource: 'https://evil.example/',
      parameters: {},
      uri: 'https://erp.example/payments/7',
      kind: 'compiled',
    };
    expect(permits(payments({}), request, now)).toMatchObject(refused('resource'));
    const set = { entries: [], byAction: {}, withFamilies: [], authority: payments({}) };
    // @ts-expect-error an object that only looks the part
    expect(permits(set, request, now)).toMatchObject(refused('malformed'));
  });
});

describe('compiled once', () => {
  test('gives the same answers', () => {
    const set = payments({ tenant: 'acme' });
    const compiled = compileAuthoritySet(set);
    const request = {
      action: 'payment.send',
      resource: 'https://erp.example/payments/7',
      parameters: { tenant: 'acme' },
    };
    const ready = compileRequest(request);
    if (!compiled.ok || !ready.ok) throw new Error('both are well formed');
    expect(permits(compiled.set, ready.request, now)).toEqual(permits(set, request, now));
    expect(compiled.set.authority).toEqual(set);
  });
});
