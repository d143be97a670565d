/**
 * Installs a package that stands beside the product, exactly as locked: `node scripts/install-apart.mjs test/agents`.
 *
 * It runs `npm ci` in that folder, and only when the lockfile, the Node major or the platform differs from what is installed. It refuses Node below
 * 22, under which npm quietly picks older programs. It is plain JavaScript so that it runs, and can say that, on any Node.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './setup.mjs';

const major = Number(process.versions.node.split('.')[0]);

function wanted(here) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} node${major}\n`);
  for (const file of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(here, file)));
  return `${hash.digest('hex')}\n`;
}

/** Installs what `here` has locked; says what went wrong, or nothing. */
export function installApart(folder) {
  const here = join(root, folder);
  if (major < 22) return `node ${process.versions.node} is too old for \`${folder}\`; run this with node 24`;
  const stamp = join(here, 'node_modules', '.installed');
  const target = wanted(here);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === target) return undefined;
  // npm starts the Node it finds first, and picks packages by that one's version.
  const env = { ...process.env, PATH: dirname(process.execPath) + delimiter + (process.env.PATH ?? '') };
  const windows = process.platform === 'win32';
  const ran = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, env, stdio: 'inherit', shell: windows });
  if (ran.error !== undefined) return `npm did not start: ${ran.error.message}`;
  if (ran.status !== 0) return `npm ended with ${ran.status ?? ran.signal}; its output is above`;
  writeFileSync(stamp, target);
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  const failure =
    folder === undefined ? 'install what? name a folder: `test/agents`, `bench/peers`' : installApart(folder);
  if (failure !== undefined) {
    process.stderr.write(`${failure}\n`);
    process.exitCode = 1;
  }
}
