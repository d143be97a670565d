/**
 * Somebody who wants a yes that is none, at any depth of a chain. Written from docs/ontology.md and docs/authority.md alone: each law makes a question to which the answer is known, because
 * it was made by what was done to a chain that permits, and then asks. What was done takes the yes away as often as it does not, and the mix is asserted.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Budget, Condition, Mandate, MandateState } from '../mandate/mandate.ts';
import type { AuthorityEntry, AuthoritySet, Constraints, EntryDelegation } from '../set/authority-set.ts';
import { mayHandOn } from '../set/delegation.ts';
import type { ActionRequest } from '../set/request.ts';
import { isSubset } from '../set/subset.ts';
import { hour, mandate, states, t0 } from '../test-support/mandates.ts';
import type { SignalReading } from './condition.ts';
import type { ActionApproval, EvaluationInput, Spend } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import { noHistory } from './history.ts';

// ── what everything starts from: a chain of some depth, and a question it permits ──

const now = t0 + 60_000;
const everything: AuthorityEntry = {
  resource: 'workspace://p/src',
  resourceMatch: 'prefix',
  actions: ['file.*'],
  constraints: {},
};
const wanted: ActionRequest = { action: 'file.write', resource: 'workspace://p/src/a/b.ts', parameters: {} };
const nothingSpent: Spend = { calls: 0, tokens: 0, moneyMicros: 0 };

/** `m0`, `m0.1`, `m0.1.1` …, each for an actor of its own. */
function chainOf(length: number, authority: AuthoritySet = [everything]): readonly Mandate[] {
  return Array.from({ length }, (_, depth) =>
    mandate(`m0${'.1'.repeat(depth)}`, { authority, actor: `agent-${String(depth)}` }),
  );
}

function asked(chain: readonly Mandate[], more: Partial<EvaluationInput> = {}): EvaluationInput {
  const leaf = chain.at(-1);
  return {
    chain,
    mandate: leaf?.id ?? 'm0',
    request: wanted,
    actionClass: 'consequential_write',
    parameterDigest: 'digest',
    token: { usable: true, actor: leaf?.actor ?? 'agent' },
    policy: { permits: true, version: 'policy-1' },
    signals: () => undefined,
    spend: () => nothingSpent,
    approvals: [],
    history: noHistory,
    now,
    ...more,
  };
}

/** The mandate at `at` of a chain, changed. */
const changed = (chain: readonly Mandate[], at: number, change: (mandate: Mandate) => Partial<Mandate>) =>
  chain.map((each, index) => (index === at ? { ...each, ...change(each) } : each));

/** A chain, and where in it somebody does something. */
const place = fc
  .integer({ min: 1, max: 7 })
  .chain((length) => fc.record({ length: fc.constant(length), at: fc.nat({ max: length - 1 }) }));

/** The same number of runs with a yes and without one, give or take: with less than one in twenty of either, the law says nothing. */
function law<T>(cases: fc.Arbitrary<T>, permits: (made: T) => boolean, of: (made: T) => EvaluationInput): void {
  const runs = 1_500;
  let yeses = 0;
  fc.assert(
    fc.property(cases, (made) => {
      const verdict = evaluate(of(made));
      const isYes = permits(made);
      expect(verdict.decision === 'permit', JSON.stringify(verdict.reason)).toBe(isYes);
      // A yes is three yeses, and anything else has a reason.
      expect(verdict.token.yes && verdict.policy.yes && verdict.mandate.yes).toBe(isYes);
      expect(verdict.reason.code === 'permitted').toBe(isYes);
      if (isYes) yeses += 1;
    }),
    { numRuns: runs },
  );
  expect(yeses).toBeGreaterThan(runs / 20);
  expect(yeses).toBeLessThan(runs - runs / 20);
}

describe('no yes that is none', () => {
  // ── 1. anything that is not in force, at any depth ──

  const branch: Condition = {
    id: 'open',
    subject: 'branch:p/main',
    test: 'not_equals',
    value: 'frozen',
    onFailure: 'suspend',
    returns: 'by_reinstatement',
    holdMs: 0,
    maxAgeMs: 1_000,
    whenUnreported: 'unknown',
  };
  const reading = (value: SignalReading['value'], at = now): Partial<EvaluationInput> => ({
    signals: (subject) => (subject === branch.subject ? { value, at, sequence: 1 } : undefined),
  });
  type Act = {
    readonly name: string;
    readonly harmless: boolean;
    readonly act: (chain: readonly Mandate[], at: number) => EvaluationInput;
  };
  const one = (name: string, harmless: boolean, change: (mandate: Mandate) => Partial<Mandate>, more = {}): Act => ({
    name,
    harmless,
    act: (chain, at) => asked(changed(chain, at, change), more),
  });
  const dependent = (name: string, harmless: boolean, more: Partial<EvaluationInput>, change = {}): Act =>
    one(name, harmless, () => ({ conditions: [{ ...branch, ...change }] }), more);
  const whole = (name: string, harmless: boolean, act: Act['act']): Act => ({ name, harmless, act });

  const acts: readonly Act[] = [
    ...states.map((state) => one(state.name, state.name === 'active', () => ({ state }))),
    // The state is text where it comes out of a journal; a name nobody knows is not active.
    ...['Active', 'ACTIVE', 'active ', '', 'resumed', 'constructor'].map((name) =>
      // A journal of another release could hold it.
      one(`state ${name}`, false, () => ({ state: { name, since: t0 } as unknown as MandateState })),
    ),
    one('over now', false, () => ({ expiresAt: now })),
    one('over a moment ago', false, () => ({ expiresAt: now - 1 })),
    one('over in a moment', true, () => ({ expiresAt: now + 1 })),
    one('an end that is no time', false, () => ({ expiresAt: Number.NaN })),
    one('over, and called active since', false, () => ({ expiresAt: t0, state: { name: 'active', since: now } })),
    one('wall time over', false, () => ({ budgets: [{ kind: 'wall', limitMs: now - t0 }] })),
    one('wall time left', true, () => ({ budgets: [{ kind: 'wall', limitMs: now - t0 + 1 }] })),
    one('never approved', false, () => ({ approvedAt: null, budgets: [{ kind: 'wall', limitMs: hour }] })),
    one('another version', true, ({ version, epoch }) => ({ version: version + 3, epoch: epoch + 2 })),
    one('other people', true, () => ({ steerers: ['mallory'], approvers: ['bo'], purpose: 'active' })),
    one('allows nothing', false, () => ({ authority: [] })),
    one('allows more beside it', true, ({ authority }) => ({
      authority: [...authority, { ...everything, resource: 'workspace://p/docs', constraints: { tenant: 'a' } }],
    })),
    one('one entry that cannot be read', false, ({ authority }) => ({
      authority: [...authority, { ...everything, resource: 'workspace://p/%2e%2e%2f' }],
    })),
    one('a bound nobody understands', false, () => ({
      authority: [{ ...everything, constraints: { unknown: { max_moon_phase: 1 } } }],
    })),
    dependent('a condition that holds', true, reading('open')),
    dependent('a condition that fails', false, reading('frozen')),
    dependent('nobody reported', false, {}),
    dependent('nobody reported, which was approved', true, {}, { whenUnreported: 'holds' }),
    dependent('as old as it may be', true, reading('open', now - 1_000)),
    dependent('older', false, reading('open', now - 1_001)),
    dependent('dated ahead', false, reading('open', now + 1_001)),
    dependent('dated never', false, reading('open', Number.NaN)),
    dependent('of another kind', false, reading(true)),
    dependent('an order of texts', false, reading('1'), { test: 'less_than', value: '2' }),
    dependent('an order of text and number', false, reading('1'), { test: 'less_than', value: 2 }),
    dependent('an order of numbers', true, reading(1), { test: 'less_than', value: 2 }),
    dependent('no number', false, reading(Number.NaN), { test: 'not_equals', value: 2 }),
    whole('policy says no', false, (chain) =>
      asked(chain, { policy: { permits: false, version: 'policy-1', detail: 'not on Fridays' } }),
    ),
    whole('no credential', false, (chain) => asked(chain, { token: { usable: false, detail: 'expired' } })),
    whole('the credential of somebody else', false, (chain) =>
      asked(chain, { token: { usable: true, actor: 'agent' } }),
    ),
    whole('the credential of an ancestor', false, (chain, at) =>
      asked(chain.length === 1 ? [] : chain, { token: { usable: true, actor: `agent-${String(at - 1)}` } }),
    ),
    whole('an unknown mandate', false, () => asked([])),
    whole('asked about another', false, (chain) => asked(chain, { mandate: 'm1' })),
    whole('one is left out', false, (chain, at) =>
      asked(chain.length === 1 ? [] : chain.filter((_, index) => index !== Math.min(at, chain.length - 2))),
    ),
    whole('only the last', false, (chain) => asked(chain.length === 1 ? [] : chain.slice(-1))),
    one('under another', false, () => ({ parent: 'm1' })),
    whole('one comes twice', false, (chain, at) =>
      asked(chain.flatMap((each, i) => (i === at ? [each, each] : [each]))),
    ),
    whole('the other way round', false, (chain) => asked(chain.length === 1 ? [] : chain.toReversed())),
  ];

  test('whatever is not in force, at any depth', () => {
    const [harmful, harmless] = [acts.filter((act) => !act.harmless), acts.filter((act) => act.harmless)];
    law(
      fc.record({ place, act: fc.oneof(fc.constantFrom(...harmful), fc.constantFrom(...harmless)) }),
      ({ act }) => act.harmless,
      ({ place: { length, at }, act }) => act.act(chainOf(length), at),
    );
  });

  test('each of these acts alone, at every depth of a chain of four', () => {
    const told = acts.flatMap(({ name, harmless, act }) =>
      [0, 1, 2, 3]
        .filter((at) => (evaluate(act(chainOf(4), at)).decision === 'permit') !== harmless)
        .map((at) => `${name} at ${String(at)}`),
    );
    expect(told).toEqual([]);
  });

  // ── 2. narrowings ──

  const wide: AuthoritySet = [everything];
  const covering: readonly AuthoritySet[] = [
    wide,
    [{ ...everything, resource: 'workspace://p/src/a/b.ts', resourceMatch: 'exact', actions: ['file.write'] }],
    [
      { ...everything, resource: 'workspace://p/docs' },
      { ...everything, resource: 'workspace://p/src/a' },
    ],
    [{ ...everything, actions: ['git.push', 'file.write'] }],
    [{ ...everything, constraints: { requiresActionApproval: true } }, everything],
    [{ ...everything, constraints: { freshnessMs: 10 } }],
  ];
  const leavingOut: readonly AuthoritySet[] = [
    [],
    [{ ...everything, resource: 'workspace://p/docs' }],
    [{ ...everything, resource: 'workspace://p/src/a/b', resourceMatch: 'prefix' }],
    [{ ...everything, resource: 'workspace://p/src/a', resourceMatch: 'exact' }],
    [{ ...everything, actions: ['file.read'] }],
    [{ ...everything, actions: ['file'] }],
    [{ ...everything, actions: ['file.write.*'] }],
    [{ ...everything, constraints: { tenant: 'a' } }],
    [{ ...everything, constraints: { maxAmount: { amount: '1000000', currency: 'EUR' } } }],
    [{ ...everything, constraints: { dataClassification: ['public'] } }],
    [{ ...everything, constraints: { unknown: { x: true } } }],
    // An asking entry permits nobody without a yes.
    [{ ...everything, constraints: { requiresActionApproval: true } }],
  ];
  type Narrowing = { readonly set: AuthoritySet; readonly at: number; readonly takesAway: boolean };
  const narrowing: fc.Arbitrary<Narrowing> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ set: fc.constantFrom(...covering), at: fc.nat(6), takesAway: fc.constant(false) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ set: fc.constantFrom(...leavingOut), at: fc.nat(6), takesAway: fc.constant(true) }),
    },
  );
  const narrowed = (length: number, all: readonly Narrowing[]): readonly Mandate[] =>
    all.reduce<readonly Mandate[]>(
      (chain, { set, at }) =>
        changed(chain, at % length, ({ overlays }) => ({
          overlays: [...overlays, { authority: set, at: now, by: 'ada', reason: 'narrower' }],
        })),
      chainOf(length),
    );

  test('whatever was narrowed away, anywhere above, however often and in whatever order', () => {
    law(
      fc.record({ length: fc.integer({ min: 1, max: 7 }), all: fc.array(narrowing, { maxLength: 8 }) }),
      ({ all }) => !all.some(({ takesAway }) => takesAway),
      ({ length, all }) => asked(narrowed(length, all)),
    );
  });

  test('and no narrowing makes a yes younger or longer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.array(narrowing, { minLength: 1, maxLength: 8 }),
        (length, all) => {
          const at = (count: number) =>
            evaluate(asked(narrowed(length, all.slice(0, count)), { actionClass: 'consequential_read' }));
          for (let count = 1; count <= all.length; count += 1) {
            const [before, after] = [at(count - 1), at(count)];
            if (before.decision !== 'permit') expect(after.decision).not.toBe('permit');
            else if (after.decision === 'permit') {
              expect(after.validUntil).toBeLessThanOrEqual(before.validUntil);
              expect(after.freshnessMs).toBeLessThanOrEqual(before.freshnessMs);
            }
          }
        },
      ),
    );
  });

  // ── 3. budgets ──

  const counted = fc.oneof(
    { weight: 9, arbitrary: fc.nat(12) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, -1, -0, Number.MAX_SAFE_INTEGER, Infinity) },
  );
  const spend = fc.record({ calls: counted, tokens: counted, moneyMicros: counted });
  const draw = fc.record({ calls: fc.nat(3), tokens: fc.nat(3), moneyMicros: fc.nat(3) });
  const limit = fc.oneof({ weight: 14, arbitrary: fc.integer({ min: 4, max: 20 }) }, { weight: 1, arbitrary: counted });
  const budget: fc.Arbitrary<Budget> = fc.oneof(
    limit.map((of) => ({ kind: 'calls', limit: of }) as const),
    limit.map((of) => ({ kind: 'tokens', limit: of, whenSpent: 'interrupt' }) as const),
    limit.map((of) => ({ kind: 'money', limitMicros: of, currency: 'EUR' }) as const),
  );
  const spentOf = (of: Budget, { calls, tokens, moneyMicros }: Spend): readonly [number, number] => {
    if (of.kind === 'wall') throw new Error('not of this law');
    if (of.kind === 'money') return [of.limitMicros, moneyMicros];
    return [of.limit, of.kind === 'calls' ? calls : tokens];
  };
  /** There is something left, and as much as is drawn; of what is no number nothing is left. */
  const hasLeft = (of: Budget, spent: Spend, drawn: Spend | undefined): boolean => {
    const [most, gone] = spentOf(of, spent);
    const [, takes] = drawn === undefined ? [0, 0] : spentOf(of, drawn);
    const left = most - gone;
    return left > 0 && left >= takes;
  };

  test('more than what is left of any budget above', () => {
    law(
      fc.record({
        each: fc.array(fc.record({ budgets: fc.array(budget, { maxLength: 2 }), spent: spend }), {
          minLength: 1,
          maxLength: 4,
        }),
        draws: fc.option(draw, { nil: undefined }),
      }),
      ({ each, draws }) => each.every(({ budgets, spent }) => budgets.every((of) => hasLeft(of, spent, draws))),
      ({ each, draws }) => {
        const chain = each.reduce(
          (made, { budgets }, at) => changed(made, at, () => ({ budgets })),
          chainOf(each.length),
        );
        const spentBy = new Map(chain.map(({ id }, at) => [id, each[at]?.spent ?? nothingSpent]));
        return asked(chain, {
          spend: (id) => spentBy.get(id) ?? nothingSpent,
          ...(draws !== undefined && { draws }),
        });
      },
    );
  });

  // ── 4. time ──

  const minute = 60_000;
  /** An instant in one of its spellings: offsets, digits after the second, cases. */
  const spelled = (at: number, how: number): string => {
    const offset = [0, 60, -90, 14 * 60, -12 * 60][how % 5] ?? 0;
    const local = new Date(at + offset * minute).toISOString().replace('Z', '');
    const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((n) =>
      String(n).padStart(2, '0'),
    );
    return `${local}${how % 2 === 0 ? '' : '000000'}${offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${hours ?? ''}:${minutes ?? ''}`}`;
  };
  const near = fc.oneof(fc.constantFrom(-1, 0, 1), fc.integer({ min: -3, max: 60 })).map((minutesOff) => minutesOff);
  const window = fc.record({
    /** In milliseconds before and after the hour of the question, a little wrong at times. */
    before: fc.option(near, { nil: undefined, freq: 3 }),
    after: fc.option(near, { nil: undefined, freq: 3 }),
    ends: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 90 }) },
      { weight: 1, arbitrary: fc.integer({ min: -1, max: 1 }) },
    ),
    how: fc.nat(9),
  });
  type Window = { before: number | undefined; after: number | undefined; ends: number; how: number };
  const windowed = (all: readonly Window[]): readonly Mandate[] =>
    all.reduce(
      (chain, { before, after, ends, how }, at) =>
        changed(chain, at, () => {
          const timeWindow = {
            ...(before !== undefined && { notBefore: spelled(now - before, how) }),
            ...(after !== undefined && { notAfter: spelled(now + after, how + 1) }),
          };
          const isBound = before !== undefined || after !== undefined;
          return {
            authority: [{ ...everything, constraints: isBound ? { timeWindow } : {} }],
            expiresAt: now + ends,
          };
        }),
      chainOf(all.length),
    );
  const holdsAt = (all: readonly Window[], ms: number): boolean =>
    all.every(({ before = Infinity, after = Infinity, ends }) => ms >= -before && ms <= after && ms < ends);
  const windows = fc.array(window, { minLength: 1, maxLength: 4 });

  test('outside of any window or after any end above, in whatever spelling', () => {
    law(
      windows,
      (all) => holdsAt(all, 0),
      (all) => asked(windowed(all)),
    );
  });

  test('and a yes is a yes up to the moment it says, and not from there on', () => {
    let yeses = 0;
    fc.assert(
      fc.property(windows, fc.nat(), (all, some) => {
        const chain = windowed(all);
        const verdict = evaluate(asked(chain));
        if (verdict.decision !== 'permit') return;
        yeses += 1;
        expect(Number.isSafeInteger(verdict.validUntil)).toBe(true);
        const later = now + (some % (verdict.validUntil - now));
        for (const at of [later, verdict.validUntil - 1])
          expect(evaluate(asked(chain, { now: at })).decision).toBe('permit');
        expect(evaluate(asked(chain, { now: verdict.validUntil })).decision).toBe('refuse');
      }),
      { numRuns: 1_000 },
    );
    expect(yeses).toBeGreaterThan(50);
  });

  // ── 5. catalogues and prefixes ──

  const tools: AuthorityEntry = {
    resource: 'mcp://ledger/',
    resourceMatch: 'prefix',
    actions: ['mcp.call'],
    constraints: {},
    catalogueDigest: 'sha256-approved',
  };
  type Pin = { readonly entry: Partial<AuthorityEntry>; readonly reaches: boolean };
  const pins: readonly Pin[] = [
    { entry: {}, reaches: true },
    { entry: { resource: 'mcp://ledger' }, reaches: true },
    // One tool by name is what it is, with any catalogue it was found in, or the one it says.
    { entry: { resource: 'mcp://ledger/post', resourceMatch: 'exact' }, reaches: true },
    { entry: { catalogueDigest: 'sha256-earlier' }, reaches: false },
    { entry: { resource: 'mcp://ledger/po' }, reaches: false },
    { entry: { resource: 'mcp://ledger-2/' }, reaches: false },
    { entry: { resource: 'mcp://ledger/post/' }, reaches: true },
    { entry: { actions: ['mcp.read'] }, reaches: false },
  ];
  const pinned = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...pins.filter(({ reaches }) => reaches)) },
    { weight: 1, arbitrary: fc.constantFrom(...pins.filter(({ reaches }) => !reaches)) },
  );
  const shown = fc.oneof(
    { weight: 4, arbitrary: fc.constant<string | undefined>('sha256-approved') },
    {
      weight: 1,
      arbitrary: fc.constantFrom<(string | undefined)[]>(
        undefined,
        '',
        'SHA256-APPROVED',
        'sha256-approved ',
        'sha256-later',
      ),
    },
  );

  test('a tool that was not there to be approved, or that a prefix only seems to hold', () => {
    law(
      fc.record({ chain: fc.array(pinned, { minLength: 1, maxLength: 6 }), digest: shown }),
      ({ chain, digest }) => digest === 'sha256-approved' && chain.every(({ reaches }) => reaches),
      ({ chain, digest }) =>
        asked(
          chain.reduce(
            (made, { entry }, at) => changed(made, at, () => ({ authority: [{ ...tools, ...entry }] })),
            chainOf(chain.length),
          ),
          {
            request: {
              action: 'mcp.call',
              resource: 'mcp://ledger/post',
              parameters: digest === undefined ? {} : { catalogueDigest: digest },
            },
          },
        ),
    );
  });

  // ── 6. spellings ──

  /** One name in several spellings that RFC 3986 takes for the same. */
  const respell = (path: string, choices: readonly number[]): string =>
    path.replaceAll(/[/a-zA-Z0-9.-]/g, (char, at: number) => {
      if (choices[at % choices.length] !== 1) return char;
      const hex = char.charCodeAt(0).toString(16);
      return char === '/' ? '/./' : `%${at % 2 === 0 ? hex : hex.toUpperCase()}`;
    });
  type Spelling = {
    readonly name: string;
    readonly holds: boolean;
    readonly of: (site: string, choices: readonly number[]) => string;
  };
  const inside = 'src/a/b.ts';
  const spellings: readonly Spelling[] = [
    { name: 'respelled', holds: true, of: (site, choices) => site + respell(inside, choices) },
    { name: 'there and back', holds: true, of: (site) => `${site}docs/../src/a/b.ts` },
    {
      name: 'the scheme in capitals',
      holds: true,
      of: (site) => site.replace(/^[a-z]+/, (scheme) => scheme.toUpperCase()) + inside,
    },
    { name: 'a neighbour', holds: false, of: (site, choices) => `${site}${respell('src-evil/a', choices)}` },
    { name: 'a longer name', holds: false, of: (site) => `${site}src.ts` },
    { name: 'out by dots', holds: false, of: (site) => `${site}src/../docs/a` },
    { name: 'out by encoded dots', holds: false, of: (site) => `${site}src/%2e%2E/docs/a` },
    { name: 'out by half encoded dots', holds: false, of: (site) => `${site}src/.%2e/docs/a` },
    { name: 'above the root', holds: false, of: (site) => `${site}src/../../../etc` },
    { name: 'an encoded slash', holds: false, of: (site) => `${site}src%2fa` },
    { name: 'an encoded way out', holds: false, of: (site) => `${site}src/..%2f..%2fdocs` },
    { name: 'out over an empty segment', holds: false, of: (site) => `${site}src//../docs/a` },
    { name: 'out over an empty segment, later', holds: false, of: (site) => `${site}src//a/../%2e%2e/docs` },
    { name: 'encoded twice', holds: false, of: (site) => `${site}src/%252e%252e/docs` },
    { name: 'a slash of the other kind', holds: false, of: (site) => `${site}src/..\\docs` },
    { name: 'an encoded slash of the other kind', holds: false, of: (site) => `${site}src/..%5cdocs` },
    { name: 'a wide slash', holds: false, of: (site) => `${site}src/..\uff0fdocs` },
    { name: 'an encoded wide slash', holds: false, of: (site) => `${site}src/..%ef%bc%8fdocs` },
    { name: 'wide dots', holds: false, of: (site) => `${site}src/\uff0e\uff0e/docs` },
    { name: 'nothing', holds: false, of: (site) => `${site}src/a\u0000/b` },
    { name: 'encoded nothing', holds: false, of: (site) => `${site}src/a%00/b` },
    { name: 'a line', holds: false, of: (site) => `${site}src/a\n/b` },
    { name: 'no width', holds: false, of: (site) => `${site}src/a\u200b` },
    { name: 'encoded no width', holds: false, of: (site) => `${site}src/a%e2%80%8b` },
    { name: 'the other direction', holds: false, of: (site) => `${site}src/\u202ea` },
    { name: 'outside of NFC', holds: false, of: (site) => `${site}src/e\u0301` },
    { name: 'half a character', holds: false, of: (site) => `${site}src/\ud800` },
    { name: 'bytes that are no text', holds: false, of: (site) => `${site}src/%ff%fe` },
    { name: 'a percent of nothing', holds: false, of: (site) => `${site}src/%zz` },
    { name: 'other letters', holds: false, of: (site) => `${site}\u0455rc/a` },
    { name: 'in capitals', holds: false, of: (site) => `${site}SRC/a` },
    { name: 'somebody at it', holds: false, of: (site) => `${site.replace('://', '://somebody@')}${inside}` },
    { name: 'its place as a name', holds: false, of: (site) => `${site.replace('://', '://other%2f')}${inside}` },
    { name: 'a longer place', holds: false, of: (site) => `${site.replace(/\/$/, '.evil.example/')}${inside}` },
    { name: 'another port', holds: false, of: (site) => `${site.replace(/\/$/, ':444/')}${inside}` },
    { name: 'another scheme', holds: false, of: (site) => `${site.replace(/^[a-z]+/, 'ftp')}${inside}` },
    { name: 'no place', holds: false, of: () => `///${inside}` },
    { name: 'no scheme', holds: false, of: (site) => site.replace(/^[a-z]+:/, '') + inside },
  ];
  const sites = ['https://api.example/', 'workspace://p/', 'git://p/'];

  test('another place in the spelling of this one', () => {
    const [bad, good] = [spellings.filter(({ holds }) => !holds), spellings.filter(({ holds }) => holds)];
    law(
      fc.record({
        length: fc.integer({ min: 1, max: 4 }),
        site: fc.constantFrom(...sites),
        spelling: fc.oneof(fc.constantFrom(...bad), fc.constantFrom(...good)),
        choices: fc.array(fc.nat(1), { minLength: 1, maxLength: 12 }),
      }),
      ({ spelling }) => spelling.holds,
      ({ length, site, spelling, choices }) =>
        asked(chainOf(length, [{ ...everything, resource: `${site}src` }]), {
          request: { ...wanted, resource: spelling.of(site, choices) },
        }),
    );
  });

  test('each of these spellings alone, at each kind of place', () => {
    const told = spellings.flatMap(({ name, holds, of }) =>
      sites
        .filter((site) => {
          const chain = chainOf(2, [{ ...everything, resource: `${site}src` }]);
          const input = asked(chain, { request: { ...wanted, resource: of(site, [1, 0, 1]) } });
          return (evaluate(input).decision === 'permit') !== holds;
        })
        .map((site) => `${name} at ${site}`),
    );
    expect(told).toEqual([]);
  });

  // ── 7. tenants and who gets it ──

  type Shown = { readonly value: string | undefined; readonly meets: boolean };
  const tenants: readonly Shown[] = [
    { value: 'acme', meets: true },
    ...['ACME', 'acme ', 'acm', 'acme2', '', 'a\u200bcme', undefined].map((value) => ({ value, meets: false })),
  ];
  const recipients: readonly Shown[] = [
    ...['example.com', 'EXAMPLE.com', 'mail.example.com', 'a.b.Example.Com'].map((value) => ({ value, meets: true })),
    ...[
      'evil-example.com',
      'example.com.evil.example',
      'xample.com',
      'com',
      'examplecom',
      '.example.com',
      'mail..example.com',
      'example.com/evil',
      'evil@example.com',
      'evil.example\u3002com',
      'ex\u0430mple.com',
      '*.example.com',
      '',
      undefined,
    ].map((value) => ({ value, meets: false })),
  ];
  const either = (all: readonly Shown[]): fc.Arbitrary<Shown> =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...all.filter(({ meets }) => meets)) },
      { weight: 1, arbitrary: fc.constantFrom(...all.filter(({ meets }) => !meets)) },
    );

  test('for another tenant, or to somebody else', () => {
    law(
      fc.record({
        place,
        tenant: either(tenants),
        recipient: either(recipients),
        bounds: fc.constantFrom<Constraints[]>(
          { tenant: 'acme', recipientDomain: 'example.com' },
          { tenant: 'acme' },
          { recipientDomain: 'example.COM' },
        ),
        /** What everything inherits is nobody's own fact. */
        isInherited: fc.integer({ min: 0, max: 9 }).map((of) => of === 0),
      }),
      ({ tenant, recipient, bounds, isInherited }) =>
        !isInherited &&
        (bounds.tenant === undefined || tenant.meets) &&
        (bounds.recipientDomain === undefined || recipient.meets),
      ({ place: { length, at }, tenant, recipient, bounds, isInherited }) => {
        const facts = {
          ...(tenant.value !== undefined && { tenant: tenant.value }),
          ...(recipient.value !== undefined && { recipientDomain: recipient.value }),
        };
        // `Object.create` gives what it is told to inherit, and nothing of its own.
        const parameters = isInherited ? (Object.create(facts) as ActionRequest['parameters']) : facts;
        return asked(
          changed(chainOf(length), at, () => ({ authority: [{ ...everything, constraints: bounds }] })),
          { request: { ...wanted, parameters } },
        );
      },
    );
  });

  // ── 8. handing on ──

  const rooms = ['a', 'b', 'c'];
  const verbs = ['file.read', 'file.write'];
  const handing: readonly (EntryDelegation | undefined)[] = [
    { maxDepth: 3, children: { maxChildDepth: 3 } },
    { maxDepth: 3, children: { maxChildDepth: 3 } },
    { maxDepth: 2, children: { maxChildDepth: 2 } },
    { maxDepth: 3, children: { maxChildDepth: 3, allowedChildActors: [{ actor: 'agent-1' }, { actor: 'agent-2' }] } },
    { maxDepth: 1, children: {} },
    { maxDepth: 4 },
  ];
  const part = fc.record({
    room: fc.constantFrom('', ...rooms),
    verb: fc.constantFrom('file.*', ...verbs),
    delegation: fc.constantFrom(...handing),
  });
  type Part = { readonly room: string; readonly verb: string; readonly delegation: EntryDelegation | undefined };
  const entryOf = ({ room, verb, delegation }: Part): AuthorityEntry => ({
    ...everything,
    resource: `workspace://p/${room}`,
    actions: [verb],
    ...(delegation !== undefined && { delegation }),
  });
  const has = (parts: readonly Part[], room: string, verb: string): boolean =>
    parts.some((of) => (of.room === '' || of.room === room) && (of.verb === 'file.*' || of.verb === verb));

  test('more than any above allows, whatever a child says of itself', () => {
    law(
      fc.record({
        levels: fc.array(fc.array(part, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        room: fc.constantFrom(...rooms),
        verb: fc.constantFrom(...verbs),
      }),
      ({ levels, room, verb }) => levels.every((parts) => has(parts, room, verb)),
      ({ levels, room, verb }) =>
        asked(
          levels.reduce(
            (made, parts, at) => changed(made, at, () => ({ authority: parts.map(entryOf) })),
            chainOf(levels.length),
          ),
          { request: { action: verb, resource: `workspace://p/${room}/f`, parameters: {} } },
        ),
    );
  });

  test('nothing is handed on further, or to others, than what it comes from allows', () => {
    let [made, refused] = [0, 0];
    fc.assert(
      fc.property(
        fc.constantFrom(...handing),
        fc.array(fc.array(part, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
        (ofAll, below) => {
          const levels = [[{ room: '', verb: 'file.*', delegation: ofAll }], ...below];
          const sets = levels.map((parts) => parts.map(entryOf));
          // A child is made where its set is within what of its parent's, and of all above, may be handed on to it.
          const isMade = sets.every((set, depth) =>
            sets.slice(0, depth).every(
              (above, at) =>
                isSubset(
                  set,
                  above.filter(({ delegation }) =>
                    mayHandOn(delegation, {
                      actor: `agent-${String(depth)}`,
                      generations: depth - at,
                      liveChildren: 0,
                    }),
                  ),
                ).subset,
            ),
          );
          if (isMade) made += 1;
          else refused += 1;
          if (!isMade) return;
          for (const [depth, parts] of levels.entries())
            for (const room of rooms)
              for (const verb of verbs)
                if (has(parts, room, verb))
                  for (const [at, above] of levels.slice(0, depth).entries()) {
                    const sources = above.filter((of) => has([of], room, verb));
                    const lets = sources.some(({ delegation }) => {
                      const of = delegation?.children;
                      const actors = of?.allowedChildActors;
                      return (
                        delegation === undefined ||
                        (of !== undefined &&
                          (of.maxChildDepth ?? 1) >= depth - at &&
                          (actors === undefined ||
                            actors.some((who) => 'actor' in who && who.actor === `agent-${String(depth)}`)))
                      );
                    });
                    expect(lets).toBe(true);
                  }
        },
      ),
      { numRuns: 4_000 },
    );
    expect(made).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(200);
  });

  // ── 9. a yes to one action ──

  type Given = {
    readonly name: string;
    readonly counts: boolean;
    readonly of: (approval: ActionApproval) => ActionApproval;
  };
  const given: readonly Given[] = [
    { name: 'as it is', counts: true, of: (yes) => yes },
    { name: 'for a while yet', counts: true, of: (yes) => ({ ...yes, expiresAt: now + 1 }) },

    { name: 'over', counts: false, of: (yes) => ({ ...yes, expiresAt: now }) },
    { name: 'over at no time', counts: false, of: (yes) => ({ ...yes, expiresAt: Number.NaN }) },
    { name: 'of another mandate', counts: false, of: (yes) => ({ ...yes, mandate: `${yes.mandate}.1` }) },
    { name: 'of an ancestor', counts: false, of: (yes) => ({ ...yes, mandate: yes.mandate.slice(0, -2) }) },
    { name: 'to another action', counts: false, of: (yes) => ({ ...yes, action: 'file.read' }) },
    { name: 'to a family', counts: false, of: (yes) => ({ ...yes, action: 'file.*' }) },
    { name: 'to what is above', counts: false, of: (yes) => ({ ...yes, resource: 'workspace://p/src/a' }) },
    { name: 'to a neighbour', counts: false, of: (yes) => ({ ...yes, resource: 'workspace://p/src/a/c.ts' }) },
    { name: 'with other parameters', counts: false, of: (yes) => ({ ...yes, parameterDigest: 'digest ' }) },
    { name: 'with none', counts: false, of: (yes) => ({ ...yes, parameterDigest: '' }) },
    { name: 'from before', counts: false, of: (yes) => ({ ...yes, epoch: yes.epoch - 1 }) },
    { name: 'from later', counts: false, of: (yes) => ({ ...yes, epoch: yes.epoch + 100 }) },
  ];

  test('by a yes to something else, or from before it stood still', () => {
    law(
      fc.record({
        place,
        /** Who stood still since: each is suspended and reinstated so often. */
        still: fc.array(fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2), { maxLength: 7 }),
        yeses: fc.array(
          fc.oneof(
            { weight: 1, arbitrary: fc.constantFrom(...given.filter(({ counts }) => counts)) },
            { weight: 2, arbitrary: fc.constantFrom(...given.filter(({ counts }) => !counts)) },
          ),
          { minLength: 1, maxLength: 4 },
        ),
        actionClass: fc.constantFrom<EvaluationInput['actionClass'][]>('consequential_write', 'external_commitment'),
      }),
      ({ place: { length }, still, yeses }) =>
        yeses.some(({ counts }) => counts) && still.slice(0, length).every((times) => times === 0),
      ({ place: { length, at }, still, yeses, actionClass }) => {
        const chain = changed(chainOf(length), at, () => ({
          authority: [{ ...everything, constraints: { requiresActionApproval: true } }],
        }));
        const yes: ActionApproval = {
          mandate: chain.at(-1)?.id ?? '',
          action: wanted.action,
          resource: wanted.resource,
          parameterDigest: 'digest',
          epoch: chain.reduce((sum, { epoch }) => sum + epoch, 0),
          expiresAt: now + hour,
        };
        const since = still.reduce(
          // Suspending turns a yes into a no; reinstating does not.
          (made, times, which) => changed(made, which, ({ epoch }) => ({ epoch: epoch + times })),
          chain,
        );
        return asked(since, { actionClass, approvals: yeses.map(({ of }) => of(yes)) });
      },
    );
  });
});
