/**
 * Each night, and the law of interleavings, fails when the one rule it guards is taken out. Otherwise it would be a test that cannot fail.
 *
 * Only by name: `npm test -- --project planted`. Each case removes a rule from a copy of the checkout, and runs that test there as it is.
 */

import { afterAll, expect, test } from 'vitest';
import type { Rule } from './planted.ts';
import { planted, plantedInIncidents, plantedInLaw } from './planted.ts';
import { removeCopies, runWithout } from './run-without.ts';

/** Side by side: they wait for processes and deadlines more than they compute. */
const atOnce = test.concurrent;
afterAll(removeCopies, 120_000);

atOnce.each(planted)(
  '$night fails without $without',
  { timeout: 240_000 },
  async ({ night, only, and, says, ...rule }) => {
    const failed = await runWithout([rule, ...(and === undefined ? [] : [and])], 'e2e', `test/e2e/${night}`, only);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.join('\n')).toMatch(says);
  },
);

atOnce.each(plantedInIncidents)(
  '$incident fails without $without',
  { timeout: 240_000 },
  async ({ test: file, only, and, says, ...rule }) => {
    const project = file.endsWith('.e2e.test.ts') ? 'e2e' : 'int';
    const failed = await runWithout([rule, ...(and === undefined ? [] : [and])], project, file, only);
    expect(failed.join('\n')).toMatch(says);
  },
);

atOnce.each(plantedInLaw)(
  'the law of interleavings fails without $without, and shows it in a few steps',
  { timeout: 240_000 },
  async ({ says, and, seed, ...rule }) => {
    const law = 'control/interleavings.test.ts';
    const failed = (await runWithout([rule, ...(and === undefined ? [] : [and]), moreRuns(seed)], 'unit', law)).join(
      '\n',
    );
    expect(failed).toMatch(says);
    // What is shown is small: the threads of the schedule, shrunk.
    const steps = failed.slice(failed.indexOf('Counterexample'), failed.indexOf('Shrunk')).match(/"do":/g) ?? [];
    expect(steps.length).toBeLessThanOrEqual(10);
    expect(steps.length).toBeGreaterThan(0);
  },
);

/** Some of these need a rare order: it is looked for longer than each time anybody runs the tests. */
const moreRuns = (seed: number | undefined): Rule => ({
  file: 'control/interleavings.test.ts',
  rule: 'numRuns: 250,',
  instead: seed === undefined ? 'numRuns: 3_000,' : `numRuns: 3_000, seed: ${String(seed)},`,
});
