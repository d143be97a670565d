/**
 * Each night fails when the one rule it guards is taken out. Otherwise it would be a test that cannot fail.
 *
 * Only by name: `npm test -- --project planted`. Each case copies the checkout, removes a rule, and runs that night as it is.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copyTree } from './copy-tree.ts';
import { planted } from './planted.ts';

test.each(planted)(
  '$night fails without $without',
  { timeout: 240_000 },
  ({ night, file, rule, instead, and, says }) => {
    using copy = copyTree();
    for (const out of [{ file, rule, instead }, ...(and === undefined ? [] : [and])])
      copy.replace(out.file, out.rule, out.instead);
    const report = join(copy.root, 'report.json');
    const vitest = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'e2e',
      `test/e2e/${night}`,
      '--reporter=json',
      `--outputFile=${report}`,
    ];
    const ran = spawnSync(process.execPath, vitest, {
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
    const failed = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.flatMap(({ failureMessages }) => failureMessages).join('\n')).toMatch(says);
  },
);
