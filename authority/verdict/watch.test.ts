/** What a mandate that only watches turns into `would_refuse`, and what it does not. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mandate } from '../mandate/mandate.ts';
import { mandate, states, t0 } from '../test-support/mandates.ts';
import type { EvaluationInput } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import { noHistory } from './history.ts';

const write = { action: 'file.write', resource: 'workspace://p/src/a.ts', parameters: {} };
const push = { action: 'git.push', resource: 'git://p/refs/heads/main', parameters: {} };
const nothing = { calls: 0, tokens: 0, moneyMicros: 0 };

function ask(chain: readonly Mandate[], over: Partial<EvaluationInput> = {}) {
  const verdict = evaluate({
    chain,
    mandate: chain.at(-1)?.id ?? 'm?',
    request: push,
    actionClass: 'consequential_write',
    parameterDigest: 'd',
    token: { usable: true, actor: 'agent' },
    policy: { permits: true, version: 'policy-1' },
    signals: () => undefined,
    spend: () => nothing,
    approvals: [],
    history: noHistory,
    now: t0 + 1,
    ...over,
  });
  return [verdict.decision, verdict.reason.code];
}
const watching = (over: Partial<Mandate> = {}): Mandate => mandate('m0', { watch: true, ...over });
const asking = [
  {
    resource: 'git://p/refs/heads',
    resourceMatch: 'prefix',
    actions: ['git.push'],
    constraints: { requiresActionApproval: true },
  },
] as const;

test('its bounds are said and stop nobody: authority, a yes each time, order, budgets', () => {
  expect(ask([watching()], { request: write })).toEqual(['permit', 'permitted']);
  expect(ask([watching()])).toEqual(['would_refuse', 'out_of_authority']);
  expect(ask([watching({ authority: asking })])).toEqual(['would_refuse', 'approval_required']);
  expect(ask([watching({ budgets: [{ kind: 'calls', limit: 0 }] })], { request: write })).toEqual([
    'would_refuse',
    'budget_spent',
  ]);
});

test('its end, a condition, the credential, policy and the clock hold', () => {
  const refused = { permits: false, version: 'policy-1', detail: 'closed' } as const;
  expect(ask([watching({ expiresAt: t0 })])[0]).toBe('refuse');
  expect(ask([watching()], { token: { usable: false, detail: 'revoked' }, request: write })).toEqual([
    'refuse',
    'credential_unusable',
  ]);
  expect(ask([watching()], { policy: refused, request: write })).toEqual(['refuse', 'policy_refused']);
  expect(ask([watching()], { policy: { permits: true, version: 'policy-1', asks: true }, request: write })).toEqual([
    'hold',
    'approval_required',
  ]);
  expect(ask([watching({ budgets: [{ kind: 'wall', limitMs: 0 }] })], { request: write })[0]).toBe('refuse');
  // The bound speaks first, and is not all there is against it.
  expect(ask([watching()], { policy: refused })).toEqual(['refuse', 'out_of_authority']);
  expect(ask([watching()], { token: { usable: false, detail: 'revoked' } })).toEqual(['refuse', 'out_of_authority']);
  expect(ask([])).toEqual(['refuse', 'unknown_mandate']);
});

test('what a person narrowed holds, and so does a mandate under another or above one', () => {
  const narrowed = watching({ overlays: [{ authority: [], at: t0, by: 'ada', reason: 'enough' }] });
  expect(ask([narrowed])[0]).toBe('refuse');
  expect(ask([watching(), mandate('m0.1')])[0]).toBe('refuse');
  expect(ask([mandate('m0'), mandate('m0.1', { watch: true })])[0]).toBe('refuse');
});

test('law: watching changes no yes, and makes of no end anything but a refusal', () => {
  fc.assert(
    fc.property(fc.constantFrom(...states), fc.constantFrom(write, push), fc.boolean(), (state, request, usable) => {
      const token = usable ? ({ usable: true, actor: 'agent' } as const) : ({ usable: false, detail: 'x' } as const);
      const [held] = ask([mandate('m0', { state })], { request, token });
      const [watched] = ask([watching({ state })], { request, token });
      if (held === 'permit') expect(watched).toBe('permit');
      else expect(watched).toBe(state.name === 'active' && usable ? 'would_refuse' : 'refuse');
    }),
    { numRuns: 300 },
  );
});
