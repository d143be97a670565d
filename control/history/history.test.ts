/** History rules from what was really done: DESIGN "history predicates"; docs/ontology.md, "Conditions, and what came before". */

import type { HistoryRule } from '@writ/authority';
import { describe, expect, it } from 'vitest';
import type { OperationOutcome } from '../operation/events.ts';
import { pushTo } from '../testing/scenario.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';

const firstPush: HistoryRule = { id: 'new', kind: 'first_use', actions: ['git.push'], target: 'resource' };
const tested = (more: Partial<Extract<HistoryRule, { kind: 'before' }>> = {}): HistoryRule => ({
  id: 'tested',
  kind: 'before',
  first: ['test.run'],
  then: ['git.push'],
  staleAfter: ['file.write'],
  sameTarget: false,
  sameParameter: null,
  maxAgeMs: null,
  ...more,
});
const authority = pushTo('writ', ['git.push', 'test.run', 'file.write']);

let keys = 0;
const beginAs = async (kit: TestControl, mandate: string, action: string, more: object = {}) => {
  keys += 1;
  const ask = kit.push(mandate, { action, vouchedBy: 'enforcer', ...more });
  const key = `k${String(keys)}`;
  return kit.control.begin(ask, 30_000, { by: await kit.actorOf(mandate), key, body: key });
};
const idOf = async (begun: ReturnType<typeof beginAs>): Promise<string> => got(await begun).operation.begun.id;
const end = async (kit: TestControl, mandate: string, id: string, outcome: OperationOutcome, evidence = '') =>
  got(await kit.control.settle(id, outcome, evidence, await kit.actorOf(mandate), 'enforcer'));
const did = async (kit: TestControl, mandate: string, action: string, more: object = {}): Promise<void> => {
  await end(kit, mandate, await idOf(beginAs(kit, mandate, action, more)), 'done');
};
const approve = async (kit: TestControl, mandate: string, more: object = {}) => {
  const { action, resource, facts, parameters } = kit.push(mandate, more);
  const asked = { mandate, action, resource, facts, parameters, expiresAt: kit.clock.now + hour };
  keys += 1;
  return kit.control.approveAction(asked, { by: person, key: `a${String(keys)}` });
};
const push = async (kit: TestControl, mandate: string, more: object = {}): Promise<string> =>
  codeOf(await beginAs(kit, mandate, 'git.push', more));
const yes = 'not refused';

describe('first use', () => {
  it('asks until one was done, and only for that target', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority, history: [firstPush] });
    expect(await push(kit, m0)).toBe('approval_required');
    got(await approve(kit, m0));
    const first = await idOf(beginAs(kit, m0, 'git.push'));
    // It is under way, and may yet fail.
    expect(await push(kit, m0)).toBe('approval_required');
    await end(kit, m0, first, 'done');
    expect(await push(kit, m0)).toBe(yes);
    expect(await push(kit, m0, { resource: 'git://p/refs/heads/writ/y' })).toBe('approval_required');
    // Another spelling of the same target.
    expect(await push(kit, m0, { resource: 'GIT://p/refs/heads/./writ/%78' })).toBe(yes);
    await kit.restart();
    expect(await push(kit, m0)).toBe(yes);
  });

  it.each(['failed', 'interrupted', 'unknown'] as const)('is not over when it ended %s', async (outcome) => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority, history: [firstPush] });
    got(await approve(kit, m0));
    const id = await idOf(beginAs(kit, m0, 'git.push'));
    await end(kit, m0, id, outcome);
    expect(await push(kit, m0)).toBe('approval_required');
    if (outcome !== 'unknown') return;
    // Until somebody saw it landed.
    await end(kit, m0, id, 'done', 'the remote shows it');
    expect(await push(kit, m0)).toBe(yes);
  });

  it('is of the mandate, whoever under it came first, and goes over to what succeeds it', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority, history: [firstPush] });
    const m0_1 = await kit.child(m0);
    expect(await push(kit, m0_1)).toBe('approval_required');
    got(await approve(kit, m0_1));
    const id = await idOf(beginAs(kit, m0_1, 'git.push'));
    const longer = { expiresAt: kit.clock.now + 2 * hour, authority: undefined, budgets: undefined, reason: 'more' };
    got(await kit.control.extend(m0, longer, { by: person }));
    // Begun under the mandate before, done under the one after.
    await end(kit, m0_1, id, 'done');
    expect(await push(kit, m0)).toBe(yes);
    await kit.restart();
    expect(await push(kit, m0)).toBe(yes);
    expect(await push(kit, await kit.approved({ authority, history: [firstPush] }))).toBe('approval_required');
  });
});

describe('before', () => {
  it('counts what was done and watched, and nothing else', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority, history: [tested()] });
    expect(await push(kit, m0)).toBe('history_required');
    await did(kit, m0, 'file.write');
    expect(await push(kit, m0)).toBe('history_required');
    for (const outcome of ['failed', 'interrupted', 'unknown'] as const) {
      await end(kit, m0, await idOf(beginAs(kit, m0, 'test.run')), outcome);
      expect([outcome, await push(kit, m0)]).toEqual([outcome, 'history_required']);
    }
    // The agent alone says so.
    const alone = await idOf(beginAs(kit, m0, 'test.run', { vouchedBy: undefined }));
    got(await kit.control.settle(alone, 'done', '', await kit.actorOf(m0)));
    expect(await push(kit, m0)).toBe('history_required');
    const running = await idOf(beginAs(kit, m0, 'test.run'));
    expect(await push(kit, m0)).toBe('history_required');
    await end(kit, m0, running, 'done');
    expect(await push(kit, m0)).toBe(yes);
  });

  it('counts no more once something changed, from its beginning to its end, whatever that end', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority, history: [tested()] });
    await did(kit, m0, 'test.run');
    expect(await push(kit, m0)).toBe(yes);
    for (const outcome of ['done', 'failed', 'interrupted', 'unknown'] as const) {
      const change = await idOf(beginAs(kit, m0, 'file.write'));
      expect(await push(kit, m0)).toBe('history_required');
      // Tested while it changed.
      await did(kit, m0, 'test.run');
      await end(kit, m0, change, outcome);
      expect([outcome, await push(kit, m0)]).toEqual([outcome, 'history_required']);
      await did(kit, m0, 'test.run');
      // What nobody knows the end of may still be going on.
      expect([outcome, await push(kit, m0)]).toEqual([outcome, outcome === 'unknown' ? 'history_required' : yes]);
      if (outcome !== 'unknown') continue;
      await end(kit, m0, change, 'done', 'seen later');
      await did(kit, m0, 'test.run');
      expect(await push(kit, m0)).toBe(yes);
    }
  });

  it('counts no more once a point was told yes to a change that is not begun', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority, history: [tested()] });
    const by = await kit.actorOf(m0);
    const write = kit.push(m0, { action: 'file.write' });
    const changes = async () => (await kit.types()).filter((type) => type === 'history.changed').length;
    got(await kit.control.check(write, by));
    expect(await changes()).toBe(0);
    await did(kit, m0, 'test.run');
    got(await kit.control.check({ ...write, resource: 'git://p/refs/heads/main' }, by));
    expect(await push(kit, m0)).toBe(yes);
    const running = await idOf(beginAs(kit, m0, 'test.run'));
    got(await kit.control.check(write, by));
    got(await kit.control.check(write, by));
    // The second took nothing away that the first had left.
    expect(await changes()).toBe(1);
    expect(await push(kit, m0)).toBe('history_required');
    await end(kit, m0, running, 'done');
    expect(await push(kit, m0)).toBe('history_required');
    await did(kit, m0, 'test.run');
    expect(await push(kit, m0)).toBe(yes);
  });

  it('is of the same parameter, of the same resource, and for as long as it says', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({
      authority,
      history: [tested({ sameParameter: 'tree', sameTarget: true, maxAgeMs: 1_000 })],
    });
    const of = (tree: unknown, name = 'x') => ({ parameters: { tree }, resource: `git://p/refs/heads/writ/${name}` });
    await did(kit, m0, 'test.run', of('aaa'));
    await did(kit, m0, 'test.run', { parameters: 7 });
    expect(await push(kit, m0, of('aaa'))).toBe(yes);
    expect(await push(kit, m0, of('bbb'))).toBe('history_required');
    expect(await push(kit, m0, of('aaa', 'y'))).toBe('history_required');
    expect(await push(kit, m0, of(undefined))).toBe('history_required');
    expect(await push(kit, m0, { parameters: 7 })).toBe('history_required');
    // Not its own.
    expect(await push(kit, m0, { parameters: Object.create({ tree: 'aaa' }) as unknown })).toBe('history_required');
    kit.clock.now += 1_001;
    expect(await push(kit, m0, of('aaa'))).toBe('history_required');
  });

  it('holds a child to its ancestors’ rules, and hears of what siblings did', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority, history: [tested()] });
    const [m0_1, m0_2] = [await kit.child(m0, { authority }), await kit.child(m0, { authority })];
    await did(kit, m0_1, 'test.run');
    expect(await push(kit, m0_2)).toBe(yes);
    await did(kit, m0_2, 'file.write');
    expect(await push(kit, m0_1)).toBe('history_required');
  });
});

it('a begin that a rule judges and one that the rule counts, at the same moment: one is judged knowing of the other', async () => {
  for (const order of [0, 1]) {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority, history: [tested()] });
    await did(kit, m0, 'test.run');
    const both = [() => beginAs(kit, m0, 'file.write'), () => beginAs(kit, m0, 'git.push')];
    const begun = await Promise.all((order === 0 ? both : both.toReversed()).map((begin) => begin()));
    const [change, pushed] = order === 0 ? begun : begun.toReversed();
    expect(change?.ok).toBe(true);
    const events = await kit.journal.readAll();
    const at = (action: string) =>
      events.find(
        ({ type, data }) => type === 'operation.begun' && (data as { readonly action: string }).action === action, // as control writes it
      )?.position ?? Infinity;
    expect(pushed?.ok).toBe(at('git.push') < at('file.write'));
  }
});
