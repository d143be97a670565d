/**
 * `npm test`: makes the checkout ready, then runs every suite that needs nothing more than this machine: unit, int, e2e.
 * Arguments go to vitest: `npm test -- authority`, `npm test -- --project agents`.
 */
import { handOver } from './hand-over.mjs';
import { ensureReady, orExplain } from './setup.mjs';

const suites = ['unit', 'int', 'e2e'];

await orExplain(async () => {
  const args = process.argv.slice(2);
  const chosen = args.some((arg) => arg === '--project' || arg.startsWith('--project='));
  const projects = chosen ? [] : suites.flatMap((suite) => ['--project', suite]);
  const { node } = await ensureReady();
  return handOver(node, ['node_modules/vitest/vitest.mjs', 'run', ...projects, ...args]);
});
