/**
 * `npm run bench`: runs every measurement in bench/, but those that take long, or those whose name contains an argument (`npm run bench -- journal`), and tells all results in one table.
 * Exits 1 when a bar is missed or a measurement failed. `--json` prints nothing but the results.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { installApart } from './install-apart.mjs';
import { root } from './setup.mjs';

const asJson = process.argv.includes('--json');
const asked = process.argv.slice(2).filter((argument) => argument !== '--json');
const measurements = readdirSync(join(root, 'bench')).filter((file) => /(?<![.]test)[.]ts$/.test(file));
/** What takes so long that it runs only where it is named. */
const long = ['a-million.ts', 'soak.ts'];
const chosen = measurements.filter((file) =>
  asked.length === 0 ? !long.includes(file) : asked.some((part) => file.includes(part)),
);

/** What went wrong before anything could be measured; undefined when nothing did. */
function problem() {
  if (chosen.length === 0) return `nothing is called \`${asked.join(' ')}\`; there are ${measurements.join(', ')}`;
  // Some are measured beside programs that the product does not need.
  return installApart('bench/peers');
}

/** The machine, as far as it explains a figure. */
const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  load: loadavg().map((load) => Number(load.toFixed(1))),
  node: process.version,
});

/** Runs `file`; its results, or undefined when it failed. */
function measure(file, folder) {
  const rows = join(folder, file);
  if (!asJson) process.stdout.write(`\n${file}\n`);
  const { status } = spawnSync(process.execPath, [join('bench', file)], {
    cwd: root,
    stdio: ['inherit', asJson ? 'ignore' : 'inherit', 'inherit'],
    env: { ...process.env, WRIT_BENCH_ROWS: rows },
  });
  if (status !== 0) return undefined;
  const told = existsSync(rows) ? readFileSync(rows, 'utf8').trim() : '';
  return told === '' ? [] : told.split('\n').map((line) => JSON.parse(line));
}

const barText = ({ atLeast, atMost }) => (atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`);

function table(rows) {
  const cells = rows.map(({ what, beside, ratio, bar, met, ours, theirs }) => [
    what,
    beside,
    `${ratio.toFixed(2)} ×`,
    barText(bar),
    met ? 'met' : 'MISSED',
    ours,
    theirs,
  ]);
  const all = [['measured', 'beside', 'ratio', 'bar', '', 'ours', 'theirs'], ...cells];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const why = problem();
if (why !== undefined) {
  process.stderr.write(`bench: ${why}\n`);
  process.exitCode = 1;
} else {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-rows-'));
  const before = machine();
  const measured = chosen.map((file) => ({ file, rows: measure(file, folder) }));
  rmSync(folder, { recursive: true });
  const results = measured.flatMap(({ rows }) => rows ?? []);
  const failed = measured.filter(({ rows }) => rows === undefined).map(({ file }) => file);
  const missed = results.filter(({ met }) => !met).length;
  if (asJson) process.stdout.write(`${JSON.stringify({ machine: before, results, failed }, null, 2)}\n`);
  else {
    const { cpu, cores, load, node } = before;
    process.stdout.write(
      `\n${table(results)}\n\n${cpu}, ${cores} cores, node ${node}, load ${load.join(' ')} at the start\n`,
    );
    process.stdout.write(`${results.length - missed} of ${results.length} bars met\n`);
    for (const file of failed) process.stdout.write(`${file} failed\n`);
  }
  if (missed > 0 || failed.length > 0) process.exitCode = 1;
}
