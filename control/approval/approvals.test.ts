import { describe, expect, it } from 'vitest';
import { codeOf, got, person, testControl } from '../testing/test-control.ts';
import { pushTo } from '../testing/scenario.ts';

const asks = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));

describe('a yes to one action', () => {
  it('lets exactly that begin, once, and is void after any pause', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: asks });
    const by = await kit.actorOf(m0);
    const push = kit.push(m0);
    const begin = (key: string, more = {}) => kit.control.begin({ ...push, ...more }, 5_000, { by, key });
    const yes = (key?: string) =>
      kit.control.approveAction({ ...push, expiresAt: kit.clock.now + 60_000 }, { by: person, key });
    expect(codeOf(await begin('a'))).toBe('approval_required');
    expect(codeOf(await kit.control.approveAction({ ...push, expiresAt: kit.clock.now + 1 }, { by }))).toBe(
      'not_an_approver',
    );
    const given = got(await yes('k'));
    expect(got(await yes('k')).id).toBe(given.id);
    expect(codeOf(await begin('b', { parameters: { oid: 'other' } }))).toBe('approval_required');
    expect(codeOf(await begin('b', { resource: 'git://p/refs/heads/writ/y' }))).toBe('approval_required');
    expect(codeOf(await begin('b', { facts: { tenant: 'other' } }))).toBe('approval_required');
    const { operation, permit } = got(await begin('c'));
    expect(codeOf(await begin('d'))).toBe('approval_required');
    // What it let begin goes on and lands; a restart forgets neither the yes nor its use.
    await kit.restart();
    got(await kit.control.renew(operation.begun.id, 5_000, by));
    expect(await kit.redeem(permit)).toMatchObject({ current: true });
    expect(codeOf(await begin('d'))).toBe('approval_required');

    got(await yes());
    await kit.suspend(m0);
    got(await kit.control.govern(m0, { type: 'reinstate', reason: '' }, { by: person }));
    expect(codeOf(await begin('e'))).toBe('approval_required');

    got(await yes());
    kit.clock.now += 60_000;
    expect(codeOf(await begin('f'))).toBe('approval_required');
  });

  it('carries what it let begin through a narrowing that leaves it allowed, and through an extension', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: asks });
    const m0_1 = await kit.child(m0, { authority: asks });
    const by = await kit.actorOf(m0_1);
    got(await kit.control.approveAction({ ...kit.push(m0_1), expiresAt: kit.clock.now + 60_000 }, { by: person }));
    const { operation, permit } = got(await kit.control.begin(kit.push(m0_1), 5_000, { by, key: 'k' }));
    const goesOn = async (): Promise<void> => {
      await kit.control.tick();
      got(await kit.control.renew(operation.begun.id, 5_000, by));
    };
    const less = pushTo('writ/x').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    got(await kit.control.stop(m0, { type: 'narrow', authority: less, reason: '' }, { by: person }));
    await goesOn();
    const more = { expiresAt: kit.clock.now + 9e6, authority: undefined, budgets: undefined, reason: '' };
    got(await kit.control.extend(m0, more, { by: person }));
    await goesOn();
    expect(await kit.redeem(permit)).toMatchObject({ current: true });
    // It is for that one, and for as long as it was given.
    expect(codeOf(await kit.control.begin(kit.push(m0_1), 5_000, { by, key: 'l' }))).toBe('approval_required');
    kit.clock.now += 60_000;
    expect(codeOf(await kit.control.renew(operation.begun.id, 5_000, by))).toBe('approval_required');
  });

  it('is void after a pause also for what it let begin and a pause does not end', async () => {
    await using kit = await testControl();
    const resource = 'workspace://p/';
    const constraints = { requiresActionApproval: true };
    const m0 = await kit.approved({
      authority: [{ resource, resourceMatch: 'prefix', actions: ['file.write'], constraints }],
    });
    const by = await kit.actorOf(m0);
    const write = kit.push(m0, { action: 'file.write', resource: `${resource}a` });
    got(await kit.control.approveAction({ ...write, expiresAt: kit.clock.now + 60_000 }, { by: person }));
    const { operation } = got(await kit.control.begin(write, 5_000, { by, key: 'k' }));
    got(await kit.control.renew(operation.begun.id, 5_000, by));
    await kit.suspend(m0);
    got(await kit.control.govern(m0, { type: 'reinstate', reason: '' }, { by: person }));
    expect(kit.control.state.operations.get(operation.begun.id)?.state).toEqual({ name: 'open', interrupt: null });
    expect(codeOf(await kit.control.renew(operation.begun.id, 5_000, by))).toBe('approval_required');
    // A new yes to the same is for one more, not for that one.
    got(await kit.control.approveAction({ ...write, expiresAt: kit.clock.now + 60_000 }, { by: person }));
    expect(codeOf(await kit.control.renew(operation.begun.id, 5_000, by))).toBe('approval_required');
    got(await kit.control.begin(write, 5_000, { by, key: 'l' }));
  });

  it('is used by one of many that begin at once', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: asks });
    const by = await kit.actorOf(m0);
    got(await kit.control.approveAction({ ...kit.push(m0), expiresAt: kit.clock.now + 60_000 }, { by: person }));
    const begun = await Promise.all(
      Array.from({ length: 8 }, (_, index) => kit.control.begin(kit.push(m0), 5_000, { by, key: String(index) })),
    );
    expect(begun.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('is not given in store: for what needs none, or would be refused anyway', async () => {
    await using kit = await testControl();
    const open = await kit.approved();
    const held = await kit.approved({ authority: asks });
    const expiresAt = kit.clock.now + 60_000;
    const give = (mandate: string, more = {}) =>
      kit.control.approveAction({ ...kit.push(mandate), expiresAt, ...more }, { by: person });
    expect(codeOf(await give(open))).toBe('malformed_request');
    expect(codeOf(await give(held, { resource: 'git://p/refs/heads/main' }))).toBe('out_of_authority');
    expect(codeOf(await give(held, { expiresAt: kit.clock.now }))).toBe('malformed_request');
    await kit.suspend(held);
    expect(codeOf(await give(held))).toBe('mandate_inactive');
  });
});
