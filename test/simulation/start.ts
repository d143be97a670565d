/** Starts the simulation in a process of its own, since nothing waits in real time there; and says how a seed that failed is run again. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { toRanges } from './ranges.ts';

const here = import.meta.dirname;

export type Line = {
  readonly seed: string;
  readonly wrong: readonly string[];
  readonly operations: number;
  readonly trace: string;
  readonly counts: Readonly<Record<string, number>>;
  /** With fewer steps: which, and of how many. */
  readonly shrunk?: { readonly wrong: readonly string[]; readonly steps: readonly number[]; readonly of: number };
};

export type Ran = { readonly lines: readonly Line[]; readonly stderr: string };

/** Runs it to its end. `planted`: the name of a bug to plant. */
export function start(args: Readonly<Record<string, string | number>>, planted = ''): Promise<Ran> {
  const hooks = join(here, 'hooks.ts');
  const options = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--max-semi-space-size=64', '--import', hooks, join(here, 'run.ts'), ...options],
      { env: { ...process.env, WRIT_PLANTED: planted, NODE_OPTIONS: '' }, maxBuffer: 64 * 1024 * 1024 },
      (_error, stdout, stderr) => {
        const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
        // What `run.ts` writes.
        resolve({ lines: lines.map((line) => JSON.parse(line) as Line), stderr });
      },
    );
  });
}

/** What a person needs to see of a failure, and how to see it again. */
export function tell({ lines, stderr }: Ran, steps: number): string {
  const failed = lines.find(({ wrong }) => wrong.length > 0);
  if (failed === undefined) return lines.length === 0 ? `the simulation did not run:\n${stderr}` : '';
  const { seed, wrong, shrunk } = failed;
  const only = shrunk === undefined ? '' : ` WRIT_ONLY=${toRanges(shrunk.steps)}`;
  return [
    `seed ${seed} of ${String(steps)} steps: ${wrong.join('\n')}`,
    ...(shrunk === undefined ? [] : [`with ${String(shrunk.steps.length)} steps of them: ${shrunk.wrong.join('\n')}`]),
    `again: WRIT_SEED=${seed} WRIT_STEPS=${String(steps)}${only} npm test -- --project simulation`,
  ].join('\n');
}
