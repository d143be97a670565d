/**
 * What `writ` costs before it does anything: `writ --version` of this checkout, as a person types it, beside `node -e 0` with the same Node. Several starts a turn,
 * interleaved, median of five.
 *
 * Run: npm run bench -- cli-start
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { inMs, interleaved, row } from './support/measure.ts';

const startsPerTurn = 10;
const writ = join(import.meta.dirname, '..', 'writ');

/** Milliseconds for one start. */
function start(command: string, ...args: readonly string[]): number {
  const begin = performance.now();
  for (let done = 0; done < startsPerTurn; done += 1) {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`\`${command} ${args.join(' ')}\` failed: ${stderr}`);
  }
  return (performance.now() - begin) / startsPerTurn;
}

const { ours, bare } = await interleaved({
  bare: () => start(process.execPath, '-e', '0'),
  ours: () => start(writ, '--version'),
});
row({
  what: '`writ --version`',
  beside: '`node -e 0`',
  ratio: ours / bare,
  bar: { atMost: 1.5 },
  ours: inMs(ours),
  theirs: inMs(bare),
});
