/** Runs a test file in a copy of the checkout from which rules were taken out, and gives what failed. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { TreeCopy } from './copy-tree.ts';
import { copyTree } from './copy-tree.ts';
import type { Rule } from './planted.ts';

/** Copies that nobody works in. Each serves again: making one takes seconds, and what was compiled of its files is kept in it. */
const idle: TreeCopy[] = [];

/** Removes the copies; to be called once nothing runs in them. */
export function removeCopies(): void {
  for (const copy of idle.splice(0)) copy[Symbol.dispose]();
}

/** The messages of the tests that fail without the rules. */
export async function runWithout(
  rules: readonly Rule[],
  project: 'unit' | 'int' | 'e2e',
  file: string,
  /** Of the tests in it, those whose names begin so. */
  only?: string,
): Promise<readonly string[]> {
  const copy = idle.pop() ?? copyTree();
  try {
    for (const out of rules) copy.replace(out.file, out.rule, out.instead);
    return await failuresIn(copy, project, file, only);
  } finally {
    copy.restore();
    idle.push(copy);
  }
}

async function failuresIn(
  { root }: TreeCopy,
  project: string,
  file: string,
  only: string | undefined,
): Promise<readonly string[]> {
  const report = join(root, 'report.json');
  rmSync(report, { force: true });
  const some = only === undefined ? [] : ['-t', `^${only}`];
  const asked = ['run', '--project', project, file, ...some, '--reporter=json', `--outputFile=${report}`];
  const ran = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', ...asked], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own report, and none of the outer run's rules.
    env: { ...process.env, CI: '', WRIT_TEST_REPORT: '' },
  });
  let said = '';
  ran.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(ran, 'close');
  expect(existsSync(report), said).toBe(true);
  // The shape of vitest's own report.
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { assertionResults: { status: string; failureMessages: string[] }[] }[];
  };
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .flatMap(({ failureMessages }) => failureMessages);
}
