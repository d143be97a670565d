/** Many begins at once on one budget: what their sharing an append saves, and what it must not give away. */

import { describe, expect, it } from 'vitest';
import { pushTo } from '../testing/scenario.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';

const estimate = (tokens: number) => ({ estimate: { tokens, moneyMicros: 0, currency: null } });

describe('begins at once on one budget', () => {
  it('share appends, draw one after another, and are refused where nothing is left', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: [{ kind: 'calls', limit: 30 }] });
    const by = await kit.actorOf(m0);
    let commits = 0;
    using _counting = kit.journal.project((events) => {
      if (events.some(({ type }) => type === 'spend.reserved')) commits += 1;
    });
    const outcomes = await Promise.all(
      Array.from({ length: 32 }, (_, n) => kit.control.begin(kit.push(m0), 30_000, { by, key: `k${String(n)}` })),
    );
    expect(commits).toBe(2);
    expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : codeOf(outcome)))).toEqual([
      ...Array.from({ length: 30 }, () => 'ok'),
      'budget_spent',
      'budget_spent',
    ]);
    // Each operation stands before its draw, as when it is alone.
    const told = (await kit.journal.readAll()).filter(({ type }) =>
      /^(operation[.]begun|spend[.]reserved)$/.test(type),
    );
    expect(told.map(({ type }) => type)).toEqual(
      Array.from({ length: 30 }, () => ['operation.begun', 'spend.reserved']).flat(),
    );
  });

  it('are decided anew when something else moved the account first', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: [{ kind: 'tokens', limit: 100 }] });
    const by = await kit.actorOf(m0);
    const begin = (key: string) => kit.control.begin(kit.push(m0, estimate(10)), 30_000, { by, key });
    const { id } = got(await begin('first')).operation.begun;
    const usage = { tokens: 60, moneyMicros: 0, currency: null, source: 'reported', isFinal: true } as const;
    const [counted, ...begun] = await Promise.all([
      kit.control.reportUsage(id, usage, by),
      ...['a', 'b', 'c', 'd', 'e', 'f'].map(begin),
    ]);
    expect(counted.ok).toBe(true);
    expect(begun.map((outcome) => (outcome.ok ? 'ok' : codeOf(outcome)))).toEqual([
      ...Array.from({ length: 4 }, () => 'ok'),
      'budget_spent',
      'budget_spent',
    ]);
  });

  it('refill their account for all of them, and never more than there is above', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({
      budgets: [{ kind: 'tokens', limit: 100 }],
      delegation: { maxDepth: 1, maxChildren: 3, actors: 'any' },
    });
    const children = [await kit.child(m0), await kit.child(m0)];
    const callers = await Promise.all(children.map((id) => kit.actorOf(id)));
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        // One of the two.
        kit.control.begin(kit.push(children[n % 2]!, estimate(7)), 30_000, {
          by: callers[n % 2]!,
          key: `k${String(n)}`,
        }),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(14);
    expect(kit.control.statements(m0)[0]?.lines).toMatchObject([{ kind: 'tokens', reserved: 98, left: 2 }]);
  });

  it('with one key are one operation, and draw once', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: [{ kind: 'calls', limit: 4 }] });
    const by = await kit.actorOf(m0);
    // The first is alone in its append; the others are together.
    const keys = ['first', 'same', 'same', 'other', 'same', 'third'];
    const outcomes = await Promise.all(keys.map((key) => kit.control.begin(kit.push(m0), 30_000, { by, key })));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect((await kit.types()).filter((type) => type === 'spend.reserved')).toHaveLength(4);
  });

  it('use one approval once', async () => {
    await using kit = await testControl();
    const authority = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    const m0 = await kit.approved({ authority, budgets: [{ kind: 'calls', limit: 9 }] });
    const by = await kit.actorOf(m0);
    const { action, resource, facts, parameters } = kit.push(m0);
    const expiresAt = kit.clock.now + hour;
    got(
      await kit.control.approveAction({ mandate: m0, action, resource, facts, parameters, expiresAt }, { by: person }),
    );
    const begin = (key: string, more = {}) => kit.control.begin(kit.push(m0, more), 30_000, { by, key });
    // The first is alone in its append; the others are together.
    const other = { resource: 'git://p/refs/heads/writ/other' };
    const [, ...outcomes] = await Promise.all([begin('first', other), ...['a', 'b', 'c'].map((key) => begin(key))]);
    expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : codeOf(outcome)))).toEqual([
      'ok',
      'approval_required',
      'approval_required',
    ]);
  });
});
