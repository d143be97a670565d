/**
 * What a newcomer's first commands do before anything of ours runs: set up once, explain what is missing, hand over. Each test has a checkout
 * of its own with our scripts and no dependencies, so that nothing comes from the network.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Where a command is on this machine. */
const whereIs = (command: string) =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((path) => existsSync(path)) ?? command;

let checkout = '';
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'writ setup '));
  cpSync(join(root, 'scripts'), join(checkout, 'scripts'), { recursive: true });
  cpSync(join(root, 'writ'), join(checkout, 'writ'));
  mkdirSync(join(checkout, 'apps/cli'), { recursive: true });
  writeFileSync(
    join(checkout, 'apps/cli/writ.js'),
    `const args = process.argv.slice(2); console.log('main', args.join('|'));\n`,
  );
  writeFileSync(join(checkout, 'package.json'), `{ "name": "checkout", "version": "1.0.0", "type": "module" }\n`);
  writeLock('1.0.0');
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function writeLock(version: string) {
  const lock = {
    name: 'checkout',
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name: 'checkout', version } },
  };
  writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify(lock));
}

function run(script: string, args: readonly string[] = [], path = process.env['PATH']) {
  const ran = spawnSync(process.execPath, [join(checkout, 'scripts', script), ...args], {
    cwd: tmpdir(),
    encoding: 'utf8',
    env: { ...process.env, PATH: path, HOME: checkout },
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** A PATH that has only these commands. */
function onlyThese(commands: readonly string[]) {
  const bin = join(checkout, 'bin');
  mkdirSync(bin);
  for (const command of commands) symlinkSync(whereIs(command), join(bin, command));
  return bin;
}

describe('setup', () => {
  it('installs once, and again when the lockfile changed', () => {
    expect(run('setup.mjs').err).toContain('installing what package-lock.json names: done');
    const again = run('setup.mjs');
    expect(again.code).toBe(0);
    expect(again.err).not.toContain('installing');
    const before = readFileSync(join(checkout, 'package.json'), 'utf8');
    writeLock('1.0.1');
    expect(run('setup.mjs').err).toContain('installing');
    expect(readFileSync(join(checkout, 'package.json'), 'utf8')).toBe(before);
  });

  it('says in one sentence that git is missing, and what to do', () => {
    const { code, err } = run('setup.mjs', [], onlyThese(['node', 'npm']));
    expect(code).toBe(1);
    expect(err).toMatch(/^writ: `git` was not found, .*install it .*\n$/);
    expect(existsSync(join(checkout, 'node_modules'))).toBe(false);
  });

  it('says in one sentence that npm is missing, and what to do', () => {
    const { code, err } = run('setup.mjs', [], onlyThese(['node', 'git']));
    expect(code).toBe(1);
    expect(err).toMatch(/^writ: `npm` was not found; .*\n$/);
  });

  it('shows what npm said when it failed, and tries again the next time', () => {
    const bin = onlyThese(['node', 'git', 'sh']);
    const npm = join(bin, 'npm');
    writeFileSync(npm, `#!/bin/sh\n[ "$1" = --version ] && exit 0\necho 'the registry is on fire' >&2\nexit 3\n`);
    chmodSync(npm, 0o755);
    const { code, err } = run('setup.mjs', [], bin);
    expect(code).toBe(1);
    expect(err).toContain('the registry is on fire');
    expect(err).toContain('run the command again');
    expect(run('setup.mjs').code).toBe(0);
  });
});

describe('handing over', () => {
  beforeEach(() => {
    run('setup.mjs');
  });

  it('passes arguments and the exit code through', () => {
    const program = `console.log(process.argv.slice(2).join('|')); process.exitCode = 7;`;
    writeFileSync(join(checkout, 'program.mjs'), program);
    expect(run('run.mjs', ['program.mjs', 'a b', '--c'])).toMatchObject({ code: 7, out: 'a b|--c\n' });
  });

  it('starts the first night with its arguments', () => {
    expect(run('start.mjs', ['--yes', '--exit'])).toMatchObject({ code: 0, out: 'main first-night|--yes|--exit\n' });
  });

  it('forwards a signal, and ends by the one that ended the program', async () => {
    writeFileSync(join(checkout, 'program.mjs'), `console.log(process.pid); setInterval(() => {}, 1000);`);
    const parent = spawn(process.execPath, [join(checkout, 'scripts/run.mjs'), 'program.mjs'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    parent.kill('SIGTERM');
    const [code, signal] = (await once(parent, 'exit')) as [number | null, string | null];
    expect([code, signal]).toEqual([null, 'SIGTERM']);
    expect(() => process.kill(Number(line.toString()), 0)).toThrow('ESRCH');
  });

  it('explains a command that is not there', () => {
    const { code, err } = run('run.mjs', ['prettir']);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('`prettir` is neither a script here nor an installed command'),
    ]);
  });
});

describe('./writ', () => {
  const launch = (file: string, cwd = tmpdir()) => spawnSync(file, ['show', 'a b'], { cwd, encoding: 'utf8' });

  it('explains itself before setup', () => {
    const { status, stderr } = launch(join(checkout, 'writ'));
    expect(status).toBe(1);
    expect(stderr).toBe(
      `writ: this checkout is not set up yet; run \`npm start\` once in ${checkout}, then try again\n`,
    );
  });

  it('runs from anywhere, also through a chain of symlinks', () => {
    run('setup.mjs');
    const bin = join(checkout, 'bin');
    mkdirSync(bin);
    symlinkSync('../writ', join(bin, 'relative'));
    symlinkSync(join(bin, 'relative'), join(bin, 'absolute'));
    symlinkSync('absolute', join(bin, 'chained'));
    for (const file of [
      join(checkout, 'writ'),
      ...['relative', 'absolute', 'chained'].map((name) => join(bin, name)),
    ]) {
      expect(launch(file).stdout).toBe('main show|a b\n');
    }
    expect(launch('./chained', bin).stdout).toBe('main show|a b\n');
    expect(launch('../writ', bin).stdout).toBe('main show|a b\n');
  });
});
