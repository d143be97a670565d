/**
 * How much later a program shows itself at a terminal when a person starts it under a mandate: from the start of `writ exec` until its first line, beside the program alone. In
 * between are the approval by the start, its session, the gate, the door and the sandbox; all of Writ runs, as after `writ up`. A launcher stands by, as from the
 * second start on.
 *
 * Run: npm run bench -- attended-start
 */
import { join } from 'node:path';
import { standingBy, wantStandby } from '../test/kit/standby/standing-by.ts';
import { openTerminal } from '../test/kit/terminal/terminal.ts';
import { inMs, interleaved, median, row } from './support/measure.ts';
import { openRepositoryWorld } from './support/repository-world.ts';

const startsPerTurn = 3;
/** What a person may wait longer for the first screen. */
const mostMs = 300;
const main = join(import.meta.dirname, '../apps/cli/writ.js');

await using house = await openRepositoryWorld();
const { world, cwd } = house;

const program = [process.execPath, '-e', "console.log('first ' + 'screen')"];

/** Milliseconds until the first line of what `argv` starts, the median of some. */
async function shown(argv: readonly string[]): Promise<number> {
  const took: number[] = [];
  const env = { ...world.env, WRIT_STANDBY: '' };
  for (let start = 0; start < startsPerTurn; start += 1) {
    // Nobody starts two in a row as fast as the next one is loaded.
    await standingBy(world.home);
    const began = performance.now();
    await using terminal = openTerminal(argv, { cwd, env });
    await terminal.expect('first screen', 60_000);
    took.push(performance.now() - began);
    await terminal.ended;
  }
  return median(took);
}

const started = [process.execPath, main, 'exec', '--preset', 'worktree', '--', ...program];
wantStandby(world.home);

const figures = await interleaved({
  bare: () => shown(program),
  ours: () => shown(started),
});
row({
  what: 'first line of a program started with `writ exec`',
  beside: 'the program alone',
  ratio: figures.ours / figures.bare,
  bar: { atMost: Math.round((1 + mostMs / figures.bare) * 100) / 100 },
  ours: inMs(figures.ours),
  theirs: inMs(figures.bare),
});
