/** Runs a test file in a copy of the checkout from which rules were taken out, and gives what failed. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { copyTree } from './copy-tree.ts';
import type { Rule } from './planted.ts';

/** The messages of the tests that fail without the rules. */
export function runWithout(rules: readonly Rule[], project: 'unit' | 'int' | 'e2e', file: string): readonly string[] {
  using copy = copyTree();
  for (const out of rules) copy.replace(out.file, out.rule, out.instead);
  const report = join(copy.root, 'report.json');
  const asked = ['run', '--project', project, file, '--reporter=json', `--outputFile=${report}`];
  const ran = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...asked], {
    cwd: copy.root,
    encoding: 'utf8',
    // Its own report, and none of the outer run's rules.
    env: { ...process.env, CI: '', WRIT_TEST_REPORT: '' },
  });
  expect(existsSync(report), ran.stderr).toBe(true);
  // The shape of vitest's own report.
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { assertionResults: { status: string; failureMessages: string[] }[] }[];
  };
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .flatMap(({ failureMessages }) => failureMessages);
}
