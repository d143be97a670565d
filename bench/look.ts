/**
 * `writ look` over a gigabyte of histories, whole, as a person runs it: beside one pass over the same files that parses each line and keeps nothing. And whether it is done in ten seconds,
 * which is what was promised for a machine that is free.
 *
 * Run: npm run bench -- look
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHistories } from './support/histories.ts';
import { inMs, interleaved, row } from './support/measure.ts';

const writ = join(import.meta.dirname, '..', 'writ');
const home = mkdtempSync(join(tmpdir(), 'writ-bench-look-'));
const megabyte = 1_048_576;
const promisedMs = 10_000;

/** Every line of every file, parsed. */
const parseAll = `
const { readdirSync, readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');
for (const name of readdirSync(process.argv[1], { recursive: true })) {
  const path = join(process.argv[1], name);
  if (!statSync(path).isFile()) continue;
  const bytes = readFileSync(path);
  for (let start = 0, end = bytes.indexOf(10); end !== -1; start = end + 1, end = bytes.indexOf(10, start))
    JSON.parse(bytes.toString('utf8', start, end));
}`;

/** Milliseconds to its end. */
function time(command: string, ...args: readonly string[]): number {
  const begin = performance.now();
  const { status, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * megabyte,
    env: { ...process.env, HOME: home, XDG_DATA_HOME: join(home, '.local/share'), WRIT_HOME: join(home, 'writ') },
  });
  if (status !== 0) throw new Error(`\`${command} ${args.join(' ')}\` failed: ${stderr}`);
  return performance.now() - begin;
}

try {
  const bytes = writeHistories(home, { claude: 724 * megabyte, codex: 300 * megabyte });
  const { ours, parse } = await interleaved({
    parse: () => time(process.execPath, '-e', parseAll, home),
    ours: () => time(writ, 'look', '--json'),
  });
  const what = `\`writ look\` of ${String(Math.round(bytes / megabyte))} MB`;
  row({
    what,
    beside: 'each line parsed once',
    ratio: ours / parse,
    bar: { atMost: 3 },
    ours: inMs(ours),
    theirs: inMs(parse),
  });
  const promised = `${String(promisedMs / 1_000)} s, as promised`;
  row({
    what,
    beside: promised,
    ratio: ours / promisedMs,
    bar: { atMost: 1 },
    ours: inMs(ours),
    theirs: inMs(promisedMs),
  });
} finally {
  rmSync(home, { recursive: true, force: true });
}
