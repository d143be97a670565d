/**
 * The evaluator against a second one, written from the published rules by themselves.
 *
 * Everything generated is related: sets are built around the request, times around the bounds, budgets around what is spent, so that a permit deep in a chain and
 * every kind of refusal both happen often; the mix is asserted.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Budget, Condition, HistoryRule, Mandate, SignalValue } from '../mandate/mandate.ts';
import type { Amount, AuthorityEntry, AuthoritySet, Constraints, TimeWindow } from '../set/authority-set.ts';
import type { ActionRequest, RequestParameters } from '../set/request.ts';
import { hour, mandate, states, t0 } from '../test-support/mandates.ts';
import { naiveEvaluate } from '../test-support/naive-reference.ts';
import { evaluate } from './evaluate.ts';
import type { EvaluationInput, Spend } from './evaluate.ts';
import type { History, RuleHistory } from './history.ts';
import type { ReasonCode } from './reason.ts';

const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12 * others.length, arbitrary: fc.constant(usual) }, ...others.map((other) => fc.constant(other)));
const sometimes = <T>(arbitrary: fc.Arbitrary<T>, there: number, absent: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: there, arbitrary }, { weight: absent, arbitrary: fc.constant(undefined) });
/** Without the members that are undefined: an absent key and an undefined one are not the same to a reader of keys. */
const present = <T extends object>(record: T): T =>
  // The cast only drops keys whose value says absent.
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;

// ── the request ──

const sites = ['https://api.example', 'workspace://p', 'git://p', 'mcp://tools'];
const segment = fc.constantFrom('a', 'b', 'ab', 'a~b', 'A', 'x.y');

const resource = fc.oneof(
  {
    weight: 30,
    arbitrary: fc
      .tuple(fc.constantFrom(...sites), fc.array(segment, { maxLength: 3 }), fc.constantFrom('', '/'))
      .map(([site, path, end]) => `${site}/${path.join('/')}${path.length > 0 ? end : ''}`),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'https://api.example/a/../b',
      'https://api.example/a/%2e%2E/b',
      'https://api.example/a/./b',
      'https://api.example//a',
      'https://api.example/a//b',
      'https://api.example/a%2Fb',
      'https://api.example/a%2fb/ab',
      'https://api.example/a?q=1',
      'https://api.example/?q=1',
      'https://api.example?q=1',
      'https://api.example/a/?q=%7e',
      'http://api.example:80/a',
      'https://api.example:8443/a',
      'https://API.example/a#top',
      'https://api.example/a/b#',
      'workspace://p/a/../b',
      'workspace://p/a/%2e%2e/b',
      'workspace://p//a',
      'workspace://p/a//../b',
      'git://p/a%2Fb',
      'mcp://tools/a%2Fb',
      'mcp://tools/a.',
      'workspace://P/a',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'a/b', '/a', 'https://', 'https://api.example/a b', 'gopher://p/a', 'urn:a:b'),
  },
);

const amounts = [
  '0',
  '1',
  '99.99',
  '100',
  '100.00',
  '100.000000000000000001',
  '9007199254740993',
  '0100',
  '1e2',
  '-1',
  '.5',
  '5.',
  '٣',
];
const instants = [
  new Date(t0 - hour).toISOString(),
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00.000000001Z',
  '2026-01-01T01:00:00+01:00',
  '2025-12-31T19:30:00-04:30',
  new Date(t0 + 1).toISOString(),
  new Date(t0 + hour).toISOString(),
];
const badInstants = [
  '2026-01-01',
  '2026-02-30T00:00:00Z',
  '2026-01-01T00:00:00',
  'soon',
  '2026-01-01 00:00:00Z',
  '2026-01-01T24:00:00Z',
];

const parameters: fc.Arbitrary<RequestParameters> = fc
  .record({
    amount: sometimes(fc.record({ amount: mostly('99.99', ...amounts), currency: mostly('EUR', 'USD') }), 12, 1),
    tenant: sometimes(mostly('acme', 'ACME', 'other', ''), 12, 1),
    recipientDomain: sometimes(
      mostly(
        'mail.example.com',
        'MAIL.example.com',
        'example.com',
        'evil-example.com',
        'example.com.',
        '',
        'bücher.example.com',
      ),
      12,
      1,
    ),
    dataClassification: sometimes(
      fc.oneof(
        { weight: 12, arbitrary: fc.subarray(['public', 'internal'], { minLength: 1 }) },
        { weight: 1, arbitrary: fc.constant([]) },
      ),
      12,
      1,
    ),
    tool: sometimes(mostly('search', 'toString', ''), 12, 1),
    resourceIssuedAt: sometimes(
      fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom(...instants) },
        { weight: 1, arbitrary: fc.constantFrom(...badInstants) },
      ),
      12,
      1,
    ),
    catalogueDigest: sometimes(mostly('sha-256:one', 'sha-256:two'), 12, 1),
  })
  .map(present);

const request: fc.Arbitrary<ActionRequest> = fc.record({
  action: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom('file.read', 'file.read.deep', 'fileread', 'git.push') },
    { weight: 1, arbitrary: fc.constantFrom('file.*', '', 'file read') },
  ),
  resource,
  parameters,
});

// ── sets around it ──

/** Other spellings of the same URI, by RFC 3986. */
const respell = (uri: string): fc.Arbitrary<string> =>
  mostly(
    uri,
    uri.replace('https://api.example', 'HTTPS://API.example:443'),
    uri.replace('~', '%7E'),
    uri.replace('%2F', '%2f'),
    uri.replace(/^([a-z]+:\/\/[^/]+)\/$/, '$1'),
  );

function resourceAround(uri: string): fc.Arbitrary<Pick<AuthorityEntry, 'resource' | 'resourceMatch'>> {
  const site = /^[a-z]+:\/\/[^/]+/.exec(uri)?.[0] ?? 'workspace://p';
  const path = uri.slice(site.length).split('/').slice(1).filter(Boolean);
  const above = path.slice(1).map((_, index) => `${site}/${path.slice(0, index + 1).join('/')}`);
  const prefix = fc.constantFrom(
    uri.includes('://') ? uri : site,
    site,
    `${site}/`,
    ...above,
    ...above.map((base) => `${base}/`),
  );
  const near = fc.constantFrom(
    `${uri}x`,
    `${uri.replace(/\/$/, '')}/more`,
    uri.slice(0, -1) || site,
    `${site}.evil/`,
    'workspace://q/',
  );
  return fc.oneof(
    { weight: 8, arbitrary: prefix.chain(respell).map((at) => ({ resource: at, resourceMatch: 'prefix' as const })) },
    { weight: 3, arbitrary: respell(uri).map((at) => ({ resource: at, resourceMatch: 'exact' as const })) },
    { weight: 1, arbitrary: near.map((at) => ({ resource: at, resourceMatch: 'prefix' as const })) },
  );
}

function actionsAround(action: string): fc.Arbitrary<readonly string[]> {
  const families = action
    .split('.')
    .slice(0, -1)
    .map((_, index, parts) => `${parts.slice(0, index + 1).join('.')}.*`);
  const covering = fc.constantFrom(action, ...families);
  const other = fc.constantFrom('git.*', 'file.read.*', 'file.*', 'other.act', `${action}.*`);
  return fc.oneof(
    { weight: 10, arbitrary: fc.tuple(covering, fc.array(other, { maxLength: 1 })).map(([a, b]) => [a, ...b]) },
    { weight: 1, arbitrary: fc.array(other, { minLength: 1, maxLength: 2 }) },
  );
}

const bound = <T>(usual: readonly T[], ...rare: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.oneof(
    { weight: 40, arbitrary: fc.constant(undefined) },
    { weight: 9, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  );

const constraints = (facts: RequestParameters): fc.Arbitrary<Constraints> =>
  fc
    .record({
      maxAmount: bound<Amount>(
        [
          { amount: '100', currency: 'EUR' },
          { amount: facts.amount?.amount ?? '5', currency: facts.amount?.currency ?? 'EUR' },
        ],
        ...amounts.map((amount) => ({ amount, currency: 'EUR' })),
      ),
      resourceIssuedAfter: bound<string>([instants[0] ?? ''], ...instants),
      resourceIssuedBefore: bound<string>([instants.at(-1) ?? ''], ...instants),
      tenant: bound<string>([facts.tenant ?? 'acme'], 'acme', 'other'),
      recipientDomain: bound<string>(
        ['example.com', facts.recipientDomain ?? 'example.com'],
        'Example.COM',
        'ample.com',
        'a.example.com',
      ),
      timeWindow: bound<TimeWindow>(
        [{ notBefore: '2026-01-01T00:00:00Z' }, { notAfter: new Date(t0 + 2 * hour).toISOString() }],
        { notAfter: new Date(t0 + hour / 2).toISOString() },
        { notBefore: new Date(t0 + 1).toISOString(), notAfter: new Date(t0 + hour).toISOString() },
      ),
      dataClassification: bound<readonly string[]>([['public', 'internal']], ['public'], ['secret']),
      allowedTools: bound<readonly string[]>([['search', 'toString']], ['search'], ['constructor']),
      requiresActionApproval: sometimes(fc.boolean(), 1, 3),
      unknown: sometimes(fc.constantFrom<Readonly<Record<string, unknown>>>({}, { phase_of_the_moon: 'full' }), 1, 20),
    })
    .map(present);

const entry = (asked: ActionRequest): fc.Arbitrary<AuthorityEntry> =>
  fc
    .record({
      at: resourceAround(asked.resource),
      actions: actionsAround(asked.action),
      constraints: fc.oneof(
        { weight: 2, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: constraints(asked.parameters) },
      ),
      catalogueDigest: sometimes(mostly(asked.parameters.catalogueDigest ?? 'sha-256:one', 'sha-256:two'), 1, 8),
    })
    .map(({ at, ...rest }) => ({ ...at, ...rest }))
    .chain((of) =>
      // A prefix over a server's tools means something only when its catalogue is pinned, and most are.
      of.resource.startsWith('mcp:') && of.resourceMatch === 'prefix' && of.catalogueDigest === undefined
        ? mostly(asked.parameters.catalogueDigest ?? 'sha-256:one', undefined, undefined).map((catalogueDigest) => ({
            ...of,
            catalogueDigest,
          }))
        : fc.constant(of),
    )
    .map((of) => present(of));

const set = (asked: ActionRequest): fc.Arbitrary<AuthoritySet> =>
  fc.oneof(
    { weight: 60, arbitrary: fc.array(entry(asked), { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  );

// ── mandates over them ──

const readings: ReadonlyMap<string, SignalValue> = new Map<string, SignalValue>([
  ['risk', 70],
  ['branch', 'open'],
  ['frozen', false],
]);
const reading = fc.record({ at: mostly(t0 - 1_000, t0, t0 - hour), sequence: fc.constant(1) });

const condition: fc.Arbitrary<Condition> = fc
  .constantFrom(
    ...(['at_most', 'less_than', 'at_least', 'greater_than', 'equals', 'not_equals'] as const).flatMap((test) =>
      [70, 71, 69, 'open', 'frozen', true, false].flatMap((value) =>
        ['risk', 'branch', 'frozen', 'silent'].map((subject) => ({ subject, test, value })),
      ),
    ),
  )
  .chain((of) =>
    fc.record({
      id: fc.constant('c'),
      subject: fc.constant(of.subject),
      test: fc.constant(of.test),
      value: fc.constant<SignalValue>(of.value),
      onFailure: fc.constantFrom('suspend' as const, 'revoke' as const),
      returns: fc.constantFrom('by_reinstatement' as const, 'automatically' as const),
      holdMs: fc.constant(0),
      maxAgeMs: fc.constantFrom(null, 1_000, hour + 1_000, 2 * hour),
      whenUnreported: fc.constantFrom('holds' as const, 'unknown' as const),
    }),
  );
const holding: fc.Arbitrary<Condition> = condition.map((one) => ({
  ...one,
  subject: 'risk',
  test: 'at_most',
  value: 70,
  maxAgeMs: null,
}));

/** Times of the week around the clock the verdicts are asked at: 2026 begins on a Thursday. */
const timed: fc.Arbitrary<Condition> = condition.chain((one) =>
  fc
    .oneof(
      {
        weight: 20,
        arbitrary: fc
          .tuple(
            mostly('daily', 'thu', 'wed-fri', 'mon,thu', 'sat-sun', 'fri-thu', 'wed', 'fri'),
            mostly(
              '00:00-24:00',
              '00:30-02:00',
              '23:00-01:00',
              '01:00-00:30',
              '22:00-22:00',
              '00:00-00:30',
              '05:30-07:00',
            ),
            mostly('Z', '+01:00', '-00:30', '+14:00', '-14:00', '+05:30'),
          )
          .map((parts) => parts.join(' ')),
      },
      {
        weight: 3,
        arbitrary: fc.constantFrom<SignalValue>(
          'daily',
          'daily 0:00-24:00 Z',
          'thu 24:00-01:00 Z',
          'thu 00:00-24:01 Z',
          'thu-fri-sat 00:00-24:00 Z',
          'thursday 00:00-24:00 Z',
          'thu 00:00-24:00',
          'thu 00:00-24:00 +14:30',
          'thu 00:60-24:00 Z',
          'daily  00:00-24:00 Z',
          70,
        ),
      },
    )
    .map((value) => ({ ...one, subject: 'time', test: 'within' as const, value })),
);

const actionList = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(['file.read'], ['file.*'], ['git.push', 'file.read.*'], ['git.*']) },
  { weight: 1, arbitrary: fc.constantFrom(['file'], ['other.act'], ['fileread', 'file.read.deep']) },
);
const historyRule: fc.Arbitrary<HistoryRule> = fc.oneof(
  fc.record({
    id: fc.constantFrom('h1', 'h2'),
    kind: fc.constant('first_use' as const),
    actions: actionList,
    target: fc.constantFrom('resource' as const, 'site' as const),
  }),
  fc.record({
    id: fc.constantFrom('h1', 'h2'),
    kind: fc.constant('before' as const),
    first: fc.constant(['tests.run']),
    then: fc.constantFrom(['file.*', 'git.push'], ['file.read'], ['git.*'], ['other.act']),
    staleAfter: fc.constantFrom<readonly string[]>([], ['file.write']),
    sameTarget: fc.boolean(),
    sameParameter: mostly(null, 'tree', 'absent'),
    maxAgeMs: mostly(null, hour, hour / 4, 1),
  }),
);

/** What is remembered mostly suffices for the request: its target in normal form, as the reference would write it, was reached and tested. */
const remembered = (asked: ActionRequest): fc.Arbitrary<RuleHistory> => {
  const site = /^[a-z]+:\/\/[^/]+/.exec(asked.resource)?.[0] ?? 'workspace://p';
  const subjects = [null, asked.resource].flatMap((target) =>
    [null, 'one'].map((value) => JSON.stringify([target, value])),
  );
  return fc
    .record({
      targets: fc.subarray([asked.resource, `${site}/`], { minLength: 1 }),
      known: fc.oneof({ weight: 3, arbitrary: fc.constant(subjects) }, { weight: 1, arbitrary: fc.subarray(subjects) }),
      order: mostly(9, 5),
      at: mostly(t0 + hour / 2 - 2, t0, t0 + 2 * hour),
      changedAt: mostly(-1, 5, 8, 9, Infinity, Number.NaN),
    })
    .map(({ targets, known, order, at, changedAt }) => ({
      targets: new Set(targets),
      successes: new Map(known.map((subject) => [subject, { order, at }])),
      changedAt,
    }));
};

const budget: fc.Arbitrary<Budget> = fc.oneof(
  fc.record({ kind: fc.constant('calls' as const), limit: mostly(11, 9, 10) }),
  fc.record({ kind: fc.constant('tokens' as const), limit: mostly(5_000, 100, 0) }),
  fc.record({ kind: fc.constant('wall' as const), limitMs: mostly(3 * hour, hour / 2, 1, hour) }),
  fc.record({
    kind: fc.constant('money' as const),
    limitMicros: mostly(1_001, 1_000, 999),
    currency: fc.constant('EUR'),
  }),
);

const member = (id: string, asked: ActionRequest): fc.Arbitrary<Mandate> =>
  fc
    .record({
      authority: set(asked),
      overlays: fc.array(
        set(asked).map((authority) => ({ authority, at: t0, by: 'ada', reason: 'less' })),
        { maxLength: 1 },
      ),
      conditions: fc.oneof(
        { weight: 30, arbitrary: fc.array(holding, { maxLength: 1 }) },
        { weight: 2, arbitrary: fc.array(condition, { minLength: 1, maxLength: 2 }) },
        { weight: 4, arbitrary: fc.array(timed, { minLength: 1, maxLength: 1 }) },
      ),
      history: fc.oneof(
        { weight: 4, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.uniqueArray(historyRule, { minLength: 1, maxLength: 2, selector: ({ id }) => id }) },
      ),
      budgets: fc.array(budget, { maxLength: 1 }),
      expiresAt: mostly(t0 + 2 * hour, t0 + hour, t0 + 1, t0 + hour / 2),
      epoch: fc.integer({ min: 1, max: 3 }),
      version: fc.integer({ min: 1, max: 5 }),
      state: fc.oneof(
        { weight: 30, arbitrary: fc.constant(states[1] ?? { name: 'active', since: t0 }) },
        { weight: 1, arbitrary: fc.constantFrom(...states) },
      ),
    })
    .map((with_) => mandate(id, { ...with_, actor: `actor of ${id}` }));

const spend: fc.Arbitrary<Spend> = fc.record({
  calls: mostly(0, 9, 10),
  tokens: mostly(0, 99, 100),
  moneyMicros: mostly(0, 1_000),
});

/** One request and a chain of one to seven mandates built around it. */
const relatedInput: fc.Arbitrary<EvaluationInput> = fc
  .tuple(request, fc.integer({ min: 1, max: 7 }))
  .chain(([asked, depth]) => {
    const ids = Array.from({ length: depth }, (_, index) => ['m0', ...Array<string>(index).fill('1')].join('.'));
    const leaf = ids.at(-1) ?? 'm0';
    return fc
      .record({
        chain: fc.tuple(...ids.map((id) => member(id, asked))).map((chain) => [...chain]),
        isKnown: mostly(true, false),
        actor: mostly(`actor of ${leaf}`, 'actor of m0', 'mallory'),
        isUsable: mostly(true, false),
        isPermitted: mostly(true, false),
        now: mostly(t0 + hour / 2 - 1, t0, t0 + 1, t0 + hour / 2, t0 + hour - 1, t0 + hour, t0 + 2 * hour),
        read: reading,
        spent: spend,
        past: remembered(asked),
        isBegun: mostly(false, true),
        policyAsks: mostly(false, true),
        draws: sometimes(spend, 1, 1),
        approval: sometimes(
          fc.record({
            action: mostly(asked.action, 'other.act'),
            resource: mostly(asked.resource, `${asked.resource}x`),
            mandate: mostly(leaf, 'm0'),
            parameterDigest: mostly('digest', 'other'),
            late: mostly(0, 1),
            expiresAt: mostly(t0 + 3 * hour, t0 + hour / 2, t0 + hour / 2 - 1),
          }),
          1,
          1,
        ),
      })
      .map(
        ({
          chain,
          isKnown,
          actor,
          isUsable,
          isPermitted,
          now,
          read,
          spent,
          draws,
          past,
          isBegun,
          policyAsks,
          approval,
        }): EvaluationInput => {
          const epochs = chain.reduce((sum, one) => sum + one.epoch, 0);
          return {
            chain: isKnown ? chain : chain.toSpliced(depth >> 1, 1),
            mandate: leaf,
            request: asked,
            actionClass: 'consequential_write',
            parameterDigest: 'digest',
            token: isUsable ? { usable: true, actor } : { usable: false, detail: 'expired' },
            policy: isPermitted
              ? { permits: true, version: 'p1', ...(policyAsks && { asks: true as const }) }
              : { permits: false, version: 'p1', detail: 'office hours' },
            signals: (subject) => {
              const value = readings.get(subject);
              return value === undefined ? undefined : { value, ...read };
            },
            spend: () => spent,
            ...(draws !== undefined && { draws }),
            approvals: approval === undefined ? [] : [{ ...approval, epoch: epochs - approval.late }],
            history: isBegun ? { kind: 'begun' } : historyOf(past),
            now,
          };
        },
      );
  });

const historyOf = (past: RuleHistory): History => ({
  kind: 'known',
  of: () => past,
  parameter: (name) => (name === 'tree' ? 'one' : undefined),
});

/** How often each outcome comes at least, of three thousand. */
const mustOccur: readonly (readonly [ReasonCode, number])[] = [
  ['permitted', 600],
  ['approval_required', 15],
  ['out_of_authority', 300],
  ['ancestor_inactive', 100],
  ['mandate_inactive', 100],
  ['condition_failed', 20],
  ['condition_unknown', 50],
  ['budget_spent', 20],
  ['history_required', 20],
  ['credential_unusable', 20],
  ['actor_mismatch', 20],
  ['policy_refused', 20],
  ['unknown_mandate', 50],
  ['malformed_request', 50],
];

/** The reference has no thought of speed, and a busy machine takes its time. */
const patience = { timeout: 60_000 };

describe('evaluate, beside the naive reference', patience, () => {
  it('agrees on the decision and the reason', () => {
    const seen = new Map<ReasonCode, number>();
    let deepPermits = 0;
    fc.assert(
      fc.property(relatedInput, (input) => {
        const verdict = evaluate(input);
        const { decision, against } = naiveEvaluate(input);
        const code = against[0] ?? 'permitted';
        expect({ decision: verdict.decision, code: verdict.reason.code }).toEqual({ decision, code });
        seen.set(code, (seen.get(code) ?? 0) + 1);
        if (decision === 'permit' && input.chain.length >= 5) deepPermits += 1;
      }),
      { seed: 4, numRuns: 3_000 },
    );
    const rare = mustOccur.filter(([code, least]) => (seen.get(code) ?? 0) < least).map(([code]) => code);
    expect(rare).toEqual([]);
    expect(deepPermits).toBeGreaterThan(100);
  });

  it('says how long a permit lasts: the reference still permits in the last millisecond', () => {
    let shortened = 0;
    fc.assert(
      fc.property(relatedInput, fc.nat(), (input, between) => {
        const { decision, validUntil } = evaluate(input);
        fc.pre(decision === 'permit');
        expect(validUntil).toBeGreaterThan(input.now);
        const last = Math.min(validUntil, input.now + 10 * hour) - 1;
        for (const now of [last, input.now + (between % (last - input.now + 1))])
          expect(naiveEvaluate({ ...input, now })).toEqual({ decision: 'permit', against: [] });
        if (naiveEvaluate({ ...input, now: last + 1 }).decision !== 'permit') shortened += 1;
      }),
      { seed: 4, numRuns: 600 },
    );
    expect(shortened).toBeGreaterThan(500);
  });
});
