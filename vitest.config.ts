/**
 * The eight suites, by the name of the file that holds the test:
 * `*.test.ts` (unit), `*.int.test.ts` (starts a process or a server), `test/e2e/*.e2e.test.ts` (the real binary, two files at a time),
 * `*.agents.test.ts` (the real agent programs; large, so run only by name: `--project agents`),
 * `*.recorded.test.ts` (commands run under a recorder; long, so only by name: `--project recorded`),
 * `test/planted/*.planted.test.ts` (each night fails without the rule it guards; long, so only by name: `--project planted`),
 * `test/simulation/*.simulation.test.ts` (seeds of both planes in virtual time; as long as it is given, so only by name: `--project simulation`),
 * `*.faults.test.ts` (processes killed a thousand times, system calls watched, stores moved, put back and mended, and whatever else takes long), so only by name: `--project faults`.
 * Under `CI=true` a skipped test fails the run, in every suite.
 */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { probeSandbox } from './enforce/supervisor/probe-sandbox.ts';
import { noSkips } from './scripts/no-skips.ts';

/** What these show holds only inside a sandbox. Without one they are left out, and that is said; in CI it is a failure. */
const inSandbox = [
  'enforce/supervisor/supervisor.int.test.ts',
  'apps/server/enforcer/*.int.test.ts',
  'apps/cli/launcher/attended-sandbox.int.test.ts',
  'apps/cli/launcher/session-network.int.test.ts',
  'apps/server/enforcer/mcp.faults.test.ts',
  'apps/server/runtime/mission.int.test.ts',
  'test/e2e/night-4-hostile.e2e.test.ts',
  'test/e2e/night-5-self-service.e2e.test.ts',
];
/** What these show they show with programs of Linux (`prlimit`, `setsid`, `strace`) or with its `/proc`. Elsewhere they are left out, and that is said. */
const onLinux = [
  'apps/cli/launcher/attended.faults.test.ts',
  'apps/cli/refusals.faults.test.ts',
  'apps/cli/system-error.test.ts',
  'apps/server/runtime/{a-late,a-stopping,b10-services,b7-held}.int.test.ts',
  'conformance/attacks/broken-store.int.test.ts',
  'platform/journal/sqlite/{full.int,sync.faults}.test.ts',
  'test/e2e/night-4-cooperative.e2e.test.ts',
];
const isLinux = process.platform === 'linux';
if (!isLinux) process.stderr.write(`\nnot run here, for want of Linux:\n  ${onLinux.join('\n  ')}\n\n`);
const sandbox = await probeSandbox(null);
if (!sandbox.works && process.env['CI']) throw new Error(`CI needs the sandbox: ${sandbox.why}`);
if (!sandbox.works)
  process.stderr.write(`\nnot run here, for want of a sandbox (${sandbox.why}):\n  ${inSandbox.join('\n  ')}\n\n`);

const notTests = [
  '**/node_modules/**',
  '**/dist/**',
  '**/.writ-dev/**',
  '**/.stryker/**',
  ...(sandbox.works ? [] : inSandbox),
  ...(isLinux ? [] : onLinux),
];
const ci = Boolean(process.env['CI']);
const report = process.env['WRIT_TEST_REPORT'];
/** Suites of real processes share a machine with each other: in CI one that failed is tried once more, and the report names it as such. */
const retry = ci ? 1 : 0;
/** They wait for processes, deadlines and disks more than they compute: more of them than cores. */
const waiting = Math.max(4, availableParallelism());

export default defineConfig({
  plugins: ci ? [noSkips()] : [],
  test: {
    passWithNoTests: false,
    // What has to come is waited for as long as a slow machine takes.
    expect: { poll: { timeout: 30_000 } },
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [
            ...notTests,
            ...['int', 'e2e', 'agents', 'planted', 'recorded', 'simulation', 'faults'].map(
              (suite) => `**/*.${suite}.test.ts`,
            ),
          ],
          maxWorkers: availableParallelism(),
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          retry,
          include: ['**/*.int.test.ts'],
          exclude: notTests,
          maxWorkers: waiting,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          retry,
          include: ['test/e2e/**/*.e2e.test.ts'],
          exclude: notTests,
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'recorded',
          include: ['**/*.recorded.test.ts'],
          exclude: notTests,
          sequence: { groupOrder: 5 },
        },
      },
      {
        extends: true,
        test: {
          name: 'planted',
          retry,
          include: ['test/planted/**/*.planted.test.ts'],
          exclude: notTests,
          fileParallelism: false,
          maxConcurrency: 3,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.simulation.test.ts'],
          exclude: notTests,
          fileParallelism: false,
          // Each is a process of its own, which computes all the time.
          maxConcurrency: 2,
          sequence: { groupOrder: 5 },
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          retry,
          include: ['**/*.faults.test.ts'],
          exclude: notTests,
          maxWorkers: Math.max(2, availableParallelism() - 1),
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 6 },
        },
      },
      {
        extends: true,
        test: {
          name: 'agents',
          retry,
          include: ['**/*.agents.test.ts'],
          exclude: notTests,
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
