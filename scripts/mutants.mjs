/**
 * `npm run mutants`: changes authority/ in thousands of small ways, and says which of them no test finds. At least nine in ten have to be found.
 * `npm run mutants -- authority/set/subset.ts authority/verdict` looks at a part, whose score alone decides nothing about the whole.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installApart } from './install-apart.mjs';
import { root } from './setup.mjs';

const folder = 'test/mutation';
const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith('-'));
const parts = args
  .filter((arg) => !arg.startsWith('-'))
  .map((part) =>
    part.endsWith('.ts') ? part : `${part.replace(/\/$/, '')}/**/*.ts,!**/*.test.ts,!**/test-support/**`,
  );
const missing = installApart(folder);
if (missing === undefined) {
  const stryker = join(root, folder, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const chosen = parts.length === 0 ? [] : ['--mutate', parts.join(',')];
  const { status } = spawnSync(
    process.execPath,
    [stryker, 'run', join(folder, 'stryker.config.mjs'), ...chosen, ...options],
    { cwd: root, stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
} else {
  process.stderr.write(`mutants: ${missing}\n`);
  process.exitCode = 1;
}
