/** A thousand operations, with every test run; the long run is `simulation.simulation.test.ts`. */

import { expect, test } from 'vitest';
import { start, tell } from './start.ts';

test('seeds of both planes and their points hold', { timeout: 240_000 }, async () => {
  const ran = await start({ seed: 1, seeds: 2, steps: 500 });
  expect(tell(ran, 500)).toBe('');
  // That it is a simulation of something: things were asked, permitted, done, and landed.
  for (const { counts } of ran.lines) expect(Math.min(counts['calls'] ?? 0, counts['yes'] ?? 0)).toBeGreaterThan(10);
  expect(ran.lines.reduce((sum, { counts }) => sum + (counts['landed'] ?? 0), 0)).toBeGreaterThan(10);
  expect(ran.lines.reduce((sum, { operations }) => sum + operations, 0)).toBeGreaterThan(800);
});

test('a seed is the same run every time, whatever ran before it', { timeout: 240_000 }, async () => {
  const [alone, second] = await Promise.all([
    start({ seed: 12, steps: 150 }),
    start({ seed: 11, seeds: 2, steps: 150 }),
  ]);
  expect(second.lines[1]?.trace).toBe(alone.lines[0]?.trace);
  expect(second.lines[0]?.trace).not.toBe(alone.lines[0]?.trace);
});
