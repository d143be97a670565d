/** A rule that moved is found again in a moment, and not when the simulation runs without it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantedBugs } from './planted-bugs.ts';

test.each(plantedBugs)('the rule of the $name stands once in its file', ({ file, rule }) => {
  expect(readFileSync(join(import.meta.dirname, '../..', file), 'utf8').split(rule).length - 1).toBe(1);
});
