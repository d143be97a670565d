/**
 * The simulation as a program, which says one line of JSON for each seed and stops at the first that fails, made as short as it can be in the time there is:
 *
 * `node --import ./test/simulation/hooks.ts test/simulation/run.ts [--seed 1] [--seeds 1] [--every 1] [--steps 2000] [--seconds 60] [--least 0] [--only 3,7-12] [--shrink 60] [--share 0]
 * [--with shared|peer] [--more suspend=3]`
 *
 * `hooks.ts` is loaded before, or it would be this machine that is simulated with.
 */

import { parseArgs } from 'node:util';
import { real } from './engine/engine.ts';
import { fromRanges } from './ranges.ts';
import { shrink } from './shrink.ts';
import { readMore } from './world/plan.ts';
import { operationsOf, simulate } from './world/simulate.ts';
import type { Outcome } from './world/simulate.ts';
import { machinesOf } from './world/world.ts';

const number = (fallback: number) => ({ type: 'string', default: String(fallback) }) as const;
const { values } = parseArgs({
  options: {
    seed: number(1),
    seeds: number(1),
    every: number(1),
    steps: number(2_000),
    seconds: number(3_600),
    least: number(0),
    shrink: number(0),
    share: number(0),
    only: { type: 'string' },
    with: { type: 'string' },
    more: { type: 'string' },
  },
});

const how = {
  count: Number(values.steps),
  only: values.only === undefined ? undefined : new Set(fromRanges(values.only)),
  more: values.more === undefined ? undefined : readMore(values.more),
};
const began = real.now();
let operations = 0;

const line = ({ steps, ...outcome }: Outcome, more: object): void => {
  process.stdout.write(`${JSON.stringify({ ...outcome, operations: operationsOf(outcome.counts), ...more })}\n`);
};

/** Whether it is one of those that were asked for. */
const isWanted = (seed: string): boolean => {
  const { shared, peer } = machinesOf(seed);
  return values.with === undefined || (values.with === 'shared' && shared) || (values.with === 'peer' && peer);
};

for (let i = 0; i < Number(values.seeds); i += 1) {
  const seed = String(Number(values.seed) + i * Number(values.every));
  if (!isWanted(seed)) continue;
  const start = real.now();
  const outcome = await simulate(seed, how);
  const isWrong = outcome.wrong.length > 0;
  const limit = { limitMs: Number(values.shrink) * 1_000, share: Number(values.share) };
  const less = isWrong && limit.limitMs > 0 ? await shrink(outcome, how, limit) : null;
  line(outcome, {
    ms: Math.round(real.now() - start),
    ...(less !== null && { shrunk: { wrong: less.outcome.wrong, steps: less.steps, of: outcome.steps.length } }),
  });
  if (isWrong) process.exitCode = 1;
  operations += operationsOf(outcome.counts);
  // With fewer operations than there have to be, it goes on.
  if (isWrong || (real.now() - began > Number(values.seconds) * 1_000 && operations >= Number(values.least))) break;
}
// Virtual time holds no process open, and what was waiting in it never comes.
process.exit();
