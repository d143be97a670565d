/**
 * A bare repository behind a real `git daemon` on a free loopback port, which ends with whoever started it, however that ends.
 *
 * Nothing of the person's Git configuration counts in it.
 */

import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, realpath, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Git as nobody in particular, with no configuration but the repository's. */
export const plainGitEnv = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
});

export type Served = { readonly url: string; readonly repository: string } & AsyncDisposable;

export type RepositoryPlan = {
  /** Where `repo.git` lies, made when it is not there; it lasts. */
  readonly dir: string;
  /** Hooks by name: a program and its arguments. Installed after the seed was pushed. */
  readonly hooks: Readonly<Record<string, readonly string[]>>;
  readonly config: Readonly<Record<string, string>>;
  /** A repository whose branches are pushed before any hook is there. */
  readonly seedFrom?: string | undefined;
};

/** Makes the repository, seeds it, installs its hooks and serves it as `git://127.0.0.1:PORT/repo.git`. */
export async function serveRepository({ dir, hooks, config, seedFrom }: RepositoryPlan): Promise<Served> {
  await mkdir(dir, { recursive: true });
  const base = await realpath(dir);
  const repository = join(base, 'repo.git');
  const env = plainGitEnv();
  await run('git', ['init', '-q', '--bare', '-b', 'main', repository], { env });
  for (const [name, value] of Object.entries(config))
    await run('git', ['-C', repository, 'config', name, value], { env });
  if (seedFrom !== undefined) await run('git', ['-C', seedFrom, 'push', '-q', '--all', repository], { env });
  for (const [name, command] of Object.entries(hooks)) {
    const path = join(repository, 'hooks', name);
    await mkdir(join(repository, 'hooks'), { recursive: true });
    await writeFile(path, `#!/bin/sh\nexec ${command.map(quote).join(' ')}\n`);
    await chmod(path, 0o755);
  }
  const { child, port } = await startDaemon(base, env);
  return { url: `git://127.0.0.1:${port}/repo.git`, repository, [Symbol.asyncDispose]: () => endGroup(child) };
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Leads a process group of its own, and kills that when its standard input ends: it does not outlive who holds the other end. */
const leader = 'git "$@" </dev/null & cat >/dev/null; kill -KILL 0';

async function startDaemon(base: string, env: Record<string, string>): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const daemon = [
      'daemon',
      '--verbose',
      '--log-destination=stderr',
      '--listen=127.0.0.1',
      `--port=${port}`,
      '--reuseaddr',
    ];
    const serving = ['--enable=receive-pack', '--export-all', '--informative-errors', `--base-path=${base}`, base];
    const child = spawn('/bin/sh', ['-c', leader, 'git-daemon', ...daemon, ...serving], {
      env,
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const complaint = await readiness(child);
    if (complaint === null) return { child, port };
    await endGroup(child);
    // The port was free a moment ago; somebody else may have been quicker.
    if (attempt === 5) throw new Error(`git daemon does not start: ${complaint}`);
  }
}

/** Null once it listens; what it said instead otherwise. */
function readiness(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_096);
      if (said.includes('Ready to rumble')) resolve(null);
      else if (said.includes('fatal:')) resolve(said);
    });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => resolve(said));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Settles when the last of the group has let go of the stream it writes to, which is when none is left. */
function endGroup(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.stderr?.closed === true || child.pid === undefined) return resolve();
    child.once('close', () => resolve());
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group is gone already; `close` follows.
    }
  });
}
