/** `npm run bench`: runs every measurement in bench/, or those whose name contains an argument: `npm run bench -- journal`. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installApart } from './install-apart.mjs';
import { root } from './setup.mjs';

const asked = process.argv.slice(2);
const measurements = readdirSync(join(root, 'bench')).filter((file) => /(?<![.]test)[.]ts$/.test(file));
const chosen = measurements.filter((file) => asked.length === 0 || asked.some((part) => file.includes(part)));
if (chosen.length === 0) {
  process.stderr.write(`bench: nothing is called \`${asked.join(' ')}\`; there are ${measurements.join(', ')}\n`);
  process.exitCode = 1;
}
// Some are measured beside programs that the product does not need.
const missing = chosen.length === 0 ? undefined : installApart('bench/peers');
if (missing !== undefined) {
  process.stderr.write(`bench: ${missing}\n`);
  process.exitCode = 1;
}
for (const file of missing === undefined ? chosen : []) {
  process.stdout.write(`\n${file}\n`);
  const { status } = spawnSync(process.execPath, [join('bench', file)], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
