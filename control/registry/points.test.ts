/** Who is waited for when something is stopped: whoever may hold it, and nobody else. */

import { describe, expect, it } from 'vitest';
import type { Point } from '../caller.ts';
import { codeOf, got, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';
import type { Holding } from './registry.ts';

const enforcer: Point = { kind: 'point', name: 'enforcer' };
const launcher: Point = { kind: 'point', name: 'launcher' };
const group = (mandate: string, subject: string): Holding => ({
  kind: 'process_group',
  subject,
  mandate,
  residualUntil: null,
});
const enforces = (kit: TestControl, boot = 'b1', ...holdings: readonly Holding[]) =>
  kit.control.register('enforcer', { kind: 'enforcer', boot, position: 0, holdings }, enforcer);
/** An attended session `s` under `mandate`. */
const attends = (kit: TestControl, s: string, ...mandates: readonly string[]) =>
  kit.control.register(
    `launcher-${s}`,
    { kind: 'launcher', boot: `boot-${s}`, position: 0, holdings: mandates.map((mandate) => group(mandate, s)) },
    launcher,
  );
const linesOf = async (kit: TestControl, mandate: string) =>
  (await kit.stop(mandate)).lines.map(({ kind, subject, outcome }) => [kind, subject, outcome]);

describe('a point that left', () => {
  it('is not waited for, neither by what it held nor after control started anew', async () => {
    await using kit = await testControl();
    const [m0, m1, m2] = [await kit.approved(), await kit.approved(), await kit.approved()];
    got(await enforces(kit, 'b1', group(m0, 'run-1')));
    got(await kit.control.leave('enforcer', 'b1', enforcer));
    expect(await kit.stop(m0)).toMatchObject({ lines: [], closedAt: kit.clock.now });
    await kit.restart();
    expect(await kit.stop(m1)).toMatchObject({ lines: [], closedAt: kit.clock.now });
    // It may come back, and then it is waited for again.
    got(await enforces(kit, 'b1'));
    await kit.restart();
    expect(await linesOf(kit, m2)).toEqual([['point', 'enforcer', 'pending']]);
    expect((await kit.types()).filter((type) => type.startsWith('point.'))).toEqual([
      'point.registered',
      'point.left',
      'point.registered',
    ]);
  });

  it('answers for itself where a stop waits for it', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    got(await enforces(kit));
    await kit.restart();
    const { id } = await kit.stop(m0);
    got(await kit.control.leave('enforcer', 'b1', enforcer));
    const receipt = kit.control.state.receipts.get(id)!;
    expect(receipt.lines).toMatchObject([{ kind: 'point', outcome: 'stopped', attestedBy: 'runtime' }]);
    expect(receipt.closedAt).not.toBeNull();
  });

  it('is not signed off by the goodbye of an earlier start, nor by another kind of point', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    got(await enforces(kit, 'b1'));
    got(await enforces(kit, 'b2', group(m0, 'run-1')));
    got(await kit.control.leave('enforcer', 'b1', enforcer));
    expect(codeOf(await kit.control.leave('enforcer', 'b2', launcher))).toBe('not_yours');
    expect(await linesOf(kit, m0)).toEqual([['process_group', 'run-1', 'pending']]);
  });
});

describe('an attended session', () => {
  it('is waited for by a stop of its own mandate alone, also when its launcher died and control started anew', async () => {
    await using kit = await testControl();
    const [m0, m1] = [await kit.approved(), await kit.approved()];
    got(await attends(kit, 's0', m0));
    expect(await linesOf(kit, m1)).toEqual([]);
    await kit.restart();
    expect(await linesOf(kit, await kit.approved())).toEqual([]);
    expect(await linesOf(kit, m0)).toEqual([['point', 'launcher-s0', 'pending']]);
  });

  it('is waited for under the mandate that took the place of its own', async () => {
    await using kit = await testControl();
    const [m0, m1] = [await kit.approved(), await kit.approved()];
    got(await attends(kit, 's0', m0));
    got(await attends(kit, 's0', m1));
    got(await attends(kit, 's0', m1));
    expect((await kit.types()).filter((type) => type === 'point.registered')).toHaveLength(2);
    await kit.restart();
    expect(await linesOf(kit, m1)).toEqual([['point', 'launcher-s0', 'pending']]);
    expect(await linesOf(kit, m0)).toEqual([['point', 'launcher-s0', 'pending']]);
  });

  it('whose launcher is silent is said to be unreachable, and the enforcer can say what became of it', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    got(await enforces(kit));
    got(await attends(kit, 's0', m0));
    kit.clock.now += 14_000;
    const { id, lines } = await kit.stop(m0);
    expect(lines).toMatchObject([
      { subject: 's0', note: expect.stringContaining('unreachable: not heard for 14 s') as string },
    ]);
    const word = {
      kind: 'process_group',
      subject: 's0',
      outcome: 'stopped',
      attestedBy: 'os',
      residualUntil: null,
      note: 'its launcher had died',
    } as const;
    got(await kit.control.acknowledge(id, 'enforcer', [word], enforcer));
    const receipt = kit.control.state.receipts.get(id)!;
    expect(receipt.lines).toMatchObject([{ point: 'launcher-s0', outcome: 'stopped', attestedBy: 'os' }]);
    expect(receipt.closedAt).not.toBeNull();
  });

  it('is not spoken for by another launcher', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    got(await attends(kit, 's0', m0));
    const { id } = await kit.stop(m0);
    const word = {
      kind: 'process_group',
      subject: 's0',
      outcome: 'stopped',
      attestedBy: 'os',
      residualUntil: null,
      note: '',
    } as const;
    got(await kit.control.acknowledge(id, 'launcher-s1', [word], launcher));
    expect(kit.control.state.receipts.get(id)!.lines).toMatchObject([
      { point: 'launcher-s0', outcome: 'pending' },
      { point: 'launcher-s1', outcome: 'stopped' },
    ]);
  });
});

it('a heartbeat is no event, a new start is', async () => {
  await using kit = await testControl();
  for (const boot of ['b1', 'b1', 'b2']) got(await enforces(kit, boot));
  expect((await kit.types()).filter((type) => type === 'point.registered')).toHaveLength(2);
});

describe('a point that names what it holds', () => {
  const says = (kit: TestControl, held: string, holdings: readonly Holding[] | null, boot = 'b1') =>
    kit.control.register('enforcer', { kind: 'enforcer', boot, position: 0, held, holdings }, enforcer);

  it('is heard by the name alone where all of it was said under that name, and no other', async () => {
    await using kit = await testControl();
    const [m0, m1] = [await kit.approved(), await kit.approved()];
    expect(got(await says(kit, '1', [group(m0, 'run-1')])).isHeard).toBe(true);
    expect(got(await says(kit, '1', null)).isHeard).toBe(true);
    expect(got(await says(kit, '2', null)).isHeard).toBe(false);
    expect(got(await says(kit, '1', null, 'b2')).isHeard).toBe(false);
    // What it holds is found by a stop all the same.
    expect(await linesOf(kit, m0)).toEqual([['process_group', 'run-1', 'pending']]);
    expect(await linesOf(kit, m1)).toEqual([]);
  });

  it('is not heard by the name alone after control started anew, and is waited for until it said all of it', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    got(await says(kit, '1', [group(m0, 'run-1')]));
    await kit.restart();
    expect(got(await says(kit, '1', null)).isHeard).toBe(false);
    expect(await linesOf(kit, m0)).toEqual([['point', 'enforcer', 'pending']]);
    got(await says(kit, '1', [group(m0, 'run-1')]));
    expect((await kit.stop(m0)).lines.map(({ kind, subject }) => [kind, subject])).toContainEqual([
      'process_group',
      'run-1',
    ]);
  });
});
