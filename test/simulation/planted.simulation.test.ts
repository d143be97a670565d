/** Each rule that everything rests on, taken out once: the simulation says so within a few seeds, or it proves nothing. */

import { expect, test } from 'vitest';
import { plantedBugs } from './planted-bugs.ts';
import { start } from './start.ts';

test.each(plantedBugs)(
  'without the $name a seed fails',
  { timeout: 600_000 },
  async ({ name, says, seeds, from = 1, shrinkS = 10 }) => {
    const { lines, stderr } = await start({ seed: from, seeds, steps: 1_000, shrink: shrinkS }, name);
    const failed = lines.find(({ wrong }) => wrong.length > 0);
    expect(failed?.wrong.join('\n'), stderr).toMatch(says);
    // It is told with fewer steps than it was found with.
    expect(failed?.shrunk?.wrong.length).toBeGreaterThan(0);
    expect(failed?.shrunk?.steps.length).toBeLessThan(1_000);
  },
);
