/**
 * `npm run check`: is it good? Types, lint, format, boundaries and dead code, side by side; a line for each, its output only when it fails.
 * It changes nothing (`npm run format` does) and runs no test. Arguments choose: `npm run check -- types lint`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const rooms = ['authority', 'control', 'enforce', 'runtime', 'platform', 'apps', 'test', 'bench', 'scripts'];
const cruised = rooms.filter((room) => existsSync(join(root, room)));

const checks = {
  types: ['typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'],
  lint: ['eslint/bin/eslint.js', '--max-warnings', '0', '.'],
  format: ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  boundaries: ['dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.cjs', ...cruised],
  'dead code': ['knip/bin/knip.js', '--no-progress', '--treat-config-hints-as-errors'],
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in checks));
if (unknown.length > 0) {
  const known = Object.keys(checks).join(', ');
  process.stderr.write(`check: there is no check \`${unknown.join(' ')}\`; there are ${known}\n`);
  process.exitCode = 2;
} else {
  const names = asked.length > 0 ? asked : Object.keys(checks);
  const started = Date.now();
  const results = await Promise.all(names.map(runCheck));
  const failed = results.filter((passed) => !passed).length;
  const verdict = failed === 0 ? `all ${names.length} checks passed` : `${failed} of ${names.length} checks failed`;
  process.stdout.write(`${verdict} in ${seconds(started)}\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

/** Runs one check to its end and reports it; true when it passed. */
function runCheck(name) {
  const [script, ...args] = checks[name];
  const started = Date.now();
  const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env;
  const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const passed = code === 0;
      process.stdout.write(`${passed ? '✓' : '✗'} ${name.padEnd(10)} ${seconds(started)}\n`);
      if (!passed) process.stdout.write(`${output.trim().replace(/^/gm, '    ')}\n`);
      resolve(passed);
    });
  });
}
