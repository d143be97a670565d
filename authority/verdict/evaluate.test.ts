import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Budget, Mandate } from '../mandate/mandate.ts';
import { edits, hour, mandate, pushes, states, t0 } from '../test-support/mandates.ts';
import type { ActionApproval, EvaluationInput, Spend } from './evaluate.ts';
import { compileChain, epochSum } from './compiled-chain.ts';
import { evaluate, firstSpent } from './evaluate.ts';
import { explain } from './reason.ts';
import { noHistory } from './history.ts';

const write = { action: 'file.write', resource: 'workspace://p/src/a.ts', parameters: {} };
const push = { action: 'git.push', resource: 'git://p/refs/heads/writ/x', parameters: {} };

function input(chain: readonly Mandate[], over: Partial<EvaluationInput> = {}): EvaluationInput {
  return {
    chain,
    mandate: chain.at(-1)?.id ?? 'm?',
    request: write,
    actionClass: 'workspace_write',
    parameterDigest: 'd',
    token: { usable: true, actor: 'agent' },
    policy: { permits: true, version: 'policy-1' },
    signals: () => undefined,
    spend: () => ({ calls: 0, tokens: 0, moneyMicros: 0 }),
    approvals: [],
    history: noHistory,
    now: t0 + 1,
    ...over,
  };
}

describe('one verdict, three answers', () => {
  test('inside what was approved: permitted, until the earliest expiry of the chain', () => {
    const verdict = evaluate(input([mandate('m0', { expiresAt: t0 + 50 }), mandate('m0.1')]));
    expect(verdict).toMatchObject({ decision: 'permit', reason: { code: 'permitted' }, validUntil: t0 + 50 });
  });

  test('an unknown mandate is refused, not passed over', () => {
    expect(evaluate(input([])).reason).toEqual({ code: 'unknown_mandate', mandate: 'm?' });
  });

  test('a usable token and a willing policy do not help a dead mandate', () => {
    const verdict = evaluate(
      input([mandate('m0', { state: { name: 'revoked', at: t0, by: 'ada', reason: 'enough' } })]),
    );
    expect(verdict).toMatchObject({
      decision: 'refuse',
      token: { yes: true },
      policy: { yes: true },
      mandate: { yes: false },
    });
  });

  test('the mandate speaks first: a dead approval is the reason, whatever else is wrong', () => {
    const dead = mandate('m0', { state: { name: 'revoked', at: t0, by: 'ada', reason: 'enough' } });
    const refusing = {
      token: { usable: false, detail: 'expired' },
      policy: { permits: false, version: 'policy-1', detail: 'closed' },
    } as const;
    expect(evaluate(input([dead], refusing))).toMatchObject({
      reason: { code: 'mandate_inactive' },
      token: { yes: false, reason: { code: 'credential_unusable', detail: 'expired' } },
      policy: { yes: false, reason: { code: 'policy_refused', detail: 'closed' } },
    });
    expect(evaluate(input([mandate('m0')], refusing)).reason.code).toBe('credential_unusable');
  });

  test('a request that cannot be judged is refused as such', () => {
    const request = { ...write, resource: 'workspace://p/../q' };
    expect(evaluate(input([mandate('m0')], { request }))).toMatchObject({
      decision: 'refuse',
      reason: { code: 'malformed_request', detail: expect.stringContaining('climbs above the root') },
    });
  });

  test('a live mandate does not help a token given to somebody else', () => {
    const verdict = evaluate(input([mandate('m0')], { token: { usable: true, actor: 'mallory' } }));
    expect(verdict).toMatchObject({ decision: 'refuse', reason: { code: 'actor_mismatch' }, mandate: { yes: true } });
  });

  test('policy can refuse what the mandate allows', () => {
    const verdict = evaluate(
      input([mandate('m0')], { policy: { permits: false, version: 'policy-1', detail: 'closed' } }),
    );
    expect(verdict).toMatchObject({ decision: 'refuse', reason: { code: 'policy_refused' } });
  });

  test('an overlay narrows at once, and an ancestor bounds its child', () => {
    const overlay = { authority: edits, at: t0, by: 'ada', reason: 'no pushes' };
    expect(evaluate(input([mandate('m0', { overlays: [overlay] })], { request: push })).reason.code).toBe(
      'out_of_authority',
    );
    expect(evaluate(input([mandate('m0', { authority: pushes }), mandate('m0.1')])).reason.code).toBe(
      'out_of_authority',
    );
  });

  test.each<[Budget, number, Spend]>([
    [{ kind: 'calls', limit: 3 }, 3, { calls: 2, tokens: 9, moneyMicros: 9 }],
    [{ kind: 'tokens', limit: 100 }, 100, { calls: 999, tokens: 99, moneyMicros: 999 }],
    [{ kind: 'money', limitMicros: 5_000, currency: 'EUR' }, 5_000, { calls: 9, tokens: 9, moneyMicros: 4_999 }],
  ])('%j is spent at %i, and not by what others count', (budget, limit, used) => {
    const chain = [mandate('m0', { budgets: [budget] })];
    const one = { calls: 1, tokens: 1, moneyMicros: 1 };
    const two = { calls: 2, tokens: 2, moneyMicros: 2 };
    const asked = (spent: Spend, draws?: Spend) =>
      evaluate(input(chain, { spend: () => spent, ...(draws && { draws }) })).reason;
    const spent = { code: 'budget_spent', mandate: 'm0', budget: budget.kind, limit };
    expect(asked(used)).toEqual({ code: 'permitted' });
    expect(asked(used, one)).toEqual({ code: 'permitted' });
    expect(asked(used, two)).toEqual({ ...spent, short: { left: 1, draws: 2 } });
    const all = { calls: used.calls + 1, tokens: used.tokens + 1, moneyMicros: used.moneyMicros + 1 };
    expect(asked(all)).toEqual(spent);
  });

  test('wall time is spent at its last millisecond, and an unapproved mandate has none', () => {
    const budgets = [{ kind: 'wall', limitMs: 300 }] as const;
    const at = (now: number, approvedAt: number | null = t0) =>
      evaluate(input([mandate('m0', { budgets, approvedAt })], { now })).reason;
    expect(at(t0 + 299)).toEqual({ code: 'permitted' });
    expect(at(t0 + 300)).toEqual({ code: 'budget_spent', mandate: 'm0', budget: 'wall', limit: 300 });
    expect(at(t0 + 1, null)).toEqual({ code: 'budget_spent', mandate: 'm0', budget: 'wall', limit: 300 });
    expect(at(t0 + 301, t0 + 2)).toEqual({ code: 'permitted' });
  });

  test('the first mandate of a chain with nothing left of a budget is named, from the root down', () => {
    const calls = (limit: number) => ({ budgets: [{ kind: 'calls', limit }] as const });
    const chain = [mandate('m0'), mandate('m0.1', calls(5)), mandate('m0.1.1', calls(3))];
    const spent = (of: Record<string, number>) =>
      firstSpent(chain, { spend: (id) => ({ calls: of[id] ?? 0, tokens: 0, moneyMicros: 0 }), now: t0 });
    expect(spent({})).toBeUndefined();
    expect(spent({ m0: 99, 'm0.1': 4, 'm0.1.1': 2 })).toBeUndefined();
    expect(spent({ 'm0.1.1': 3 })).toEqual({ code: 'budget_spent', mandate: 'm0.1.1', budget: 'calls', limit: 3 });
    expect(spent({ 'm0.1': 5, 'm0.1.1': 3 })).toMatchObject({ mandate: 'm0.1' });
  });

  test('a spent budget of any ancestor refuses', () => {
    const parent = mandate('m0', { budgets: [{ kind: 'calls', limit: 3 }] });
    const spend = (id: string) => ({ calls: id === 'm0' ? 3 : 0, tokens: 0, moneyMicros: 0 });
    expect(evaluate(input([parent, mandate('m0.1')], { spend })).reason.code).toBe('budget_spent');
  });

  test('what is left has to be as much as the action draws, and something at all', () => {
    const chain = [mandate('m0', { budgets: [{ kind: 'tokens', limit: 100 }] })];
    const asked = (used: number, draws: number) =>
      evaluate(
        input(chain, {
          spend: () => ({ calls: 0, tokens: used, moneyMicros: 0 }),
          draws: { calls: 0, tokens: draws, moneyMicros: 0 },
        }),
      ).reason;
    expect(asked(40, 60).code).toBe('permitted');
    expect(asked(99, 0).code).toBe('permitted');
    expect(asked(100, 0)).toEqual({ code: 'budget_spent', mandate: 'm0', budget: 'tokens', limit: 100 });
    expect(asked(40, Number.NaN).code).toBe('budget_spent');
    expect(explain(asked(40, 61)).sentence).toBe('the tokens budget of 100 has 60 left, and this would draw 61');
  });
});

describe('conditions', () => {
  const frozen = {
    id: 'c1',
    subject: 'branch:p/x',
    test: 'not_equals',
    value: 'frozen',
    onFailure: 'suspend',
    returns: 'by_reinstatement',
    holdMs: 0,
    maxAgeMs: null,
    whenUnreported: 'holds',
  } as const;
  const reading =
    (value: string | number, at = t0) =>
    () => ({ value, at, sequence: 1 });

  test('a frozen branch refuses under the mandate and under every child', () => {
    const chain = [mandate('m0', { conditions: [frozen] }), mandate('m0.1')];
    expect(evaluate(input(chain, { signals: reading('frozen') })).reason.code).toBe('condition_failed');
    expect(evaluate(input(chain, { signals: reading('open') })).decision).toBe('permit');
  });

  test('a reading older than its bound, and one that cannot be compared, are unknown, and unknown refuses', () => {
    const risk = { ...frozen, test: 'less_than', value: 70, maxAgeMs: 1_000, whenUnreported: 'unknown' } as const;
    const chain = [mandate('m0', { conditions: [risk] })];
    expect(evaluate(input(chain, { signals: reading(10), now: t0 + 1_001 })).reason.code).toBe('condition_unknown');
    expect(evaluate(input(chain, { signals: reading('low') })).reason.code).toBe('condition_unknown');
    expect(evaluate(input(chain)).reason.code).toBe('condition_unknown');
    expect(evaluate(input(chain, { signals: reading(10) })).decision).toBe('permit');
  });
});

describe('action approvals', () => {
  const asking = mandate('m0', {
    authority: [{ ...edits[0]!, constraints: { requiresActionApproval: true } }], // the fixture has one entry
  });
  const approval = {
    mandate: 'm0',
    action: write.action,
    resource: write.resource,
    parameterDigest: 'd',
    epoch: epochSum([asking]),
    expiresAt: t0 + hour,
  };

  test('holds until a person said yes to exactly this', () => {
    expect(evaluate(input([asking]))).toMatchObject({ decision: 'hold', reason: { code: 'approval_required' } });
    expect(evaluate(input([asking], { approvals: [approval] })).decision).toBe('permit');
    expect(evaluate(input([asking], { approvals: [approval], parameterDigest: 'other' })).decision).toBe('hold');
  });

  test.each<[string, Partial<ActionApproval>]>([
    ['another mandate', { mandate: 'm9' }],
    ['another action', { action: 'file.read' }],
    ['another resource', { resource: 'workspace://p/src/b.ts' }],
    ['other parameters', { parameterDigest: 'e' }],
    ['an earlier epoch', { epoch: 0 }],
    ['a time that is over', { expiresAt: t0 + 1 }],
  ])('a yes for %s is none for this', (_what, other) => {
    expect(evaluate(input([asking], { approvals: [{ ...approval, ...other }] })).decision).toBe('hold');
    expect(evaluate(input([asking], { approvals: [{ ...approval, ...other }, approval] })).decision).toBe('permit');
  });

  test('policy can ask for one, and can bound how long a yes counts', () => {
    const policy = { permits: true, version: 'policy-1', asks: true, boundMs: 70 } as const;
    const chain = [mandate('m0')];
    expect(evaluate(input(chain, { policy }))).toMatchObject({
      decision: 'hold',
      reason: { code: 'approval_required', because: 'policy' },
    });
    expect(evaluate(input(chain, { policy, approvals: [approval] }))).toMatchObject({
      decision: 'permit',
      validUntil: t0 + 71,
    });
    expect(evaluate(input([asking], { policy })).reason).toMatchObject({ because: 'each_time' });
  });

  test('is void for ever after any non-active interval', () => {
    const reinstated = { ...asking, epoch: asking.epoch + 2 };
    expect(evaluate(input([reinstated], { approvals: [approval] })).decision).toBe('hold');
  });
});

describe('laws', () => {
  const state = fc.constantFrom(...states);

  test('no permit under a non-active ancestor, at any depth', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(state, { minLength: 1, maxLength: 7 }),
        fc.integer({ min: -hour, max: hour }),
        (chainStates, offset) => {
          const chain = chainStates.map((s, depth) =>
            mandate(['m0', ...Array(depth).fill('1')].join('.'), { state: s, expiresAt: t0 + offset }),
          );
          const verdict = evaluate(input(chain, { now: t0 }));
          const allActive = chainStates.every((s) => s.name === 'active') && offset > 0;
          if (!allActive) refused += 1;
          expect(verdict.decision === 'permit').toBe(allActive);
        },
      ),
    );
    expect(refused).toBeGreaterThan(10);
  });

  test('expiry is judged before the stored state, and the bound itself is past', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 }), (before) => {
        const verdict = evaluate(input([mandate('m0', { expiresAt: t0 + before })], { now: t0 + 5 }));
        expect(verdict.decision).toBe(before > 5 ? 'permit' : 'refuse');
      }),
    );
  });

  test('the same input gives the same verdict', () => {
    fc.assert(
      fc.property(state, (s) => {
        const asked = input([mandate('m0', { state: s })]);
        expect(evaluate(asked)).toEqual(evaluate(asked));
      }),
    );
  });
});

describe('what is not known is not a yes', () => {
  const condition = {
    id: 'c1',
    subject: 'branch:p/x',
    test: 'not_equals',
    value: true,
    onFailure: 'suspend',
    returns: 'by_reinstatement',
    holdMs: 0,
    maxAgeMs: 1_000,
    whenUnreported: 'unknown',
  } as const;
  const under = (value: string | number | boolean, at: number, now = t0 + 1) =>
    evaluate(input([mandate('m0', { conditions: [condition] })], { now, signals: () => ({ value, at, sequence: 1 }) }))
      .reason.code;

  test('a chain that leaves an ancestor out is not judged, wherever it is left out', () => {
    const [m0, m0_1, m0_1_1] = [mandate('m0'), mandate('m0.1'), mandate('m0.1.1')];
    const reason = (...chain: readonly Mandate[]) => evaluate(input(chain)).reason;
    expect(reason(m0, m0_1, m0_1_1)).toEqual({ code: 'permitted' });
    expect(reason(m0_1, m0_1_1)).toEqual({ code: 'unknown_mandate', mandate: 'm0' });
    expect(reason(m0, m0_1_1)).toEqual({ code: 'unknown_mandate', mandate: 'm0.1' });
    expect(reason(m0_1, m0, m0_1_1).code).toBe('unknown_mandate');
  });

  test('a reading of another kind does not prove a difference', () => {
    expect(under(false, t0)).toBe('permitted');
    expect(under('true', t0)).toBe('condition_unknown');
    expect(under(Number.NaN, t0)).toBe('condition_unknown');
  });

  test('a reading is good at exactly its age, and no longer; a clock set back does not lengthen its life', () => {
    expect(under(false, t0, t0 + 1_000)).toBe('permitted');
    expect(under(false, t0, t0 + 1_001)).toBe('condition_unknown');
    expect(under(false, t0 + 1_001, t0)).toBe('condition_unknown');
    expect(under(false, Number.NaN)).toBe('condition_unknown');
  });

  test('a time that is not a number is past every expiry', () => {
    expect(evaluate(input([mandate('m0')], { now: Number.NaN })).decision).toBe('refuse');
    expect(evaluate(input([mandate('m0', { expiresAt: Number.NaN })])).decision).toBe('refuse');
  });
});

describe('how long a yes lasts', () => {
  const lasts = (chain: readonly Mandate[], over: Partial<EvaluationInput> = {}) =>
    evaluate(input(chain, over)).validUntil - t0;
  const until = (iso: number) =>
    edits.map((entry) => ({ ...entry, constraints: { timeWindow: { notAfter: new Date(t0 + iso).toISOString() } } }));

  test('a time window ends it after its last millisecond, in an ancestor as in an overlay', () => {
    expect(lasts([mandate('m0', { authority: until(500) }), mandate('m0.1')])).toBe(501);
    expect(
      lasts([mandate('m0', { overlays: [{ authority: until(400), at: t0, by: 'ada', reason: 'until lunch' }] })]),
    ).toBe(401);
  });

  test('wall time ends it, and the age of a reading it rests on', () => {
    const budgets = [{ kind: 'wall', limitMs: 300 }] as const;
    expect(lasts([mandate('m0', { budgets })])).toBe(300);
    expect(lasts([mandate('m0', { budgets, approvedAt: null })])).toBe(-t0);
    const calm = {
      subject: 'risk',
      test: 'at_most',
      value: 70,
      onFailure: 'suspend',
      returns: 'automatically',
      holdMs: 0,
      whenUnreported: 'unknown',
    } as const;
    const conditions = [
      { ...calm, id: 'c1', maxAgeMs: null },
      { ...calm, id: 'c2', maxAgeMs: 200 },
    ];
    const signals = () => ({ value: 7, at: t0, sequence: 1 });
    expect(lasts([mandate('m0', { conditions })], { signals })).toBe(201);
  });

  test('a yes to one action ends it', () => {
    const authority = edits.map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    const approval = (expiresAt: number) => ({
      mandate: 'm0',
      action: write.action,
      resource: write.resource,
      parameterDigest: 'd',
      epoch: 1,
      expiresAt,
    });
    expect(
      lasts([mandate('m0', { authority })], { approvals: [approval(t0 + 90), approval(t0 + 100), approval(t0)] }),
    ).toBe(100);
  });
});

describe('a person is asked only where a yes would help', () => {
  test('a missing approval is not the reason when the token or policy refuses anyway', () => {
    const authority = edits.map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    const chain = [mandate('m0', { authority })];
    const code = (over: Partial<EvaluationInput>) => {
      const { decision, reason } = evaluate(input(chain, over));
      return [decision, reason.code];
    };
    expect(code({})).toEqual(['hold', 'approval_required']);
    expect(code({ token: { usable: false, detail: 'expired' } })).toEqual(['refuse', 'credential_unusable']);
    expect(code({ policy: { permits: false, version: 'policy-1', detail: 'closed' } })).toEqual([
      'refuse',
      'policy_refused',
    ]);
  });
});

describe('a chain made ready once', () => {
  test('answers as the mandates themselves do', () => {
    const chain = [mandate('m0'), mandate('m0.1', { authority: pushes })];
    for (const request of [write, push]) {
      const asked = input(chain, { request });
      expect(evaluate({ ...asked, chain: compileChain(chain) })).toEqual(evaluate(asked));
    }
  });

  test('is found again for the same mandates, and for no others', () => {
    const [root, leaf] = [mandate('m0'), mandate('m0.1')];
    const ready = compileChain([root, leaf]);
    expect(compileChain([root, leaf])).toBe(ready);
    const suspended = mandate('m0', { state: states[2]! }); // the fixture has nine states
    expect(compileChain([suspended, leaf])).not.toBe(ready);
    expect(compileChain([leaf])).not.toBe(ready);
    expect(compileChain([mandate('m'), root, leaf])).not.toBe(ready);
    expect(evaluate(input([suspended, leaf])).reason.code).toBe('ancestor_inactive');
    expect(evaluate(input([root, leaf])).decision).toBe('permit');
  });

  test('does not follow a list that is changed afterwards', () => {
    const chain = [mandate('m0'), mandate('m0.1')];
    const ready = compileChain(chain);
    chain[0] = mandate('m0', { state: states[3]! }); // the fixture has nine states
    expect(ready.mandates[0]?.state.name).toBe('active');
    expect(evaluate(input(chain)).decision).toBe('refuse');
  });

  test('a reading that changes while it is asked for is a bug of the asker, and no yes', () => {
    let asked = 0;
    const signals = () => ({ value: asked++ === 0 ? 'frozen' : 'open', at: t0, sequence: 1 });
    const conditions = [
      {
        id: 'c1',
        subject: 'branch:p/x',
        test: 'not_equals',
        value: 'frozen',
        onFailure: 'suspend',
        returns: 'by_reinstatement',
        holdMs: 0,
        maxAgeMs: null,
        whenUnreported: 'holds',
      },
    ] as const;
    expect(() => evaluate(input([mandate('m0', { conditions })], { signals }))).toThrow('gone');
  });
});
