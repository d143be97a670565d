/**
 * What the common runners print for people: counts from the summary, failing tests from the lines that name them. Formats as their programs printed them (`reports/`); what a runner changes about its
 * summary is no report then, and never a wrong one. It takes time by the length of what it reads and no more, whatever stands there: only as many failing tests are looked at as are named.
 */

import type { FailingTest } from '../../session/workspace-fact.ts';
import type { TestReport } from './report.ts';
import { failing, mostFailing, reportOf } from './report.ts';

type Runner = (output: string) => TestReport | null;

/** The number before `word` in a summary; 0 where it is not named. */
const before = (summary: string, word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(summary)?.[1] ?? 0);

const mostFollowing = 16_384;

/** The lines after `at`, up to one that `ends` matches. */
function following(output: string, at: number, ends: RegExp): string {
  const rest = output
    .slice(at, at + mostFollowing)
    .split('\n')
    .slice(1, 40);
  const end = rest.findIndex((line) => ends.test(line));
  return rest.slice(0, end < 0 ? undefined : end).join('\n');
}

const vitest: Runner = (output) => {
  const summary = /^ +Tests {2}(.*\(\d+\))$/m.exec(output)?.[1];
  if (summary === undefined) return null;
  const named = [...output.matchAll(/^ FAIL {2}(?:\|\S+\| |\S+ {2})?(\S+?) > (.+)$/gm).take(mostFailing)];
  const failed = named.map(({ 1: file = '', 2: name = '', index }) =>
    failing(name.replaceAll(' > ', ' › '), following(output, index, /^$/), file),
  );
  return reportOf('vitest', counts(summary), failed);
};

const jest: Runner = (output) => {
  const summary = /^Tests: +(.*\d+ total)$/m.exec(output)?.[1];
  if (summary === undefined) return null;
  const files = [...output.matchAll(/^FAIL (\S+)/gm)];
  // It names each of them once more at its end.
  const named = [
    ...output
      .matchAll(/^ {2}● (.+)$/gm)
      .filter(({ 1: name = '' }) => name.includes(' › '))
      .take(2 * mostFailing),
  ];
  const failed = named.map(({ 1: name = '', index }) =>
    failing(
      name,
      following(output, index, /^ {2}● |^ {6}\d+ \| |^ {4}> /),
      files.findLast((file) => file.index < index)?.[1] ?? null,
    ),
  );
  return reportOf('jest', counts(summary), unique(failed));
};

const counts = (summary: string) => ({
  passed: before(summary, 'passed'),
  failed: before(summary, 'failed'),
  skipped: before(summary, 'skipped') + before(summary, 'todo'),
});

const mocha: Runner = (output) => {
  const passing = /^ {2}(\d+) passing \(/m.exec(output);
  if (passing === null) return null;
  const summary = output.slice(passing.index);
  const count = (word: string): number => Number(new RegExp(`^ {2}(\\d+) ${word}$`, 'm').exec(summary)?.[1] ?? 0);
  const named = [...summary.matchAll(/^ {2}\d+\) (.+)\n((?: {7}.+\n)+)/gm).take(mostFailing)];
  const failed = named.map(({ 0: all, 1: suite = '', 2: rest = '', index }) =>
    failing(
      [suite, ...rest.split('\n')]
        .map((part) => part.trim().replace(/:$/, ''))
        .filter((part) => part !== '')
        .join(' › '),
      following(summary, index + all.length - 1, /^ {2}\d+\) /),
    ),
  );
  return reportOf('mocha', { passed: Number(passing[1]), failed: count('failing'), skipped: count('pending') }, failed);
};

const pytest: Runner = (output) => {
  const summary = /^(?:=+ )?(\d+ \w+(?:, \d+ \w+)*) in [\d.]+s(?: \(.*\))?(?: =+)?$/m.exec(output)?.[1];
  if (summary === undefined) return null;
  const named = [...output.matchAll(/^(?:FAILED|ERROR) (\S+?)(?:::(.+?))?(?: - (.*))?$/gm).take(mostFailing)];
  const failed = named.map(({ 1: file = '', 2: name = '', 3: message = '' }) =>
    failing(name === '' ? file : name, message, file),
  );
  return reportOf(
    'pytest',
    {
      passed: before(summary, 'passed') + before(summary, 'xpassed'),
      failed: before(summary, 'failed') + before(summary, 'error'),
      skipped: before(summary, 'skipped') + before(summary, 'xfailed'),
    },
    failed,
  );
};

const go: Runner = (output) => {
  const ended = [...output.matchAll(/^ *--- (PASS|FAIL|SKIP): (\S+) \([\d.]+s\)$/gm)];
  const packages = [...output.matchAll(/^(ok {2}|FAIL|---)\t(\S+)/gm)];
  if (ended.length === 0 || !/^(?:PASS|FAIL|ok {2}\t)/m.test(output)) return null;
  const of = (how: string) => ended.filter(([, is]) => is === how);
  // A test with sub-tests fails with them.
  const all = of('FAIL');
  const around = new Set(all.flatMap(({ 2: name = '' }) => foldersOf(name)));
  const failed = all.filter(({ 2: name = '' }) => !around.has(name));
  return reportOf(
    'go test',
    { passed: of('PASS').length, failed: failed.length, skipped: of('SKIP').length },
    failed
      .slice(0, mostFailing)
      .map(({ 2: name = '', index }) =>
        failing(name, saidBy(output, name), packages.find((found) => found.index > index)?.[2] ?? null),
      ),
  );
};

const deepest = 32;

/** The tests that `a/b/c` is a sub-test of. */
function foldersOf(name: string): readonly string[] {
  const parts = name.split('/').slice(0, deepest);
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** What a Go test said stands between its beginning and its end. */
function saidBy(output: string, name: string): string {
  const at = output.indexOf(`=== RUN   ${name}\n`);
  return at < 0 ? '' : following(output, at, /^(?:=== |\s*--- )/);
}

const cargo: Runner = (output) => {
  const summaries = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)];
  if (summaries.length === 0) return null;
  const sum = (index: number): number => summaries.reduce((total, found) => total + Number(found[index]), 0);
  const named = [...output.matchAll(/^test (\S+)(?: - should panic)? \.\.\. FAILED$/gm).take(mostFailing)];
  const failed = named.map(({ 1: name = '' }) => {
    const at = output.indexOf(`---- ${name} stdout ----`);
    const said = at < 0 ? '' : following(output, at, /^(?:---- |failures:|stack backtrace:|note: )/);
    return failing(name, said, /panicked at (\S+?):\d+:\d+/.exec(said)?.[1] ?? null);
  });
  return reportOf('cargo test', { passed: sum(1), failed: sum(2), skipped: sum(3) }, failed);
};

const nodeTest: Runner = (output) => {
  const count = (word: string): number => Number(new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  const at = output.indexOf('\nℹ tests ');
  if (at < 0) return null;
  const named = [
    ...output
      .slice(at)
      .matchAll(/^test at (\S+?):\d+:\d+\n✖ (.+?) \([\d.]+ms\)\n/gm)
      .take(mostFailing),
  ];
  const failed = named.map(({ 0: all, 1: file = '', 2: name = '', index }) =>
    failing(name, following(output, at + index + all.length - 1, /^ +at |^test at /), file),
  );
  return reportOf(
    'node --test',
    { passed: count('pass'), failed: count('fail') + count('cancelled'), skipped: count('skipped') + count('todo') },
    failed,
  );
};

const unique = (all: readonly FailingTest[]): readonly FailingTest[] =>
  all.filter((one, index) => all.findIndex(({ name, file }) => name === one.name && file === one.file) === index);

/** Whatever the runner: the first that knows its own summary in `output`. */
export function readRunners(output: string): TestReport | null {
  for (const runner of [vitest, jest, mocha, pytest, cargo, nodeTest, go]) {
    const found = runner(output);
    if (found !== null) return found;
  }
  return null;
}
