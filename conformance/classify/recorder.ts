/**
 * Runs a command in a throwaway place and says what it was seen to do: which files of which folder are other than before, whether it spoke to the
 * network, and which programs it started from the repository itself. It knows nothing of rules.
 */

import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';

/** Paths are relative to the folder that holds `repo`, `home`, `outside` and `remote.git`; a setting of Git's follows its file, after `#`. */
export type Seen = {
  readonly changed: readonly string[];
  readonly network: boolean;
  /** A program of the repository ran, other than by being named. */
  readonly ran: readonly string[];
};

const run = promisify(execFile);
const limitMs = 20_000;

/** A world that every command gets a copy of. */
export function makeTemplate(): string {
  const base = mkdtempSync(join(tmpdir(), 'writ-classify-'));
  const repo = join(base, 'world', 'repo');
  const at = (...parts: string[]): string => join(base, 'world', ...parts);
  for (const folder of ['repo/src', 'repo/dir/sub', 'repo/dist', 'repo/empty', 'home', 'outside'])
    mkdirSync(at(folder), { recursive: true });
  const files: Readonly<Record<string, string>> = {
    'repo/a.txt': 'one\ntwo\nthree\n',
    'repo/b.txt': 'one\nfour\n',
    'repo/old.log': 'x\n',
    'repo/src/a.ts': 'export const one = 1;\n',
    'repo/src/b.ts': 'export const two = 2;\n',
    'repo/dir/sub/c.txt': 'one\n',
    'repo/dist/x.js': '1;\n',
    'repo/data.json': '{"name":"x"}\n',
    'repo/data.csv': 'a,b\nc,d\n',
    'repo/list.txt': 'b.txt\n',
    'repo/script.sh': '#!/bin/sh\ntouch ran\n',
    'repo/script.js': "require('fs').writeFileSync('ran', '')\n",
    'repo/script.py': "open('ran', 'w')\n",
    'repo/script.sed': 'w out.txt\n',
    'repo/script.awk': '{ print > "out.txt" }\n',
    'repo/curlrc': 'url = "http://127.0.0.1:9/"\noutput = "out.txt"\n',
    'repo/evil': '#!/bin/sh\ntouch "${0%/*}/evil-ran"\ncat\n',
    'repo/cat': '#!/bin/sh\ntouch "${0%/*}/evil-ran"\n',
    'repo/ls': '#!/bin/sh\ntouch "${0%/*}/evil-ran"\n',
    'repo/Makefile': 'all build:\n\ttouch ran\n',
    'repo/package.json':
      '{"name":"x","version":"1.0.0","scripts":{"build":"touch ran","test":"touch ran","start":"touch ran"},"dependencies":{"left-pad":"1.3.0"}}\n',
    'repo/package-lock.json':
      '{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0"}}}\n',
    'repo/change.patch': '--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n-one\n+1\n two\n three\n',
    'outside/keep.txt': 'x\n',
    'home/.keep': '',
  };
  for (const [path, text] of Object.entries(files))
    writeFileSync(at(path), text, { mode: /script\.sh|evil|\/(?:cat|ls)$/.test(path) ? 0o755 : 0o644 });
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      cwd: repo,
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], HOME: at('home') },
    });
  };
  execFileSync('tar', ['cf', 'archive.tar', 'b.txt'], { cwd: repo });
  execFileSync('ln', ['-s', 'a.txt', 'link'], { cwd: repo });
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 't');
  git('config', 'user.email', 't@example.invalid');
  git('add', '-A');
  git('commit', '-qm', 'first');
  writeFileSync(join(repo, 'a.txt'), 'one\ntwo\nthree\nfour\n');
  git('commit', '-qam', 'second');
  git('tag', 'v1');
  git('init', '-q', '--bare', at('remote.git'));
  git('remote', 'add', 'origin', at('remote.git'));
  git('push', '-q', '-u', 'origin', 'main');
  git('checkout', '-q', '-b', 'feature');
  writeFileSync(join(repo, 'src/b.ts'), 'export const two = 22;\n');
  git('commit', '-qam', 'on feature');
  git('checkout', '-q', 'main');
  return base;
}

/** Runs `command` in a copy of the world. */
export async function record(command: string, template: string): Promise<Seen> {
  const base = mkdtempSync(join(tmpdir(), 'writ-recorded-'));
  try {
    cpSync(join(template, 'world'), base, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    // The remote is known by its place.
    const config = join(base, 'repo/.git/config');
    writeFileSync(config, readFileSync(config, 'utf8').replaceAll(join(template, 'world'), base));
    const before = stateOf(base);
    const settings = settingsOf(base);
    const trace = join(base, 'trace');
    const sandbox = [
      '--ro-bind',
      '/',
      '/',
      '--tmpfs',
      '/tmp',
      '--dev',
      '/dev',
      '--proc',
      '/proc',
      '--bind',
      base,
      base,
      '--unshare-all',
      '--die-with-parent',
      '--new-session',
      '--chdir',
      join(base, 'repo'),
    ];
    // With the filter in the kernel only these calls stop a program; all others go at their own speed.
    const strace = [
      'strace',
      '-f',
      '--seccomp-bpf',
      '-qq',
      '-e',
      'trace=connect,execve',
      '-e',
      'signal=none',
      '-s',
      '300',
      '-o',
      trace,
    ];
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: join(base, 'home'),
      LANG: 'C',
      GIT_TERMINAL_PROMPT: '0',
      TERM: 'dumb',
      // There is no network: asking again would only wait.
      npm_config_fetch_retries: '0',
      PIP_RETRIES: '0',
    };
    const running = run('bwrap', [...sandbox, ...strace, 'bash', '-c', command], {
      env,
      timeout: limitMs,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 26,
    });
    // One that reads what it is given has read it all.
    running.child.stdin?.end();
    await running.catch(() => undefined); // what it did counts, not how it ended
    const calls = existsSync(trace) ? readFileSync(trace, 'utf8') : '';
    rmSync(trace, { force: true });
    const after = stateOf(base);
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) => before.get(path) !== after.get(path),
    );
    const named = changed.flatMap((path) =>
      path === 'repo/.git/config' ? differing(settings, settingsOf(base)).map((key) => `${path}#${key}`) : [path],
    );
    return {
      changed: named,
      network: /connect\(\d+, \{sa_family=AF_INET/.test(calls),
      ran: changed.filter((path) => path.endsWith('evil-ran')),
    };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** Git's settings in the repository by their keys; of a file that cannot be read, none. */
function settingsOf(base: string): ReadonlyMap<string, string> {
  try {
    const listed = execFileSync('git', ['config', '--file', join(base, 'repo/.git/config'), '-z', '--list'], {
      encoding: 'utf8',
    });
    return new Map(listed.split('\0').map((line) => [line.split('\n')[0] ?? '', line]));
  } catch {
    return new Map([['unreadable', '']]);
  }
}

const differing = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));

/** Every file by its path, with what is in it. */
function stateOf(base: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const name = relative(base, path);
      const mode = String(lstatSync(path).mode);
      if (entry.isSymbolicLink()) found.set(name, readlinkSync(path));
      else if (entry.isDirectory()) {
        found.set(`${name}/`, mode);
        visit(path);
      } else if (entry.isFile()) found.set(name, `${mode} ${readFileSync(path, 'latin1')}`);
    }
  };
  visit(base);
  return found;
}
