/** What a sweep may leave out, and what it may not. */

import { describe, expect, it } from 'vitest';
import { basePolicy } from '../policy/policy.ts';
import { pushTo } from '../testing/scenario.ts';
import { got, hour, person, testControl } from '../testing/test-control.ts';
import { createClearance } from './clearance.ts';

/** A change above an operation that leaves it allowed. */
const narrowed = async (kit: Awaited<ReturnType<typeof testControl>>, id: string) =>
  got(await kit.control.stop(id, { type: 'narrow', authority: pushTo('writ'), reason: '' }, { by: person }));

/** A clearance over a control, with one open operation under `m0.1` that was found free. */
async function cleared() {
  const kit = await testControl();
  const m0 = await kit.approved();
  const m0_1 = await kit.child(m0);
  const { operation } = await kit.begun(m0_1);
  const projection = kit.control.state;
  const clearance = createClearance({
    find: (id) => projection.mandates.get(id),
    now: () => kit.clock.now,
    projection,
    get policy() {
      return projection.policy ?? basePolicy;
    },
  });
  const isClear = (which = operation): boolean => !clearance.toLookAt().includes(which);
  expect(isClear()).toBe(false);
  clearance.note(operation);
  expect(isClear()).toBe(true);
  return { kit, m0, m0_1, operation, isClear, clearance };
}

describe('an operation that was found free', () => {
  it('is looked at again once a mandate above has changed, and stays so until it is judged anew', async () => {
    const { kit, m0, operation, isClear, clearance } = await cleared();
    await using _kit = kit;
    await narrowed(kit, m0);
    expect(isClear()).toBe(false);
    // Whatever a later look found: its yes was given by other versions, and says nothing about these.
    clearance.note(operation);
    expect(isClear()).toBe(false);
  });

  it('is looked at again when its yes would have ended by time alone', async () => {
    const { kit, operation, isClear } = await cleared();
    await using _kit = kit;
    kit.clock.now = operation.begun.validUntil - 1;
    expect(isClear()).toBe(true);
    kit.clock.now = operation.begun.validUntil;
    expect(isClear()).toBe(false);
    expect(operation.begun.validUntil).toBeLessThanOrEqual(kit.clock.now + hour);
  });

  it('is looked at again under another policy', async () => {
    const { kit, isClear } = await cleared();
    await using _kit = kit;
    const rules = { classes: {}, refusedToAgents: { 'package.publish': 'by hand' } };
    got(await kit.control.adoptPolicy(rules, got(kit.control.previewPolicy(rules, person)), { by: person }));
    expect(isClear()).toBe(false);
  });

  it('leaves others to be looked at', async () => {
    const { kit, m0_1, operation, isClear } = await cleared();
    await using _kit = kit;
    const { operation: another } = await kit.begun(m0_1, 'another');
    expect(isClear(another)).toBe(false);
    expect(isClear(operation)).toBe(true);
  });

  it('is not kept from a sweep by one under another mandate that was found free as well', async () => {
    const { kit, m0, m0_1, operation, isClear, clearance } = await cleared();
    await using _kit = kit;
    const m0_2 = await kit.child(m0);
    const { operation: another } = await kit.begun(m0_2, 'another');
    clearance.note(another);
    expect([isClear(), isClear(another)]).toEqual([true, true]);
    await narrowed(kit, m0_1);
    expect(isClear(operation)).toBe(false);
  });

  it('is gone from the list once it has ended', async () => {
    const { kit, m0_1, clearance } = await cleared();
    await using _kit = kit;
    const { operation } = await kit.begun(m0_1, 'another');
    const { id } = operation.begun;
    got(await kit.control.settle(id, 'done', '', await kit.actorOf(m0_1)));
    expect(clearance.toLookAt().map(({ begun }) => begun.id)).not.toContain(id);
  });
});
