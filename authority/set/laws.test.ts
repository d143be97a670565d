// The laws of authority sets (design, "Authority set"): soundness of the subset rule, preorder, greatest lower bound, faithful words.
// Sets are drawn from one small universe and derived from each other, so that they are often related; every property counts how often it said something.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActorMatcher, AuthorityEntry, AuthoritySet, Constraints, EntryDelegation } from './authority-set.ts';
import { compileAuthoritySet } from './compile.ts';
import { mandate } from '../test-support/mandates.ts';
import type { Mandate } from '../mandate/mandate.ts';
import { evaluate } from '../verdict/evaluate.ts';
import type { EvaluationInput, Verdict } from '../verdict/evaluate.ts';
import { noHistory } from '../verdict/history.ts';
import { constraintKeys } from './constraint.ts';
import { intersect } from './intersect.ts';
import { permits, type ActionRequest } from './permits.ts';
import { renderAuthority } from './render.ts';
import { isSubset } from './subset.ts';

const instants = [
  '2026-07-01T00:00:00Z',
  '2026-07-01T02:00:00.000+02:00',
  '2026-08-01T00:00:00.0005Z',
  '2026-09-01T00:00:00Z',
];
const moments = [
  Date.UTC(2026, 5, 1),
  Date.UTC(2026, 6, 1),
  Date.UTC(2026, 7, 1),
  Date.UTC(2026, 7, 1) + 1,
  Date.UTC(2026, 8, 1),
  Date.UTC(2026, 9, 1),
];
const resources = [
  'workspace://p/',
  'workspace://P/src',
  'workspace://p/%73rc/',
  'workspace://p/src/a.ts',
  'workspace://p/src-evil/a.ts',
  'workspace://p/src%20x',
  'git://p/refs/heads/writ',
  'git://p/refs/heads/writ/x',
  'https://a.example',
  'https://a.example/src/x',
];
const literals = ['file.read', 'file.write', 'file.q.read', 'git.push'];
const actions = [...literals, 'file.*', 'file.q.*', 'git.*'];
const amounts = ['1', '500', '500.0', '500.00', '500.000000000000000001', '100000000000000000000'];
const labels = ['public', 'internal', 'secret'];
const domains = ['example.com', 'Mail.example.com', 'example.net', 'com'];
const currencies = ['EUR', 'EUR', 'EUR', 'USD'];
const tenants = ['acme', 'acme', 'globex'];

const amount = fc.record({ amount: fc.constantFrom(...amounts), currency: fc.constantFrom(...currencies) });
const instant = fc.constantFrom(...instants);
const someLabels = fc.subarray(labels);
const window = fc.oneof(
  fc.record({ notBefore: instant, notAfter: instant }),
  fc.record({ notBefore: instant }),
  fc.record({ notAfter: instant }),
);

const bounds: { readonly [K in keyof Omit<Constraints, 'unknown'>]-?: fc.Arbitrary<NonNullable<Constraints[K]>> } = {
  maxAmount: amount,
  resourceIssuedAfter: instant,
  resourceIssuedBefore: instant,
  tenant: fc.constantFrom(...tenants),
  recipientDomain: fc.constantFrom(...domains),
  timeWindow: window,
  dataClassification: someLabels,
  allowedTools: someLabels,
  requiresActionApproval: fc.boolean(),
  freshnessMs: fc.constantFrom(0, 500, 2_000, 9_000),
};

/** Each key present one time in `rarity`. */
const sometimes = <T>(value: fc.Arbitrary<T>, rarity: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 1, arbitrary: value }, { weight: rarity - 1, arbitrary: fc.constant(undefined) });

const constraints: fc.Arbitrary<Constraints> = fc.record({
  maxAmount: sometimes(bounds.maxAmount, 6),
  resourceIssuedAfter: sometimes(bounds.resourceIssuedAfter, 8),
  resourceIssuedBefore: sometimes(bounds.resourceIssuedBefore, 8),
  tenant: sometimes(bounds.tenant, 6),
  recipientDomain: sometimes(bounds.recipientDomain, 6),
  timeWindow: sometimes(bounds.timeWindow, 6),
  dataClassification: sometimes(bounds.dataClassification, 8),
  allowedTools: sometimes(bounds.allowedTools, 8),
  requiresActionApproval: sometimes(bounds.requiresActionApproval, 4),
  freshnessMs: sometimes(bounds.freshnessMs, 4),
});

const count = fc.integer({ min: 1, max: 3 });
const matchers = fc.subarray<ActorMatcher>([{ actor: 'a' }, { actor: 'b' }, { actorKind: 'a' }]);
const delegation: fc.Arbitrary<EntryDelegation> = fc.record({
  maxDepth: count,
  allowedDelegates: sometimes(matchers, 2),
  children: sometimes(
    fc.record({
      maxChildren: sometimes(count, 2),
      allowedChildActors: sometimes(matchers, 3),
      maxChildDepth: sometimes(count, 2),
      childCreationPolicy: sometimes(fc.constantFrom('strict', 'stricter'), 4),
    }),
    2,
  ),
});

const digest = sometimes(fc.constantFrom('d1', 'd2'), 8);
const match = fc.constantFrom('prefix', 'prefix', 'exact');
const entry: fc.Arbitrary<AuthorityEntry> = fc.record({
  resource: fc.constantFrom(...resources),
  resourceMatch: match,
  actions: fc.subarray(actions, { minLength: 1 }),
  constraints,
  delegation: sometimes(delegation, 3),
  catalogueDigest: digest,
});
const set: fc.Arbitrary<AuthoritySet> = fc.array(entry, { minLength: 1, maxLength: 3 });

/** An entry with one member, or one constraint, put to another value. */
const changed = (of: AuthorityEntry): fc.Arbitrary<AuthorityEntry> =>
  fc.oneof(
    fc.constant(of),
    entry.map(({ resource, resourceMatch }) => ({ ...of, resource, resourceMatch })),
    fc.subarray([...of.actions], { minLength: 1 }).map((some) => ({ ...of, actions: some })),
    fc.constantFrom(...literals).map((literal) => ({ ...of, actions: [literal] })),
    sometimes(delegation, 3).map((other) => ({ ...of, delegation: other })),
    digest.map((catalogueDigest) => ({ ...of, catalogueDigest })),
    ...constraintKeys.map((key) =>
      bounds[key].map((value) => ({ ...of, constraints: { ...of.constraints, [key]: value } })),
    ),
    fc.constantFrom(...constraintKeys).map((key) => ({ ...of, constraints: { ...of.constraints, [key]: undefined } })),
  );

/** A set made from another by changing some entries, most of which then relate to what they came from. */
const derived = (from: AuthoritySet): fc.Arbitrary<AuthoritySet> =>
  fc.array(
    fc.constantFrom(...from).chain((of) => changed(of).chain((once) => fc.oneof(fc.constant(once), changed(once)))),
    { minLength: 1, maxLength: 2 },
  );

const family = set.chain((a) => derived(a).map((b) => [b, a] as const));
const line = set.chain((a) => derived(a).chain((b) => derived(b).map((c) => [c, b, a] as const)));
const siblings = set.chain((root) => fc.tuple(derived(root), derived(root)));

const mostly = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant(undefined) });
const request: fc.Arbitrary<ActionRequest> = fc.record({
  action: fc.constantFrom(...literals),
  resource: fc.constantFrom(...resources),
  parameters: fc.record({
    amount: mostly(amount),
    tenant: mostly(fc.constantFrom(...tenants)),
    recipientDomain: mostly(fc.constantFrom(...domains)),
    dataClassification: mostly(someLabels),
    tool: mostly(fc.constantFrom(...labels)),
    resourceIssuedAt: mostly(instant),
    catalogueDigest: mostly(fc.constantFrom('d1', 'd2')),
  }),
});
const requests = fc.array(fc.tuple(request, fc.constantFrom(...moments)), { minLength: 10, maxLength: 20 });

const within = (a: AuthoritySet, b: AuthoritySet): boolean => isSubset(a, b).subset;
const normalised = (of: AuthoritySet): AuthoritySet => {
  const compiled = compileAuthoritySet(of);
  if (!compiled.ok) throw new Error(compiled.why);
  return compiled.set.authority;
};
const runs = { numRuns: 600 };
// One seed, so that the counts below are the same on every run.
fc.configureGlobal({ seed: 20260704 });

describe('the subset rule', () => {
  test('is reflexive', () => {
    fc.assert(
      fc.property(set, (a) => {
        expect(isSubset(a, a)).toEqual({ subset: true });
        expect(isSubset(normalised(a), a)).toEqual({ subset: true });
        expect(isSubset(a, normalised(a))).toEqual({ subset: true });
      }),
    );
  });

  test('is transitive', () => {
    let chains = 0;
    let broken = 0;
    fc.assert(
      fc.property(line, ([c, b, a]) => {
        if (!within(c, b) || !within(b, a)) {
          broken += 1;
          return;
        }
        chains += 1;
        expect(isSubset(c, a)).toEqual({ subset: true });
      }),
      runs,
    );
    expect(chains).toBeGreaterThan(50);
    expect(broken).toBeGreaterThan(50);
  });

  test('is sound: what the inner set permits, the outer set permits, and asks a person no less', () => {
    let related = 0;
    let permitted = 0;
    fc.assert(
      fc.property(family, requests, ([a, b], asked) => {
        if (!within(a, b)) return;
        related += 1;
        for (const [what, now] of asked) {
          const inner = permits(a, what, now);
          if (!inner.permitted) continue;
          permitted += 1;
          const outer = permits(b, what, now);
          expect(outer.permitted).toBe(true);
          if (outer.permitted && !inner.requiresActionApproval) expect(outer.requiresActionApproval).toBe(false);
        }
      }),
      runs,
    );
    expect(related).toBeGreaterThan(100);
    expect(permitted).toBeGreaterThan(100);
  });

  test('dropping any constraint key refuses', () => {
    let dropped = 0;
    const bounded = fc
      .constantFrom(...constraintKeys)
      .chain((key) =>
        fc
          .tuple(entry, bounds[key])
          .map(([of, value]) => [key, { ...of, constraints: { ...of.constraints, [key]: value } }] as const),
      );
    fc.assert(
      fc.property(bounded, ([key, of]) => {
        if (of.constraints[key] === false) return;
        dropped += 1;
        const { [key]: _gone, ...rest } = of.constraints;
        expect(isSubset([{ ...of, constraints: rest }], [of])).toMatchObject({ subset: false, entry: 0 });
      }),
    );
    expect(dropped).toBeGreaterThan(50);
  });
});

describe('intersection', () => {
  test('is within both', () => {
    let common = 0;
    fc.assert(
      fc.property(siblings, ([a, b]) => {
        const both = intersect(a, b);
        if (both.length > 0) common += 1;
        expect(isSubset(both, a)).toEqual({ subset: true });
        expect(isSubset(both, b)).toEqual({ subset: true });
      }),
      runs,
    );
    expect(common).toBeGreaterThan(200);
  });

  test('permits exactly what both permit, and asks when either asks', () => {
    const seen = { both: 0, one: 0 };
    fc.assert(
      fc.property(siblings, requests, ([a, b], asked) => {
        const both = intersect(a, b);
        for (const [what, now] of asked) {
          const [x, y, z] = [permits(a, what, now), permits(b, what, now), permits(both, what, now)];
          expect(z.permitted).toBe(x.permitted && y.permitted);
          if (x.permitted && y.permitted && z.permitted) {
            seen.both += 1;
            expect(z.requiresActionApproval).toBe(x.requiresActionApproval || y.requiresActionApproval);
          } else if (x.permitted || y.permitted) seen.one += 1;
        }
      }),
      runs,
    );
    expect(seen.both).toBeGreaterThan(100);
    expect(seen.one).toBeGreaterThan(100);
  });

  test('is the greatest: whatever is within both is within it', () => {
    let below = 0;
    fc.assert(
      fc.property(line, ([c, b, a]) => {
        if (isNeverMet(c) || !within(c, a) || !within(c, b)) return;
        below += 1;
        expect(isSubset(c, intersect(a, b))).toEqual({ subset: true });
      }),
      runs,
    );
    expect(below).toBeGreaterThan(50);
  });

  test('does not care about order or repetition', () => {
    fc.assert(
      fc.property(siblings, ([a, b]) => {
        const [ab, ba] = [intersect(a, b), intersect(b, a)];
        expect(within(ab, ba) && within(ba, ab)).toBe(true);
        const again = intersect(ab, ab);
        expect(within(again, ab) && within(ab, again)).toBe(ab.every((of) => !isNeverMet([of])));
      }),
    );
  });
});

/** The verdict on a chain, by what its mandates say beside their ids. */
function verdict(
  chain: readonly Partial<Mandate>[],
  request: ActionRequest,
  now: number,
  more: Partial<Pick<EvaluationInput, 'actionClass' | 'policy'>> = {},
): Verdict {
  const ids = chain.map((_, depth) => `m0${'.1'.repeat(depth)}`);
  return evaluate({
    chain: chain.map((said, depth) => mandate(ids[depth] ?? '', { expiresAt: Date.UTC(2030, 0, 1), ...said })),
    mandate: ids.at(-1) ?? '',
    request,
    actionClass: 'workspace_write',
    parameterDigest: 'd',
    token: { usable: true, actor: 'agent' },
    policy: { permits: true, version: 'policy-1' },
    signals: () => undefined,
    spend: () => ({ calls: 0, tokens: 0, moneyMicros: 0 }),
    approvals: [],
    history: noHistory,
    now,
    ...more,
  });
}

/** How a mandate with these narrowings answers: `ask` is a yes that a person is asked for. A yes has how old it may be. */
function answered(
  authority: AuthoritySet,
  overlays: readonly AuthoritySet[],
  request: ActionRequest,
  now: number,
): readonly ['yes' | 'ask' | 'no', number] {
  const narrowed = overlays.map((overlay) => ({ authority: overlay, at: 0, by: 'ada', reason: '' }));
  const { decision, freshnessMs } = verdict([{ authority, overlays: narrowed }], request, now);
  return [decision === 'permit' ? 'yes' : decision === 'hold' ? 'ask' : 'no', freshnessMs];
}

describe('narrowings', () => {
  const care = { yes: 0, ask: 1, no: 2 };
  const narrowing = set.chain((a) => fc.tuple(fc.constant(a), fc.array(derived(a), { minLength: 1, maxLength: 3 })));

  test('only ever take away: each one more leaves every answer as it was, or more careful', () => {
    const seen = { same: 0, less: 0 };
    fc.assert(
      fc.property(narrowing, requests, ([a, overlays], asked) => {
        for (const [what, now] of asked)
          for (const [index] of overlays.entries()) {
            const [before, oldest] = answered(a, overlays.slice(0, index), what, now);
            const [after, old] = answered(a, overlays.slice(0, index + 1), what, now);
            expect(old).toBeLessThanOrEqual(oldest);
            expect(care[after]).toBeGreaterThanOrEqual(care[before]);
            seen[after === before ? 'same' : 'less'] += 1;
          }
      }),
      runs,
    );
    expect(seen.less).toBeGreaterThan(300);
  });

  test('are the intersection, in any order and however often', () => {
    const seen = { yes: 0, ask: 0, no: 0 };
    fc.assert(
      fc.property(narrowing, requests, ([a, overlays], asked) => {
        const met = overlays.reduce(intersect, a);
        for (const [what, now] of asked) {
          const answer = answered(a, overlays, what, now);
          expect(answered(a, [...overlays].reverse(), what, now)).toEqual(answer);
          expect(answered(a, [...overlays, ...overlays], what, now)).toEqual(answer);
          expect(met.length === 0 ? ['no', 0] : answered(met, [], what, now)).toEqual(answer);
          seen[answer[0]] += 1;
        }
      }),
      runs,
    );
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(20);
  });
});

describe('how old a yes may be when it is used', () => {
  const said = fc.constantFrom(undefined, 0, 700, 9_000);
  const place = fc.record({
    byMandates: fc.tuple(said, said),
    byPolicy: said,
    actionClass: fc.constantFrom('workspace_write', 'non_consequential', 'consequential_write'),
  } as const);
  const byClass = { workspace_write: 5_000, non_consequential: Infinity, consequential_write: 0 };

  test('is the least of what the class, policy, every mandate above, and every entry of theirs that permits it say', () => {
    const seen = new Map<number, number>();
    fc.assert(
      fc.property(family, place, requests, ([b, a], { byMandates, byPolicy, actionClass }, asked) => {
        const sets = [a, b];
        const chain = sets.map((authority, at) => ({
          authority,
          ...(byMandates[at] !== undefined && { freshnessMs: byMandates[at] }),
        }));
        const policy = { permits: true, version: 'p', ...(byPolicy !== undefined && { boundMs: byPolicy }) } as const;
        for (const [what, now] of asked) {
          const { decision, freshnessMs } = verdict(chain, what, now, { actionClass, policy });
          if (decision !== 'permit') continue;
          const byEntries = sets.flat().filter((of) => permits([of], what, now).permitted);
          const bounds = [...byMandates, byPolicy, ...byEntries.map(({ constraints: of }) => of.freshnessMs)];
          expect(freshnessMs).toBe(Math.min(byClass[actionClass], ...bounds.map((bound) => bound ?? Infinity)));
          seen.set(freshnessMs, (seen.get(freshnessMs) ?? 0) + 1);
        }
      }),
      runs,
    );
    for (const bound of [0, 500, 700, 2_000, 5_000, Infinity]) expect(seen.get(bound)).toBeGreaterThan(0);
  });
});

describe('what would permit it', () => {
  test('does: whoever follows it is permitted, or a person is asked', () => {
    const seen = { ask_again: 0, add_entry: 0 };
    fc.assert(
      fc.property(set, requests, (a, asked) => {
        for (const [what, now] of asked) {
          const answer = permits(a, what, now);
          if (answer.permitted) continue;
          const { remedy, wouldPermit } = answer.gap;
          expect(wouldPermit).not.toBe('');
          if (remedy === undefined) throw new Error('every set and request here is well formed');
          seen[remedy.kind] += 1;
          const { action, resource, parameters } = what;
          const followed =
            remedy.kind === 'ask_again'
              ? permits(a, { ...what, parameters: { ...parameters, ...remedy.facts } }, remedy.notBefore ?? now)
              : permits([...a, { resource, resourceMatch: 'exact', actions: [action], constraints: {} }], what, now);
          expect(followed.permitted).toBe(true);
        }
      }),
      runs,
    );
    expect(seen.ask_again).toBeGreaterThan(100);
    expect(seen.add_entry).toBeGreaterThan(100);
  });
});

describe('the words', () => {
  test('different sets read differently', () => {
    const seen = { same: 0, different: 0 };
    fc.assert(
      fc.property(family, ([a, b]) => {
        const [x, y] = [normalised(a), normalised(b)];
        const alike = JSON.stringify(renderAuthority(x)) === JSON.stringify(renderAuthority(y));
        seen[alike ? 'same' : 'different'] += 1;
        if (alike) expect(x).toEqual(y);
        expect(renderAuthority(a)).toEqual(renderAuthority(x));
      }),
      { numRuns: 2000 },
    );
    expect(seen.same).toBeGreaterThan(50);
    expect(seen.different).toBeGreaterThan(500);
  });

  test('text from outside reads differently when it is different, and holds nothing that acts on a terminal', () => {
    const hostile = fc.array(
      fc.constantFrom(
        'a',
        '`',
        '\\',
        ' or ',
        ', ',
        '\u202e',
        '\u200b',
        '\u001b[2J',
        '\n',
        'е',
        '\u{1f600}',
        '\ud800',
        '\\u{200b}',
        '\u00a0',
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    const words = hostile.map((parts) => parts.join(''));
    const around = (text: string, other: string): AuthoritySet => [
      {
        resource: 'mcp://s/t',
        resourceMatch: 'exact',
        actions: ['mcp.call'],
        constraints: { tenant: text, allowedTools: [text, other], unknown: { [other]: [text] } },
        catalogueDigest: text,
      },
    ];
    fc.assert(
      fc.property(words, words, words, words, (a, b, c, d) => {
        const [x, y] = [renderAuthority(around(a, b)).join(), renderAuthority(around(c, d)).join()];
        expect(x === y).toBe(a === c && b === d);
        expect(x.isWellFormed()).toBe(true);
        expect(x).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u00a0]/u);
      }),
      { numRuns: 400 },
    );
  });
});

/** Whether some bound of the set can be met by no request; such a set is below everything and has no meet. */
function isNeverMet(of: AuthoritySet): boolean {
  return of.some(({ constraints: { dataClassification, allowedTools, timeWindow } }) => {
    const inverted =
      timeWindow?.notBefore !== undefined &&
      timeWindow.notAfter !== undefined &&
      Date.parse(timeWindow.notBefore) > Date.parse(timeWindow.notAfter);
    return dataClassification?.length === 0 || allowedTools?.length === 0 || inverted;
  });
}
