/**
 * The simulation as a program, which says one line of JSON for each seed and stops at the first that fails, made as short as it can be in the time there is:
 *
 * `node --import ./test/simulation/hooks.ts test/simulation/run.ts [--seed 1] [--seeds 1] [--every 1] [--steps 2000] [--seconds 60] [--only 3,7-12] [--shrink 60]`
 *
 * `hooks.ts` is loaded before, or it would be this machine that is simulated with.
 */

import { parseArgs } from 'node:util';
import { real } from './engine/engine.ts';
import { fromRanges } from './ranges.ts';
import { shrink } from './shrink.ts';
import { operationsOf, simulate } from './world/simulate.ts';
import type { Outcome } from './world/simulate.ts';

const number = (fallback: number) => ({ type: 'string', default: String(fallback) }) as const;
const { values } = parseArgs({
  options: {
    seed: number(1),
    seeds: number(1),
    every: number(1),
    steps: number(2_000),
    seconds: number(3_600),
    shrink: number(0),
    only: { type: 'string' },
  },
});

const count = Number(values.steps);
const only = values.only === undefined ? undefined : new Set(fromRanges(values.only));
const began = real.now();

const line = ({ steps, ...outcome }: Outcome, more: object): void => {
  process.stdout.write(`${JSON.stringify({ ...outcome, operations: operationsOf(outcome.counts), ...more })}\n`);
};

for (let i = 0; i < Number(values.seeds); i += 1) {
  const start = real.now();
  const outcome = await simulate(String(Number(values.seed) + i * Number(values.every)), count, only);
  const isWrong = outcome.wrong.length > 0;
  const less =
    isWrong && Number(values.shrink) > 0 ? await shrink(outcome, count, Number(values.shrink) * 1_000) : null;
  line(outcome, {
    ms: Math.round(real.now() - start),
    ...(less !== null && { shrunk: { wrong: less.outcome.wrong, steps: less.steps } }),
  });
  if (isWrong) process.exitCode = 1;
  if (isWrong || real.now() - began > Number(values.seconds) * 1_000) break;
}
// Virtual time holds no process open, and what was waiting in it never comes.
process.exit();
