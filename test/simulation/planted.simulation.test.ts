/**
 * Each rule that everything rests on, taken out once: the simulation says so within a few seeds, makes what it found shorter, and fails again from the steps that are left alone; or
 * it proves nothing.
 */

import { expect, test } from 'vitest';
import { plantedBugs } from './planted-bugs.ts';
import { toRanges } from './ranges.ts';
import { start } from './start.ts';
import { writeMore } from './world/plan.ts';

const steps = 1_000;

test.concurrent.each(plantedBugs)(
  'without the $name a seed fails',
  { timeout: 600_000 },
  async ({ name, says, seeds, from, with: machines, more }) => {
    const how = { steps, ...(machines && { with: machines }), ...(more && { more: writeMore(more) }) };
    const { lines, stderr } = await start({ ...how, seed: from, seeds, shrink: 45, share: 0.5 }, name);
    const failed = lines.find(({ wrong }) => wrong.length > 0);
    expect(failed?.wrong.join('\n'), stderr).toMatch(says);
    // It is told with fewer steps than there were: half of those it was found with, where there is time.
    const { shrunk, seed = '' } = failed ?? {};
    expect(shrunk?.steps.length).toBeLessThan(steps);
    const again = await start({ ...how, seed, only: toRanges(shrunk?.steps ?? []) }, name);
    // Ids are other ones where fewer seeds ran before it.
    expect(again.lines[0]?.wrong.length, again.stderr).toBeGreaterThan(0);
  },
);
