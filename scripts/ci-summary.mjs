/**
 * Sums up a CI run from what its phases left in a folder: `NAME.exit` (an exit code), `NAME.seconds` (how long it took) and, from a test run,
 * `NAME.json` (vitest's report).
 * A phase that failed without a failed test (a file that could not be put away, an error nobody caught) counts as one failure, and what `NAME.log`
 * says of it is told again here, where a reader of a long log looks first. The last line is `N passed, N failed`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a phase comes to: its tests when it reported them, else itself. */
function countPhase(exitCode, report) {
  const ran = report?.numPassedTests ?? 0;
  const broken = (report?.numFailedTests ?? 0) + (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  if (exitCode === 0) return { passed: report ? ran : 1, failed: broken };
  return { passed: ran, failed: Math.max(1, broken) };
}

/** How many lines of a failed phase are told again. */
const mostTold = 120;

/** What a failed phase said of its failures: from vitest's first banner of failures on, else its last words. */
function lastWords(log) {
  const lines = log.trimEnd().split('\n');
  const banner = lines.findIndex((line) => /⎯ (Failed Suites|Failed Tests|Unhandled Errors?)/u.test(line));
  return banner === -1 ? lines.slice(-40) : lines.slice(banner, banner + mostTold);
}

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('ci-summary: name the folder with the results of the phases\n');
  process.exitCode = 2;
} else {
  let passed = 0;
  let failed = 0;
  const told = [];
  const lines = [];
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.exit'))
    .sort()) {
    const name = file.slice(0, -'.exit'.length);
    const exitCode = Number(readFileSync(join(folder, file), 'utf8'));
    const reportFile = join(folder, `${name}.json`);
    const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : undefined;
    const count = countPhase(exitCode, report);
    const ended = exitCode === 0 ? 'ok' : exitCode === 124 ? 'out of time' : `exit code ${exitCode}`;
    const took = `${readFileSync(join(folder, `${name}.seconds`), 'utf8').trim()} s`;
    const counted = `${count.passed} passed, ${count.failed} failed`;
    lines.push(`${name.padEnd(10)} ${took.padStart(6)}  ${ended.padEnd(14)} ${counted}`);
    const logFile = join(folder, `${name}.log`);
    if (count.failed > 0 && existsSync(logFile)) told.push(`\n${name}:`, ...lastWords(readFileSync(logFile, 'utf8')));
    passed += count.passed;
    failed += count.failed;
  }
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
  process.stdout.write([...told, '', ...lines, `${passed} passed, ${failed} failed`, ''].join('\n'));
}
