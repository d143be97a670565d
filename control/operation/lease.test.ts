/** How long an operation goes on before it asks again: by its class, whatever it asks for. DESIGN §4.6. */

import { actionClasses } from '@writ/authority';
import { describe, expect, it } from 'vitest';
import { notFrozen, pushTo } from '../testing/scenario.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';

const sealed = { files: 'worktree', network: 'none', credentials: 'none' } as const;
const authority = pushTo('writ', ['git.push', 'git.merge', 'file.write']);

describe('a lease', () => {
  it.each([
    ['file.write', 'workspace_write'],
    ['git.push', 'consequential_write'],
    ['git.merge', 'external_commitment'],
  ] as const)('of %s is as long as its class allows, at begin and at each renewal', async (action, actionClass) => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority });
    const by = await kit.actorOf(m0);
    const { leaseMs } = actionClasses[actionClass];
    const begin = (key: string, askedMs: number) =>
      kit.control.begin(kit.push(m0, { action, containment: sealed }), askedMs, { by, key });
    const { operation } = got(await begin('long', hour));
    expect(operation).toMatchObject({ leaseMs, leaseUntil: kit.clock.now + leaseMs });
    expect(got(await begin('short', 1_000)).operation).toMatchObject({ leaseMs: 1_000 });
    kit.clock.now += leaseMs - 1;
    const renewed = got(await kit.control.renew(operation.begun.id, hour, by));
    expect(renewed).toMatchObject({ leaseMs, leaseUntil: kit.clock.now + leaseMs });
    kit.clock.now += leaseMs;
    expect(codeOf(await kit.control.renew(operation.begun.id, hour, by))).toBe('operation_over');
  });

  it('is never longer than what it rests on, and says so', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ expiresAt: kit.clock.now + 10_000 });
    expect((await kit.begun(m0)).operation).toMatchObject({ leaseMs: 10_000, leaseUntil: kit.clock.now + 10_000 });
  });
});

describe('a renewal that is refused', () => {
  const older = notFrozen({ maxAgeMs: 1_000, whenUnreported: 'unknown' });
  const open = { subject: 'branch:p/x', value: 'open', source: 's', sequence: undefined };

  it('interrupts what a pause interrupts, for good: a yes later on does not bring its permit back', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority, conditions: [older] });
    got(await kit.control.report(open, { by: person }));
    const by = await kit.actorOf(m0);
    const { operation, permit } = await kit.begun(m0);
    const { id } = operation.begun;
    // Nothing was written: the reading grew too old.
    kit.clock.now += 1_001;
    expect(codeOf(await kit.control.renew(id, 5_000, by))).toBe('condition_unknown');
    const { state } = kit.control.state.operations.get(id)!;
    expect(state).toEqual({ name: 'open', interrupt: { at: kit.clock.now, how: 'interrupt' } });
    got(await kit.control.report(open, { by: person }));
    expect(codeOf(await kit.control.renew(id, 5_000, by))).toBe('operation_over');
    expect((await kit.redeem(permit)).current).toBe(false);
    expect((await kit.types()).filter((type) => type === 'operation.interrupt_requested')).toHaveLength(1);
  });

  it('leaves standing what a pause lets stand: it goes on once there is a yes again', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority });
    const by = await kit.actorOf(m0);
    const { operation } = await kit.begun(m0, 'key', { action: 'file.write' });
    const { id } = operation.begun;
    await kit.suspend(m0);
    expect(codeOf(await kit.control.renew(id, 5_000, by))).toBe('mandate_inactive');
    expect(kit.control.state.operations.get(id)?.state).toEqual({ name: 'open', interrupt: null });
    got(await kit.control.govern(m0, { type: 'reinstate', reason: '' }, { by: person }));
    got(await kit.control.renew(id, 5_000, by));
  });

  it('because of the credential alone interrupts nothing: whoever has an old one stops no work', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const { id } = (await kit.begun(m0)).operation.begun;
    const old = { ...(await kit.actorOf(m0)), expiresAt: kit.clock.now };
    expect(codeOf(await kit.control.renew(id, 5_000, old))).toBe('credential_unusable');
    expect(kit.control.state.operations.get(id)?.state).toEqual({ name: 'open', interrupt: null });
  });
});
