/**
 * Runs a script of this repository, or a command it installs, under the right Node:
 * `node scripts/run.mjs scripts/check.mjs`, `node scripts/run.mjs prettier --write .`.
 */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { handOver } from './hand-over.mjs';
import { ensureReady, orExplain, root, SetupProblem } from './setup.mjs';

await orExplain(async () => {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined)
    throw new SetupProblem('run what? name a script or a command: `node scripts/run.mjs scripts/check.mjs`');
  const { node } = await ensureReady();
  if (command.startsWith('-') || /[.](ts|mjs|js)$/.test(command)) return handOver(node, [command, ...args]);
  const installed = join(root, 'node_modules', '.bin', command);
  if (!existsSync(installed))
    throw new SetupProblem(`\`${command}\` is neither a script here nor an installed command; see package.json`);
  return handOver(node, [realpathSync(installed), ...args]);
});
