import { describe, expect, it } from 'vitest';
import type { Point } from '../caller.ts';
import type { Holding } from '../registry/registry.ts';
import { codeOf, got, testControl } from '../testing/test-control.ts';

const enforcer: Point = { kind: 'point', name: 'enforcer' };
const report = (holdings: readonly Holding[], boot = 'b1') =>
  ({ kind: 'enforcer', boot, position: 0, holdings }) as const;
const group = (mandate: string, subject = 'run-1'): Holding => ({
  kind: 'process_group',
  subject,
  mandate,
  residualUntil: null,
});

describe('a receipt', () => {
  it('has a line for everything known to be held under the mandate, and closes when each was spoken for', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const other = await kit.approved();
    const m0_1 = await kit.child(m0);
    got(await kit.control.register('enforcer', report([group(m0_1), group(other, 'run-2')]), enforcer));
    const { operation } = await kit.begun(m0_1);
    const receipt = await kit.stop(m0);
    expect(receipt.lines.map(({ kind, subject, point, outcome }) => [kind, subject, point, outcome])).toEqual([
      ['operation', operation.begun.id, null, 'pending'],
      ['permit', operation.begun.id, null, 'void'],
      ['process_group', 'run-1', 'enforcer', 'pending'],
    ]);
    const word = { outcome: 'stopped', attestedBy: 'os', residualUntil: null, note: '' } as const;
    const half = got(
      await kit.control.acknowledge(
        receipt.id,
        'enforcer',
        [{ ...word, kind: 'process_group', subject: 'run-1' }],
        enforcer,
      ),
    );
    expect(half.closedAt).toBeNull();
    const whole = got(
      await kit.control.acknowledge(
        receipt.id,
        'enforcer',
        [{ ...word, kind: 'operation', subject: operation.begun.id }],
        enforcer,
      ),
    );
    expect(whole.closedAt).not.toBeNull();
    expect(whole.lines.every((line) => line.attestedBy !== null)).toBe(true);
  });

  it('closes at the deadline with what nobody confirmed, and takes a word that comes late', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    got(await kit.control.register('enforcer', report([group(m0)]), enforcer));
    const { operation } = await kit.begun(m0);
    const { id, deadline } = await kit.stop(m0);
    kit.clock.now = deadline - 1;
    await kit.control.tick();
    expect(kit.control.state.receipts.get(id)?.closedAt).toBeNull();
    kit.clock.now = deadline;
    await kit.control.tick();
    const closed = kit.control.state.receipts.get(id)!;
    expect(closed.closedAt).toBe(deadline);
    expect(
      closed.lines
        .filter((line) => line.kind !== 'permit')
        .map(({ outcome, residualUntil }) => [outcome, residualUntil]),
    ).toEqual([
      ['unconfirmed', operation.leaseUntil],
      ['unconfirmed', operation.leaseUntil],
    ]);
    const late = got(
      await kit.control.acknowledge(
        id,
        'enforcer',
        [
          {
            kind: 'process_group',
            subject: 'run-1',
            outcome: 'stopped',
            attestedBy: 'os',
            residualUntil: null,
            note: '',
          },
        ],
        enforcer,
      ),
    );
    expect(late.lines.find((line) => line.kind === 'process_group')).toMatchObject({
      outcome: 'stopped',
      attestedBy: 'os',
      at: deadline,
    });
  });

  it('closes at once when nothing was held', async () => {
    await using kit = await testControl();
    expect(await kit.stop(await kit.approved())).toMatchObject({ lines: [], closedAt: kit.clock.now });
  });

  it('of a stop that was done before is the first one', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const first = await kit.stop(m0);
    expect((await kit.stop(m0)).id).toBe(first.id);
  });

  it('assumes nothing about a point that has not reported since control started', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    got(await kit.control.register('enforcer', report([group(m0)]), enforcer));
    await kit.restart();
    const receipt = await kit.stop(m0);
    expect(receipt.lines).toMatchObject([{ kind: 'point', subject: 'enforcer', outcome: 'pending' }]);
    got(await kit.control.register('enforcer', report([group(m0)]), enforcer));
    const after = kit.control.state.receipts.get(receipt.id)!;
    expect(after.lines.map(({ kind, subject, outcome }) => [kind, subject, outcome])).toEqual([
      ['point', 'enforcer', 'continues'],
      ['process_group', 'run-1', 'pending'],
    ]);
    expect(after.closedAt).toBeNull();
  });

  it('asks by class: a suspension interrupts a push, freezes a commit, drains a read', async () => {
    await using kit = await testControl();
    const authority = [
      {
        resource: 'git://p/refs/heads/writ',
        resourceMatch: 'prefix',
        actions: ['git.push', 'git.commit', 'git.fetch', 'task.note'],
        constraints: {},
      },
    ] as const;
    const m0 = await kit.approved({ authority });
    for (const action of ['git.push', 'git.commit', 'git.fetch', 'task.note']) await kit.begun(m0, action, { action });
    const notes = (await kit.suspend(m0)).lines
      .filter((line) => line.kind === 'operation')
      .map(({ note, outcome }) => [note, outcome]);
    expect(notes).toEqual([
      ['interrupt', 'pending'],
      ['freeze', 'pending'],
      ['drain', 'pending'],
      ['continue', 'continues'],
    ]);
  });

  it('a point speaks for itself alone', async () => {
    await using kit = await testControl();
    const receipt = await kit.stop(await kit.approved());
    expect(codeOf(await kit.control.acknowledge(receipt.id, 'runtime', [], enforcer))).toBe('not_yours');
    expect(codeOf(await kit.control.register('runtime', { ...report([]), kind: 'runtime' }, enforcer))).toBe(
      'not_yours',
    );
    got(await kit.control.register('enforcer-2', report([]), enforcer));
  });

  it('a point attests what it can see and no more, and a lesser word takes no better one’s place', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const { operation } = await kit.begun(m0);
    const runtime: Point = { kind: 'point', name: 'runtime' };
    const receipt = await kit.stop(m0);
    const word = {
      kind: 'operation',
      subject: operation.begun.id,
      outcome: 'stopped',
      attestedBy: 'os',
      residualUntil: null,
      note: '',
    } as const;
    expect(codeOf(await kit.control.acknowledge(receipt.id, 'runtime', [word], runtime))).toBe('not_yours');
    expect(
      codeOf(await kit.control.acknowledge(receipt.id, 'enforcer', [{ ...word, attestedBy: 'sink' }], enforcer)),
    ).toBe('not_yours');
    got(await kit.control.acknowledge(receipt.id, 'enforcer', [{ ...word, outcome: 'unknown' }], enforcer));
    got(
      await kit.control.acknowledge(
        receipt.id,
        'runtime',
        [{ ...word, kind: 'permit', outcome: 'continues', attestedBy: 'runtime' }],
        runtime,
      ),
    );
    got(await kit.control.settle(operation.begun.id, 'failed', 'all gone', await kit.actorOf(m0)));
    const { lines } = kit.control.state.receipts.get(receipt.id)!;
    expect(lines.map(({ kind, outcome, attestedBy }) => [kind, outcome, attestedBy])).toEqual([
      ['operation', 'unknown', 'os'],
      ['permit', 'void', 'control'],
    ]);
  });
});

it('what was left running when control died is interrupted when it is back', async () => {
  await using kit = await testControl();
  const m0 = await kit.approved();
  const { operation } = await kit.begun(m0);
  kit.clock.now += 3_600_000; // the mandate expired while nobody was there
  await kit.restart();
  expect(kit.control.state.operations.get(operation.begun.id)?.state).toMatchObject({
    interrupt: { how: 'interrupt' },
  });
});
