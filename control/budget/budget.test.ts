/** Budgets on a real control: what begins draw, what use costs, what a slice promises, what follows when nothing is left. */

import type { Budget } from '@writ/authority';
import { describe, expect, it } from 'vitest';
import type { Ask } from '../operation/ask.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';

const calls = (limit: number): readonly Budget[] => [{ kind: 'calls', limit }];
const tokens = (limit: number, more: { whenSpent?: 'interrupt' } = {}): readonly Budget[] => [
  { kind: 'tokens', limit, ...more },
];
const estimate = (n: number): Partial<Ask> => ({ estimate: { tokens: n, moneyMicros: 0, currency: null } });
const used = (n: number, isFinal = false) =>
  ({ tokens: n, moneyMicros: 0, currency: null, source: 'reported', isFinal }) as const;
const deep = { maxDepth: 3, maxChildren: 9, actors: 'any' } as const;

const line = (kit: TestControl, mandate: string, kind = 'tokens') =>
  kit.control.statements(mandate)[0]?.lines.find((one) => one.kind === kind);
const beginAs = async (kit: TestControl, mandate: string, key: string, more: Partial<Ask> = {}) =>
  kit.control.begin(kit.push(mandate, more), 30_000, { by: await kit.actorOf(mandate), key, body: key });

describe('a begin', () => {
  it('sets its estimate aside, and is refused when there is less, with how much there is', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: tokens(1_000) });
    got(await beginAs(kit, m0, 'a', estimate(700)));
    expect(line(kit, m0)).toEqual({ kind: 'tokens', limit: 1_000, spent: 0, reserved: 700, promised: 0, left: 300 });
    const refused = await beginAs(kit, m0, 'b', estimate(301));
    expect(refused).toMatchObject({
      refusal: { verdict: { reason: { code: 'budget_spent', short: { left: 300, draws: 301 } } } },
    });
    const checked = got(await kit.control.check(kit.push(m0, estimate(301)), person));
    expect(checked.verdict.decision).toBe('refuse');
    got(await beginAs(kit, m0, 'c', estimate(300)));
    expect(codeOf(await beginAs(kit, m0, 'd'))).toBe('budget_spent');
  });

  it('writes on its own account and no other, however deep it stands, but for a rare refill', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: calls(10_000), delegation: deep });
    const m1 = await kit.child(m0, { deeper: 2 });
    const m2 = await kit.child(m1, { deeper: 1 });
    const m3 = await kit.child(m2);
    for (let n = 0; n < 40; n++) got(await beginAs(kit, m3, `k${String(n)}`));
    const events = (await kit.journal.readAll()).filter(({ stream }) => stream.startsWith('spend-'));
    expect(events.filter(({ type }) => type === 'spend.reserved').every(({ stream }) => stream === `spend-${m3}`)).toBe(
      true,
    );
    // One refill each at three levels; the spare of the first suffices.
    expect(events.filter(({ type }) => type === 'spend.allocated').length).toBeLessThanOrEqual(6);
    expect(line(kit, m0, 'calls')).toMatchObject({ spent: 40, left: 9_960 });
  });

  it('is refused in another currency than the budget counts', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: [{ kind: 'money', limitMicros: 5_000_000, currency: 'EUR' }] });
    const inDollars = { estimate: { tokens: 0, moneyMicros: 1, currency: 'USD' } };
    expect(codeOf(await beginAs(kit, m0, 'a', inDollars))).toBe('malformed_request');
    got(await beginAs(kit, m0, 'b', { estimate: { tokens: 0, moneyMicros: 1, currency: 'EUR' } }));
  });
});

describe('use', () => {
  it('that was counted first is known to a begin that is on its way', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: tokens(10) });
    const { id } = got(await beginAs(kit, m0, 'a', estimate(5))).operation.begun;
    const by = await kit.actorOf(m0);
    const [counted, begun] = await Promise.all([
      kit.control.reportUsage(id, used(6), by),
      kit.control.begin(kit.push(m0, estimate(5)), 30_000, { by, key: 'b' }),
    ]);
    expect(counted.ok).toBe(true);
    const drawn = (await kit.journal.readAll()).map(({ type }) => type).filter((type) => type.startsWith('spend.'));
    expect(drawn).toEqual(['spend.reserved', 'spend.used']);
    expect(codeOf(begun)).toBe('budget_spent');
  });

  it('frees what was reserved and not used, once it is final; a report sent twice counts once', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: tokens(1_000) });
    const { id } = got(await beginAs(kit, m0, 'a', estimate(700))).operation.begun;
    const by = await kit.actorOf(m0);
    for (const report of [used(200), used(200), used(100)]) got(await kit.control.reportUsage(id, report, by));
    expect(line(kit, m0)).toMatchObject({ spent: 200, reserved: 500, left: 300 });
    got(await kit.control.settle(id, 'done', '', by, undefined, { ...used(250), source: 'reported' }));
    expect(line(kit, m0)).toMatchObject({ spent: 250, reserved: 0, left: 750 });
    expect((await kit.types()).filter((type) => type === 'spend.used')).toHaveLength(2);
  });

  it('that nobody reported is what was estimated; a better source may still correct it, a worse one not', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: tokens(1_000) });
    const { id } = got(await beginAs(kit, m0, 'a', estimate(700))).operation.begun;
    const by = await kit.actorOf(m0);
    got(await kit.control.settle(id, 'failed', '', by));
    expect(line(kit, m0)).toMatchObject({ spent: 700, reserved: 0 });
    expect(kit.control.usageOf(id)).toMatchObject({ source: 'estimated', isFinal: true });
    got(await kit.control.reportUsage(id, used(300, true), by));
    expect(line(kit, m0)).toMatchObject({ spent: 300, left: 700 });
    got(await kit.control.reportUsage(id, { ...used(10, true), source: 'computed' }, by));
    expect(line(kit, m0)).toMatchObject({ spent: 300 });
    got(await kit.control.reportUsage(id, used(400, true), by));
    expect(line(kit, m0)).toMatchObject({ spent: 400 });
  });

  it('of an operation whose lease ended unsettled stays held until somebody knows', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: tokens(1_000) });
    const { operation } = got(await beginAs(kit, m0, 'a', { ...estimate(700), vouchedBy: 'enforcer' }));
    const { id } = operation.begun;
    kit.clock.now = operation.leaseUntil + 10_000;
    await kit.control.tick();
    expect(kit.control.state.operations.get(id)?.state).toMatchObject({ outcome: 'unknown' });
    expect(line(kit, m0)).toMatchObject({ spent: 0, reserved: 700, left: 300 });
    const by = await kit.actorOf(m0);
    // The agent alone does not free what an enforcement point watches over.
    expect(codeOf(await kit.control.reportUsage(id, used(0, true), by))).toBe('not_yours');
    got(await kit.control.settle(id, 'interrupted', 'killed', by, 'enforcer', { ...used(50), source: 'computed' }));
    expect(line(kit, m0)).toMatchObject({ spent: 50, reserved: 0, left: 950 });
  });

  it('is written down beyond every bound and after the end of the mandate, and nothing begins then', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: tokens(1_000), delegation: deep });
    const m1 = await kit.child(m0, { budgets: tokens(300) });
    const { id } = got(await beginAs(kit, m1, 'a', estimate(300))).operation.begun;
    const by = await kit.actorOf(m1);
    await kit.stop(m1);
    expect(line(kit, m0)).toMatchObject({ reserved: 300, left: 700 });
    got(await kit.control.reportUsage(id, used(1_200, true), by));
    expect(line(kit, m0)).toMatchObject({ spent: 1_200, left: 0 });
    // Whoever draws on the account above relied on it: it moved in the same append.
    expect((await kit.journal.read(`spend-${m0}`)).map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ why: 'overrun', amount: 900 }),
    );
    expect(codeOf(await beginAs(kit, m0, 'b'))).toBe('budget_spent');
    await kit.restart();
    expect(line(kit, m0)).toMatchObject({ spent: 1_200, left: 0 });
  });

  it('is counted where nothing is bounded too, so that a person can see it', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const { id } = got(await beginAs(kit, m0, 'a')).operation.begun;
    got(await kit.control.reportUsage(id, used(5), await kit.actorOf(m0)));
    expect(line(kit, m0)).toEqual({ kind: 'tokens', limit: null, spent: 5, reserved: 0, promised: 0, left: null });
  });

  it('after an extension is drawn from what was reserved before, and then from the successor', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: tokens(1_000) });
    const { id } = got(await beginAs(kit, m0, 'a', estimate(600))).operation.begun;
    const by = await kit.actorOf(m0);
    const extension = { expiresAt: kit.clock.now + 2 * hour, authority: undefined, budgets: undefined, reason: '' };
    const successor = got(await kit.control.extend(m0, extension, { by: person })).mandate;
    expect(successor.budgets).toEqual(tokens(400));
    got(await kit.control.reportUsage(id, used(700), by));
    expect(line(kit, successor.id)).toMatchObject({ spent: 100, left: 300 });
    expect(line(kit, m0)).toMatchObject({ spent: 600 });
  });
});

describe('a slice', () => {
  it('is set aside at once, is refused where it is not there, and comes back when the child ends', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: calls(10), delegation: deep });
    const m1 = await kit.child(m0, { budgets: calls(6) });
    expect(line(kit, m0, 'calls')).toMatchObject({ promised: 6, left: 4 });
    await expect(kit.child(m0, { budgets: calls(5) })).rejects.toThrow('a slice of 5 calls is more than is left');
    for (const key of ['a', 'b']) got(await beginAs(kit, m1, key));
    for (const key of ['c', 'd', 'e', 'f']) got(await beginAs(kit, m0, key));
    expect(codeOf(await beginAs(kit, m0, 'g'))).toBe('budget_spent');
    got(await beginAs(kit, m1, 'h'));
    await kit.stop(m1, 'complete');
    expect(line(kit, m0, 'calls')).toEqual({ kind: 'calls', limit: 10, spent: 7, reserved: 0, promised: 0, left: 3 });
    for (const key of ['i', 'j', 'k']) got(await beginAs(kit, m0, key));
    expect(codeOf(await beginAs(kit, m0, 'l'))).toBe('budget_spent');
  });

  it('goes along when the mandate above is extended, with what is left of it', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: calls(10), delegation: deep });
    const m1 = await kit.child(m0, { budgets: calls(6) });
    got(await beginAs(kit, m1, 'a'));
    const extend = async (budgets: readonly Budget[] | undefined) =>
      kit.control.extend(m0, { expiresAt: undefined, authority: undefined, budgets, reason: '' }, { by: person });
    expect(codeOf(await extend(calls(4)))).toBe('out_of_bounds');
    const successor = got(await extend(undefined)).mandate;
    expect(successor.budgets).toEqual(calls(9));
    const child = kit.control.answering(m1)!.mandate;
    expect(child.budgets).toEqual(calls(5));
    expect(line(kit, successor.id, 'calls')).toMatchObject({ promised: 5, left: 4 });
    for (const key of ['b', 'c', 'd', 'e', 'f']) got(await beginAs(kit, child.id, key));
    expect(codeOf(await beginAs(kit, child.id, 'g'))).toBe('budget_spent');
  });

  it('is counted twice for no kind, and two budgets of one kind are refused', async () => {
    await using kit = await testControl();
    await expect(kit.approved({ budgets: [...calls(1), ...calls(2)] })).rejects.toThrow('two budgets of calls');
  });
});

describe('when nothing is left', () => {
  it('that is said once, and again only after something was', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: tokens(100) });
    const { id } = got(await beginAs(kit, m0, 'a', estimate(100))).operation.begun;
    for (const key of ['b', 'c']) expect(codeOf(await beginAs(kit, m0, key))).toBe('budget_spent');
    const said = async () => (await kit.types()).filter((type) => type === 'budget.spent').length;
    expect(await said()).toBe(1);
    got(await kit.control.reportUsage(id, used(60, true), await kit.actorOf(m0)));
    got(await beginAs(kit, m0, 'd', estimate(40)));
    expect(await said()).toBe(2);
  });

  it('work under way may finish, unless the approver chose that it is interrupted', async () => {
    for (const whenSpent of [undefined, 'interrupt'] as const) {
      await using kit = await testControl();
      const m0 = await kit.approved({ budgets: tokens(100, whenSpent && { whenSpent }) });
      const one = got(await beginAs(kit, m0, 'a', estimate(50))).operation.begun.id;
      const two = got(await beginAs(kit, m0, 'b', estimate(50))).operation.begun.id;
      const by = await kit.actorOf(m0);
      got(await kit.control.reportUsage(one, used(50), by));
      expect(kit.control.state.operations.get(two)?.state).toMatchObject({ interrupt: null });
      got(await kit.control.reportUsage(one, used(51), by));
      const expected = whenSpent === undefined ? null : { how: 'interrupt' };
      for (const id of [one, two])
        expect(kit.control.state.operations.get(id)?.state).toMatchObject({ interrupt: expected });
      expect((await kit.control.renew(two, 5_000, by)).ok).toBe(whenSpent === undefined);
      expect(codeOf(await beginAs(kit, m0, 'c'))).toBe('budget_spent');
    }
  });
});

describe('attack 20', () => {
  it('five hundred begins at once, under a tree of children, draw what there is and no more', async () => {
    await using kit = await testControl();
    const limit = 120;
    const m0 = await kit.approved({
      budgets: [...calls(limit), ...tokens(10 * limit)],
      delegation: { maxDepth: 2, maxChildren: 20, actors: 'any' },
    });
    const children = [m0];
    for (let n = 0; n < 6; n++) children.push(await kit.child(m0, { deeper: 1 }));
    for (const parent of children.slice(1, 4)) children.push(await kit.child(parent));
    const callers = await Promise.all(children.map((id) => kit.actorOf(id)));
    const outcomes = await Promise.all(
      Array.from({ length: 500 }, (_, n) => {
        const at = n % children.length;
        const ask = kit.push(children[at]!, estimate(10)); // as many callers as children
        return kit.control.begin(ask, 30_000, { by: callers[at]!, key: `k${String(n)}` });
      }),
    );
    expect(new Set(outcomes.filter(({ ok }) => !ok).map(codeOf))).toEqual(new Set(['budget_spent']));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(limit);
    expect(line(kit, m0, 'calls')).toMatchObject({ spent: limit, left: 0 });
    expect(line(kit, m0)).toMatchObject({ reserved: 10 * limit, left: 0 });
  }, 60_000);
});
