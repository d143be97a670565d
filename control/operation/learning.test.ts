/** What nobody knows has an owner and a time, and is learned from whoever can know: DESIGN §4.6. */

import { describe, expect, it } from 'vitest';
import type { SinkKind } from '../sink/sink-kind.ts';
import { codeOf, got, person, sink, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';
import { reconcileWithinMs } from './decide.ts';
import { askedAfterMs, owedOf } from './owed.ts';

const enforcer = { kind: 'point', name: 'enforcer' } as const;
const change = { ref: 'refs/heads/writ/x', old: '0'.repeat(40), new: 'a'.repeat(40) };
const leaseMs = 30_000;

/** An operation that ended unknown, sent to a sink of this kind; to none where it is null. */
async function unknownAt(
  kit: TestControl,
  kind: SinkKind | null,
  more: { readonly redeemed?: true } = {},
  meanwhile = async (_: string): Promise<unknown> => undefined,
) {
  const { control } = kit;
  got(await control.createProject({ id: 'p', title: '' }, person));
  const url = 'https://git.example/app.git';
  if (kind !== null) got(await control.nameSink({ project: 'p', name: 'origin', url, kind }, { by: person }));
  const mandate = await kit.approved({ budgets: [{ kind: 'tokens', limit: 100 }] });
  const to = kind === null ? {} : { sink: 'origin' };
  const estimate = { tokens: 60, moneyMicros: 0, currency: null };
  const asked = { ...to, parameters: change, vouchedBy: 'enforcer', estimate } as const;
  const { operation, permit } = await kit.begun(mandate, 'key', asked);
  const { action, resource } = operation.begun;
  if (more.redeemed === true)
    expect(got(await control.redeem({ permit, action, resource, parameters: change }, sink)).current).toBe(true);
  const { id } = operation.begun;
  await meanwhile(mandate);
  got(await control.settle(id, 'unknown', 'killed in flight', await kit.actorOf(mandate), 'enforcer'));
  const state = () => control.state.operations.get(id)!.state;
  return { id, mandate, state, owed: () => owedOf(control.state.operations.get(id)!, kit.clock.now) };
}
const waits = (kit: TestControl) => kit.control.waiting(person).map(({ kind }) => kind);
const say = (kit: TestControl, id: string, outcome: 'done' | 'failed' | 'unknown', evidence: string, by = person) =>
  kit.control.account(id, { outcome, evidence }, by);

describe('what nobody knows', () => {
  it.each([
    ['observable', 'sink', '`origin` is asked'],
    ['fenced', 'sink', '`origin` is asked'],
    ['blind', 'holder', '`builder` in run `run` owes an account'],
    [null, 'holder', '`builder` in run `run` owes an account'],
  ] as const)('of a sink that is %s is owed by the %s, then by a person', async (kind, owner, todo) => {
    await using kit = await testControl();
    const { id, owed, mandate } = await unknownAt(kit, kind, { redeemed: true });
    const until = kit.clock.now + leaseMs + askedAfterMs;
    expect(owed()).toMatchObject({ owner, until, todo: expect.stringContaining(todo) as string });
    expect([...kit.control.state.unknownOperations]).toEqual([id]);
    kit.clock.now = until - 1;
    expect([owed()?.owner, waits(kit)]).toEqual([owner, []]);
    kit.clock.now = until;
    expect([owed()?.owner, waits(kit)]).toEqual(['person', ['outcome']]);
    expect(owed()?.todo).toContain(`writ mandate outcome ${id} done`);
    // The mandate being over changes nothing: what happened has happened.
    await kit.stop(mandate);
    expect(waits(kit)).toEqual(['outcome']);
    const viewer = await kit.person('vera', { p: 'viewer' });
    expect(kit.control.waiting(viewer)).toMatchObject([{ mayNot: { code: 'not_allowed' } }]);
    expect(kit.control.waiting(await kit.person('ann', { q: 'admin' }))).toEqual([]);
  });

  it('is said by a person, with a reason and their name, and that is the end of it', async () => {
    for (const outcome of ['done', 'failed'] as const) {
      await using kit = await testControl();
      const { id, state, owed, mandate } = await unknownAt(kit, 'blind');
      const reserved = () => kit.control.statements(mandate)[0]!.lines.find(({ kind }) => kind === 'tokens')!.reserved;
      expect(reserved()).toBe(60);
      expect(codeOf(await say(kit, id, outcome, ' '))).toBe('out_of_bounds');
      expect(codeOf(await say(kit, id, 'unknown', 'I looked'))).toBe('out_of_bounds');
      const viewer = await kit.person('vera', { p: 'viewer' });
      expect(codeOf(await say(kit, id, outcome, 'I looked', viewer))).toBe('not_allowed');
      expect(codeOf(await say(kit, id, outcome, 'I looked', await kit.person('ann', { q: 'admin' })))).toBe(
        'not_found',
      );
      expect(codeOf(await kit.control.account(id, { outcome, evidence: 'x' }, await kit.actorOf(mandate)))).toBe(
        'not_yours',
      );
      const olga = await kit.person('olga', { p: 'operator' });
      kit.clock.now += 1;
      got(await say(kit, id, outcome, 'I looked', olga));
      expect(state()).toMatchObject({ outcome, by: 'olga', at: kit.clock.now, evidence: 'killed in flight; I looked' });
      // Said again it is said once; said otherwise it is refused.
      got(await say(kit, id, outcome, 'I looked', olga));
      expect(codeOf(await say(kit, id, outcome === 'done' ? 'failed' : 'done', 'no', olga))).toBe('operation_over');
      expect((await kit.types()).filter((type) => type === 'operation.reconciled')).toHaveLength(1);
      expect([owed(), reserved(), kit.control.state.unknownOperations.size]).toEqual([undefined, 0, 0]);
      await kit.restart();
      expect(kit.control.state.operations.get(id)?.state).toMatchObject({ outcome, by: 'olga' });
    }
  });

  it('is said of what is unknown only', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const { id } = (await kit.begun(m0)).operation.begun;
    expect(codeOf(await say(kit, id, 'failed', 'I looked'))).toBe('operation_over');
    got(await kit.control.settle(id, 'done', '', await kit.actorOf(m0)));
    expect(codeOf(await say(kit, id, 'failed', 'I looked'))).toBe('operation_over');
    expect(codeOf(await say(kit, 'op-none', 'failed', 'I looked'))).toBe('not_found');
  });
});

describe('a sink', () => {
  it('that can be asked makes known what landed, at any time, and nothing else', async () => {
    await using kit = await testControl();
    const { id, state } = await unknownAt(kit, 'observable');
    const bySink = (outcome: 'done' | 'failed' | 'unknown', name: 'enforcer' | 'runtime' = 'enforcer') =>
      kit.control.account(id, { outcome, evidence: `it showed ${outcome}` }, { kind: 'point', name });
    expect(codeOf(await bySink('failed'))).toBe('out_of_bounds');
    expect(codeOf(await bySink('done', 'runtime'))).toBe('not_yours');
    const before = state();
    kit.clock.now += reconcileWithinMs * 2;
    got(await bySink('unknown'));
    got(await bySink('unknown'));
    expect(state()).toEqual({ ...before, by: 'point:enforcer', evidence: 'killed in flight; it showed unknown' });
    got(await bySink('done'));
    expect(state()).toMatchObject({ outcome: 'done', by: 'point:enforcer' });
    expect(codeOf(await say(kit, id, 'failed', 'I looked'))).toBe('operation_over');
  });

  it.each(['blind', null] as const)('that is %s says nothing', async (kind) => {
    await using kit = await testControl();
    const { id } = await unknownAt(kit, kind);
    expect(codeOf(await kit.control.account(id, { outcome: 'done', evidence: 'it is there' }, enforcer))).toBe(
      'out_of_bounds',
    );
  });

  it('that is fenced took nothing whose permit was never taken, from when it cannot be taken any more', async () => {
    await using kit = await testControl();
    const { state } = await unknownAt(kit, 'fenced');
    kit.clock.now += leaseMs - 1;
    await kit.control.tick();
    expect(state()).toMatchObject({ outcome: 'unknown' });
    kit.clock.now += 1;
    await kit.control.tick();
    expect(state()).toMatchObject({
      outcome: 'failed',
      by: 'control',
      evidence: expect.stringContaining('never taken') as string,
    });
    await kit.control.tick();
    expect((await kit.types()).filter((type) => type === 'operation.reconciled')).toHaveLength(1);
  });

  it('speaks in the receipt of a stop; what a person says is no stop that anybody saw', async () => {
    for (const [kind, line] of [
      ['fenced', { outcome: 'stopped', attestedBy: 'sink' }],
      ['blind', { outcome: 'unknown', attestedBy: 'runtime' }],
    ] as const) {
      await using kit = await testControl();
      const { id } = await unknownAt(kit, kind, {}, (mandate) => kit.suspend(mandate));
      kit.clock.now += leaseMs;
      await kit.control.tick();
      if (kind === 'blind') got(await say(kit, id, 'failed', 'I looked'));
      const [receipt] = [...kit.control.state.receipts.values()];
      expect(receipt?.lines.filter((one) => one.kind === 'operation' && one.subject === id)).toMatchObject([line]);
    }
  });

  it.each([
    ['fenced', { redeemed: true }],
    ['observable', {}],
    ['blind', {}],
  ] as const)('that is %s (%j) proves nothing by silence', async (kind, more) => {
    await using kit = await testControl();
    const { state } = await unknownAt(kit, kind, more);
    kit.clock.now += 10 * reconcileWithinMs;
    await kit.control.tick();
    expect(state()).toMatchObject({ outcome: 'unknown' });
  });
});

describe('what went where nothing is taken without a permit', () => {
  it.each([
    { redeemed: false, state: 'failed' },
    // It was taken: what became of it nobody knows.
    { redeemed: true, state: 'unknown' },
  ] as const)('has $state where the permit was taken: $redeemed', async ({ redeemed, state }) => {
    await using kit = await testControl();
    const { control } = kit;
    const mandate = await kit.approved({});
    const { operation, permit } = await kit.begun(mandate, 'key', { parameters: change, vouchedBy: 'enforcer' });
    const { id, action, resource } = operation.begun;
    if (redeemed) got(await control.redeem({ permit, action, resource, parameters: change }, sink));
    got(await control.settle(id, 'unknown', 'cancelled', await kit.actorOf(mandate), 'enforcer', undefined, true));
    expect(control.state.operations.get(id)?.state).toMatchObject({ name: 'settled', outcome: state });
    // What was not taken can be taken no more.
    if (!redeemed) expect((await kit.redeem(permit)).current).toBe(false);
  });
});
