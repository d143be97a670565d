import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HistoryRule, Mandate } from '../mandate/mandate.ts';
import { edits, hour, mandate, pushes, t0 } from '../test-support/mandates.ts';
import type { EvaluationInput } from './evaluate.ts';
import { compileChain, epochSum } from './compiled-chain.ts';
import { evaluate } from './evaluate.ts';
import type { History, RuleHistory } from './history.ts';
import {
  concernsHistory,
  isJudgedBy,
  historyAnswer,
  historyRoles,
  historySubject,
  historyTarget,
  noHistory,
  renderHistory,
  whyMalformedHistory,
} from './history.ts';

type Before = Extract<HistoryRule, { kind: 'before' }>;
const testedBeforePush = (more: Partial<Before> = {}): Before => ({
  id: 'tested',
  kind: 'before',
  first: ['tests.run'],
  then: ['git.push'],
  staleAfter: ['file.*', 'git.commit'],
  sameTarget: false,
  sameParameter: null,
  maxAgeMs: null,
  ...more,
});
const firstPush: HistoryRule = { id: 'new', kind: 'first_use', actions: ['git.push'], target: 'resource' };

const main = 'git://p/refs/heads/writ/x';
const past = (more: Partial<RuleHistory> = {}): RuleHistory => ({
  targets: new Set(),
  successes: new Map(),
  changedAt: -1,
  ...more,
});
const known = (of: Record<string, RuleHistory>, parameters: Record<string, string> = {}): History => ({
  kind: 'known',
  of: (id, rule) => of[`${id} ${rule}`],
  parameter: (name) => parameters[name],
});
const success = (order = 5, at = t0, subject = '[null,null]') => new Map([[subject, { order, at }]]);

function pushUnder(chain: readonly Mandate[], history: History, more: Partial<EvaluationInput> = {}) {
  return evaluate({
    chain,
    mandate: chain.at(-1)?.id ?? '',
    request: { action: 'git.push', resource: main, parameters: {} },
    actionClass: 'consequential_write',
    parameterDigest: 'd',
    token: { usable: true, actor: 'agent' },
    policy: { permits: true, version: 'p' },
    signals: () => undefined,
    spend: () => ({ calls: 0, tokens: 0, moneyMicros: 0 }),
    approvals: [],
    history,
    now: t0 + 1,
    ...more,
  });
}
const m0 = (...history: readonly HistoryRule[]) => mandate('m0', { authority: [...edits, ...pushes], history });

describe('before: something has to be done first', () => {
  const why = (rule: Before, history: History) => {
    const { reason } = pushUnder([m0(rule)], history);
    return reason.code === 'history_required' ? reason.why : reason.code;
  };

  test('never done, done, and out of date', () => {
    const rule = testedBeforePush();
    expect(why(rule, noHistory)).toBe('never');
    expect(why(rule, known({ 'm0 tested': past() }))).toBe('never');
    expect(why(rule, known({ 'm0 tested': past({ successes: success() }) }))).toBe('permitted');
    expect(why(rule, known({ 'm0 tested': past({ successes: success(), changedAt: 4 }) }))).toBe('permitted');
    expect(why(rule, known({ 'm0 tested': past({ successes: success(), changedAt: 5 }) }))).toBe('stale');
    expect(why(rule, known({ 'm0 tested': past({ successes: success(), changedAt: Infinity }) }))).toBe('stale');
    expect(why(rule, known({ 'm0 tested': past({ successes: success(), changedAt: Number.NaN }) }))).toBe('stale');
  });

  test('does not look at what the rule does not name as a change', () => {
    const history = known({ 'm0 tested': past({ successes: success(), changedAt: Infinity }) });
    expect(why(testedBeforePush({ staleAfter: [] }), history)).toBe('permitted');
  });

  test('counts for its age, exactly, and that bounds the yes', () => {
    const rule = testedBeforePush({ maxAgeMs: 1_000 });
    const history = known({ 'm0 tested': past({ successes: success() }) });
    const at = (now: number) => pushUnder([m0(rule)], history, { now });
    expect(at(t0 + 1_000)).toMatchObject({ decision: 'permit', validUntil: t0 + 1_001 });
    expect(at(t0 + 1_001).reason).toMatchObject({ code: 'history_required', why: 'too_old' });
    expect(at(t0 - 1_001).reason).toMatchObject({ why: 'too_old' });
  });

  test('is about the same target and the same parameter where the rule says so', () => {
    const rule = testedBeforePush({ sameTarget: true, sameParameter: 'tree' });
    const done = past({ successes: success(5, t0, JSON.stringify([main, 'T1'])) });
    expect(why(rule, known({ 'm0 tested': done }))).toBe('unstated');
    expect(why(rule, known({ 'm0 tested': done }, { tree: 'T2' }))).toBe('never');
    expect(why(rule, known({ 'm0 tested': done }, { tree: 'T1' }))).toBe('permitted');
  });

  test('does not bind an operation that has begun', () => {
    const chain = [m0(testedBeforePush(), firstPush)];
    expect(pushUnder(chain, { kind: 'begun' }).decision).toBe('permit');
    const request = { action: 'git.push', uri: main };
    expect(historyAnswer(compileChain(chain), request, { kind: 'begun' }, t0)).toEqual({
      kind: 'clear',
      firstUse: undefined,
      until: Infinity,
    });
  });

  test('binds the actions it names and no other', () => {
    const chain = [m0(testedBeforePush({ then: ['git.tag'] }))];
    expect(pushUnder(chain, noHistory).decision).toBe('permit');
    expect(pushUnder([m0(testedBeforePush({ then: ['git.tag', 'git.*'] }))], noHistory).reason).toEqual({
      code: 'history_required',
      mandate: 'm0',
      action: 'git.push',
      first: ['tests.run'],
      why: 'never',
    });
  });

  test('a parameter that is stated is not looked at where the rule names none', () => {
    const done = known({ 'm0 tested': past({ successes: success() }) }, { tree: 'T1' });
    expect(why(testedBeforePush(), done)).toBe('permitted');
    expect(historySubject(testedBeforePush(), main, 'T1')).toBe('[null,null]');
  });

  test('an ancestor’s rule binds every descendant, whatever the descendant remembers', () => {
    const chain = [m0(testedBeforePush()), mandate('m0.1', { authority: pushes })];
    const own = known({ 'm0.1 tested': past({ successes: success() }) });
    expect(pushUnder(chain, own).reason).toMatchObject({ code: 'history_required', mandate: 'm0' });
    expect(pushUnder(chain, known({ 'm0 tested': past({ successes: success() }) })).decision).toBe('permit');
  });

  test('is not named while the action is outside of what was approved anyway', () => {
    const chain = [mandate('m0', { authority: edits, history: [testedBeforePush()] })];
    expect(pushUnder(chain, noHistory).reason.code).toBe('out_of_authority');
  });
});

describe('the first use of a target', () => {
  test('is held for a person, who is told why; a yes lets it go; then it is covered', () => {
    const chain = [m0(firstPush)];
    const held = pushUnder(chain, noHistory);
    expect(held).toMatchObject({ decision: 'hold', reason: { code: 'approval_required', because: 'first_use' } });
    const approval = {
      mandate: 'm0',
      action: 'git.push',
      resource: main,
      parameterDigest: 'd',
      epoch: epochSum(chain),
      expiresAt: t0 + hour / 2,
    };
    expect(pushUnder(chain, noHistory, { approvals: [approval] })).toMatchObject({
      decision: 'permit',
      validUntil: t0 + hour / 2,
    });
    expect(pushUnder(chain, known({ 'm0 new': past({ targets: new Set([main]) }) })).decision).toBe('permit');
    expect(pushUnder(chain, known({ 'm0 new': past({ targets: new Set([`${main}y`]) }) })).decision).toBe('hold');
  });

  test('is of the first mandate for which it is new, and of no action but its own', () => {
    const chain = [m0(firstPush), mandate('m0.1', { authority: pushes, history: [firstPush] })];
    const answer = (action: string, history = noHistory) =>
      historyAnswer(compileChain(chain), { action, uri: main }, history, t0);
    const clear = { kind: 'clear', firstUse: undefined, until: Infinity };
    expect(answer('git.push')).toEqual({ ...clear, firstUse: { mandate: 'm0', target: main } });
    const above = known({ 'm0 new': past({ targets: new Set([main]) }) });
    expect(answer('git.push', above)).toEqual({ ...clear, firstUse: { mandate: 'm0.1', target: main } });
    expect(answer('git.fetch')).toEqual(clear);
  });

  test('is asked of the target in normal form, or of its site', () => {
    const bySite: HistoryRule = { ...firstPush, target: 'site' };
    const covered = known({ 'm0 new': past({ targets: new Set(['git://p/']) }) });
    const request = { action: 'git.push', resource: 'GIT://p/refs/heads/writ/%78', parameters: {} };
    expect(pushUnder([m0(bySite)], covered, { request }).decision).toBe('permit');
    const exact = known({ 'm0 new': past({ targets: new Set([main]) }) });
    expect(pushUnder([m0(firstPush)], exact, { request }).decision).toBe('permit');
  });

  test('does not make up for a yes each time', () => {
    const each = pushes.map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    const chain = [mandate('m0', { authority: each, history: [firstPush] })];
    const covered = known({ 'm0 new': past({ targets: new Set([main]) }) });
    expect(pushUnder(chain, covered).reason).toMatchObject({ because: 'each_time' });
  });
});

test('adding a rule to any mandate of a chain never turns a no into a yes', () => {
  const rule: fc.Arbitrary<HistoryRule> = fc.oneof(
    fc.constant(firstPush),
    fc
      .record({ staleAfter: fc.constantFrom<readonly string[]>([], ['file.*']), sameTarget: fc.boolean() })
      .map(testedBeforePush),
  );
  const rules = fc.uniqueArray(rule, { maxLength: 2, selector: ({ id }) => id });
  const remembered = fc
    .record({ has: fc.boolean(), target: fc.boolean(), changedAt: fc.constantFrom(-1, 4, 5, Infinity) })
    .map(({ has, target, changedAt }) =>
      past({
        successes: has ? new Map([...success(), ...success(5, t0, JSON.stringify([main, null]))]) : new Map(),
        targets: new Set(target ? [main] : []),
        changedAt,
      }),
    );
  fc.assert(
    fc.property(rules, rules, rule, fc.nat(1), remembered, (above, below, more, where, memory) => {
      const history: History = { kind: 'known', of: () => memory, parameter: () => undefined };
      const chain = [m0(...above), mandate('m0.1', { authority: pushes, history: below })];
      const stricter = chain.map((one, index) =>
        index === where ? { ...one, history: [...one.history, { ...more, id: 'more' }] } : one,
      );
      if (pushUnder(chain, history).decision !== 'permit')
        expect(pushUnder(stricter, history).decision).not.toBe('permit');
    }),
    { seed: 6, numRuns: 500 },
  );
});

describe('what is remembered of an action', () => {
  test.each<[HistoryRule, string, readonly string[]]>([
    [firstPush, 'git.push', ['use']],
    [firstPush, 'git.fetch', []],
    [testedBeforePush(), 'tests.run', ['success']],
    [testedBeforePush(), 'file.write', ['change']],
    [testedBeforePush(), 'git.push', []],
    [testedBeforePush({ staleAfter: ['tests.*'] }), 'tests.run', ['success', 'change']],
    [testedBeforePush({ staleAfter: [] }), 'file.write', []],
  ])('%j, %s: %j', (rule, action, roles) => {
    expect(historyRoles(rule, action)).toEqual(roles);
  });

  test.each<[string, boolean]>([
    ['git.push', true],
    ['tests.run', true],
    ['file.write', true],
    ['http.get', false],
  ])('%s concerns what is remembered of a chain: %s', (action, concerns) => {
    expect(concernsHistory([m0(), mandate('m0.1', { history: [testedBeforePush()] })], action)).toBe(concerns);
    expect(concernsHistory([m0()], action)).toBe(false);
  });

  test('is judged by a rule that asks for something before it, or for a yes to its first use', () => {
    expect(isJudgedBy(testedBeforePush(), 'git.push')).toBe(true);
    expect(isJudgedBy(testedBeforePush(), 'tests.run')).toBe(false);
    expect(isJudgedBy(firstPush, 'git.push')).toBe(true);
    expect(isJudgedBy(firstPush, 'git.fetch')).toBe(false);
  });

  test('of nothing, nothing: no rule and no parameter is known', () => {
    expect(noHistory.kind === 'known' && [noHistory.of('m0', 'new'), noHistory.parameter('tree')]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

test('different subjects have different keys', () => {
  const uri = fc.constantFrom('git://p/a', 'git://p/a","b', 'git://p/', '');
  const value = fc.constantFrom('a', 'null', '', '"', 'a"]');
  fc.assert(
    fc.property(uri, value, uri, value, (a, x, b, y) => {
      const rule = testedBeforePush({ sameTarget: true, sameParameter: 'p' });
      expect(historySubject(rule, a, x) === historySubject(rule, b, y)).toBe(a === b && x === y);
    }),
    { seed: 6, numRuns: 200 },
  );
  expect(historyTarget({ id: 'n', kind: 'first_use', actions: ['a'], target: 'site' }, 'https://a.b/c/d')).toBe(
    'https://a.b/',
  );
});

describe('rules that cannot be kept to', () => {
  test.each([
    [[firstPush, { ...testedBeforePush(), id: 'new' }], 'two history rules are called `new`'],
    [[{ ...firstPush, actions: [] }], 'names no action'],
    [[testedBeforePush({ then: [] })], 'names no action'],
    [[testedBeforePush({ staleAfter: ['file*'] })], '`file*`'],
    [
      [testedBeforePush({ first: ['git.*'] })],
      'history rule `tested` asks for `git.push` before itself, which never happens',
    ],
    [
      [testedBeforePush({ first: ['tests.run', 'git.push'], then: ['git.tag', 'git.*'] })],
      'asks for `git.*` before itself',
    ],
    [[testedBeforePush({ maxAgeMs: 0 })], 'an age that is no time'],
  ])('are said as such', (rules, words) => {
    expect(whyMalformedHistory(rules)).toContain(words);
  });

  test('and the others are not', () => {
    expect(whyMalformedHistory([firstPush, testedBeforePush({ maxAgeMs: 5 })])).toBeUndefined();
    expect(whyMalformedHistory([testedBeforePush()])).toBeUndefined();
  });
});

test.each<[HistoryRule, string]>([
  [firstPush, 'the first time `git.push` reaches a resource, you are asked; done once, that resource is covered'],
  [
    { ...firstPush, actions: ['http.get', 'http.post'], target: 'site' },
    'the first time `http.get` or `http.post` reaches a site, you are asked; done once, that site is covered',
  ],
  [testedBeforePush({ staleAfter: [] }), 'before `git.push`, `tests.run` must have been done, and been watched'],
  [
    testedBeforePush({
      first: ['tests.run', 'review.pass'],
      then: ['git.push', 'git.tag'],
      staleAfter: [],
      sameTarget: true,
    }),
    'before `git.push` or `git.tag`, `tests.run` or `review.pass` must have been done to the same resource, and been watched',
  ],
  [
    testedBeforePush({ sameParameter: 'tree' }),
    'before `git.push`, `tests.run` must have been done with the same `tree`, begun after the last `file.*` or `git.commit` was over, and been watched',
  ],
  [
    testedBeforePush({ sameTarget: true, sameParameter: 'tree', maxAgeMs: 5 }),
    'before `git.push`, `tests.run` must have been done to the same resource with the same `tree`, begun after the last `file.*` or `git.commit` was over, no longer than 5 ms ago, and been watched',
  ],
])('in plain words: %j', (rule, words) => {
  expect(renderHistory(rule)).toBe(words);
});
