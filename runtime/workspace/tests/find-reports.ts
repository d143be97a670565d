/** Files of a place in which runners leave their reports, written since a moment. Only plain files within the place are read, and none that is large. */

import { lstat, readFile, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { readJunit } from './read-junit.ts';
import type { TestReport } from './report.ts';

/** Where the common runners and build tools write JUnit XML by default. */
const folders = [
  '',
  'test-results',
  'reports',
  'test-reports',
  'junit',
  'target/surefire-reports',
  'build/test-results/test',
];
const isReport = (name: string): boolean => /^(?:TEST-.*|.*junit.*|.*test-?results?.*|report)\.xml$/i.test(name);
const mostFiles = 100;
const mostBytes = 4 * 1024 * 1024;

/** The reports under `root` that were written at `since` (milliseconds since the epoch) or later, as one; null where there is none. */
export async function findReports(root: string, since: number): Promise<TestReport | null> {
  const own = await realpath(root).catch(() => null);
  if (own === null) return null;
  const found: TestReport[] = [];
  let looked = 0;
  for (const folder of folders) {
    const names = await readdir(join(own, folder)).catch(() => []);
    for (const name of names.filter(isReport)) {
      looked += 1;
      if (looked > mostFiles) break;
      const report = await readReport(own, join(own, folder, name), since);
      if (report !== null) found.push(report);
    }
  }
  if (found.length === 0) return null;
  const sum = (of: 'passed' | 'failed' | 'skipped'): number => found.reduce((total, one) => total + one[of], 0);
  return {
    runner: 'junit',
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    failing: found.flatMap(({ failing }) => failing).slice(0, 100),
  };
}

async function readReport(root: string, path: string, since: number): Promise<TestReport | null> {
  try {
    const real = await realpath(path);
    const found = await lstat(real);
    // A file's time has no finer grain than a clock's tick.
    if (!real.startsWith(`${root}${sep}`) || !found.isFile() || found.size > mostBytes || found.mtimeMs < since - 10)
      return null;
    return readJunit(await readFile(real, 'utf8'));
  } catch {
    return null; // it went away while it was looked at
  }
}
