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

type Planted = {
  readonly night: string;
  readonly without: string;
  readonly file: string;
  readonly rule: string;
  readonly instead: string;
  /** What the night says then. */
  readonly says: RegExp;
};

const planted: readonly Planted[] = [
  {
    night: 'night-1',
    without: 'the remote asking whether the permit is current',
    file: 'enforce/sink/judge-push.ts',
    rule: 'if (!redeemed.ok) return refusedBy(update, redeemed.reason);',
    instead:
      "if (!redeemed.ok) return { update, permitted: true, permit: 'not asked', sentence: '', operation: null, mandate: null };",
    says: /expected 'not asked' to be 'current'/,
  },
  {
    night: 'night-2',
    without: 'delivering the revocation that waited for control',
    file: 'enforce/enforcer/outbox.ts',
    rule: 'for (const { id, mandate, reason } of queuedRevocations(dir)) {',
    instead: 'for (const { id, mandate, reason } of queuedRevocations(dir).slice(0, 0)) {',
    says: /in vain: the revocation arrives/,
  },
  {
    night: 'night-3',
    without: 'holding a yes from before the machine slept',
    file: 'enforce/enforcer/run-keeper.ts',
    rule: 'run.freeze(cause, why);',
    instead: "if (cause === 'suspended') run.freeze(cause, why);",
    says: /the agent with a stale yes changed|to be less than 20/,
  },
  {
    night: 'night-4',
    without: 'taking the network from a contained run',
    file: 'enforce/supervisor/sandbox.ts',
    rule: "...(plan.network === 'open' ? ['--share-net'] : []),",
    instead: "'--share-net',",
    says: /expected true to be false/,
  },
  {
    night: 'night-5',
    without: 'keeping governance from agents',
    file: 'apps/server/http/mount.ts',
    rule: 'if (caller !== undefined && !isForAnyone && !route.callers.includes(caller.kind))',
    instead: 'if (caller !== undefined && !isForAnyone && process.pid < 0)',
    says: /AssertionError/,
  },
  {
    night: 'night-6',
    without: 'carrying live children over to the successor',
    file: 'control/mandate/extend.ts',
    rule: 'for (const child of facts.liveDescendants) {',
    instead: 'for (const child of facts.liveDescendants.slice(0, 0)) {',
    says: /expected 's-.*' to be 's-/,
  },
];

test.each(planted)('$night fails without $without', { timeout: 240_000 }, ({ night, file, rule, instead, says }) => {
  using copy = copyTree();
  copy.replace(file, rule, instead);
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
});
