/**
 * The long run, in two processes, for as long as there is time (`WRIT_SIMULATION_SECONDS`, default 60). Which seeds follows from the tree that is checked out, so that every change is looked
 * at where none was; in CI they are always the same, as many as have a million operations, so that a failure there is the change's. `WRIT_SEED`, with `WRIT_STEPS` and `WRIT_ONLY`, runs one
 * again.
 */

import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { start, tell } from './start.ts';

const { WRIT_SEED: seed, WRIT_ONLY: only } = process.env;
const seconds = Number(process.env['WRIT_SIMULATION_SECONDS'] ?? 60);
const steps = Number(process.env['WRIT_STEPS'] ?? 2_000);
/** What CI walks: from this seed on, however long it takes, until there were so many operations; and the most seeds of each process. */
const walked = { first: 982_570_469, operations: 1_000_000, most: 120 };
const isCi = Boolean(process.env['CI']);

test('no seed breaks an invariant', { timeout: (seconds + 400) * 1_000 }, async () => {
  const first = seed !== undefined ? Number(seed) : isCi ? walked.first : seedOfTree();
  const each: Readonly<Record<string, string | number>> =
    seed === undefined
      ? {
          every: 2,
          shrink: 90,
          ...(isCi ? { seeds: walked.most, seconds: 0, least: walked.operations / 2 } : { seeds: 1_000_000, seconds }),
        }
      : { ...(only && { only }) };
  const processes = seed === undefined ? [0, 1] : [0];
  const runs = await Promise.all(processes.map((nth) => start({ seed: first + nth, steps, ...each })));
  const lines = runs.flatMap((ran) => ran.lines);
  const operations = lines.reduce((sum, line) => sum + line.operations, 0);
  const unpushed = lines.reduce((sum, { counts }) => sum + (counts['unpushed'] ?? 0), 0);
  process.stdout.write(
    `simulated ${String(operations)} operations in ${String(lines.length)} seeds from ${String(first)}; ` +
      `${String(unpushed)} looks at what is allowed and what moves while nothing was pushed\n`,
  );
  expect(
    runs
      .map((ran) => tell(ran, steps))
      .filter((text) => text !== '')
      .join('\n\n'),
  ).toBe('');
  if (isCi && seed === undefined) expect(operations).toBeGreaterThanOrEqual(walked.operations);
});

/** Nine digits of what Git calls this tree; drawn at random where there is no repository. */
function seedOfTree(): number {
  try {
    const tree = execFileSync('git', ['rev-parse', 'HEAD^{tree}'], { encoding: 'utf8', stdio: 'pipe' });
    return Number.parseInt(tree.slice(0, 12), 16) % 1_000_000_000;
  } catch {
    return randomInt(1, 1_000_000_000);
  }
}
