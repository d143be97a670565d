/**
 * What Writ holds in memory while nothing happens: all of `writ up`, four processes, beside Restate's server, as the kernel counts what is theirs (the proportional set size, so that pages which
 * processes share are counted once). Both are new, without any work in them, and are looked at when they have rested for a quarter of a minute; beside them, for the measure, as many Node processes
 * that do nothing at all. Writ is started once before: the first start of a checkout takes the types out of its sources, and holds what does that; an installed package has none.
 *
 * Run: npm run bench -- idle-memory
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, row } from './support/measure.ts';
import { startRestate } from './support/restate.ts';

const looks = 5;
const restMs = 15_000;
const writ = join(import.meta.dirname, '../apps/cli/writ.js');

/** Megabytes of a process that are its own, shared pages in part. */
function proportionalMb(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

type Supervisor = { readonly pid: number; readonly planes: Readonly<Record<string, { readonly pid: number }>> };

/** The median of some looks at all of `pids`. */
async function rested(pids: readonly number[]): Promise<readonly number[]> {
  const seen: (readonly number[])[] = [];
  for (let look = 0; look < looks; look += 1) {
    await sleep(restMs / looks);
    seen.push(pids.map(proportionalMb));
  }
  return pids.map((_, at) => median(seen.map((each) => each[at] ?? Number.NaN)));
}

const home = mkdtempSync(join(tmpdir(), 'writ-bench-home-'));
const env = { ...process.env, WRIT_HOME: join(home, 'state'), HOME: home };
const run = (command: string): void => void execFileSync(process.execPath, [writ, command], { env, stdio: 'ignore' });
try {
  await using restate = await startRestate();
  run('up');
  run('down');
  run('up');
  await sleep(restMs);
  const file = JSON.parse(readFileSync(join(home, 'state/supervisor.json'), 'utf8')) as Supervisor;
  const planes = Object.entries(file.planes);
  const [theirs = Number.NaN] = await rested([restate.pid]);
  const each = await rested([file.pid, ...planes.map(([, { pid }]) => pid)]);
  const ours = each.reduce((sum, mb) => sum + mb, 0);
  row({
    what: 'idle memory of `writ up`, four processes',
    beside: "Restate's server",
    ratio: ours / theirs,
    bar: { atMost: 0.35 },
    ours: `${ours.toFixed(0)} MB`,
    theirs: `${theirs.toFixed(0)} MB`,
  });
  const told = ['supervisor', ...planes.map(([name]) => name)].map(
    (name, at) => `${name} ${(each[at] ?? 0).toFixed(0)}`,
  );
  process.stdout.write(`  ${told.join(', ')} MB\n`);
  const idle = each.map(() => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)'], { stdio: 'ignore' }));
  const nothing = await rested(idle.map(({ pid }) => pid ?? 0));
  for (const child of idle) child.kill();
  const sum = nothing.reduce((all, mb) => all + mb, 0);
  process.stdout.write(`  as many Node processes that do nothing, beside these: ${sum.toFixed(0)} MB\n`);
} finally {
  run('down');
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
