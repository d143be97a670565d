/** What a sweep may leave out, and what it may not. */

import { describe, expect, it } from 'vitest';
import { hour, testControl } from '../testing/test-control.ts';
import { createClearance } from './clearance.ts';

/** A clearance over a control, with one open operation under `m0.1` that was found free. */
async function cleared() {
  const kit = await testControl();
  const m0 = await kit.approved();
  const m0_1 = await kit.child(m0);
  const { operation } = await kit.begun(m0_1);
  const { mandates } = kit.control.state;
  const clearance = createClearance({ find: (id) => mandates.get(id), now: () => kit.clock.now });
  expect(clearance.look()(operation)).toBe(false);
  clearance.note(operation);
  expect(clearance.look()(operation)).toBe(true);
  return { kit, m0, m0_1, operation, isClear: () => clearance.look()(operation), clearance };
}

describe('an operation that was found free', () => {
  it('is looked at again once a mandate above has changed, and stays so until it is judged anew', async () => {
    const { kit, m0, operation, isClear, clearance } = await cleared();
    await using _kit = kit;
    await kit.suspend(m0);
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

  it('leaves others to be looked at', async () => {
    const { kit, m0_1, clearance } = await cleared();
    await using _kit = kit;
    const { operation: another } = await kit.begun(m0_1, 'another');
    expect(clearance.look()(another)).toBe(false);
  });
});
