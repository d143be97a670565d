/**
 * Starting an installed agent program the same way on every machine: a fresh home, no configuration of the person who
 * runs the tests, and no environment variable that is not named here.
 *
 * It never looks for a program on the PATH: only what `scripts/install-apart.mjs` put into this folder runs. On POSIX each program
 * leads a process group of its own, which is what is ended when a run is aborted.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

export type ProgramName = 'claude' | 'claude-agent-acp' | 'codex' | 'codex-acp' | 'gemini' | 'opencode';

export type Launch = {
  readonly program: ProgramName;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** A command line that starts what follows it, such as a sandbox. */
  readonly around?: readonly string[];
};

/** `code` is null when a signal ended the program, for one when the run was aborted. */
export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** The path of an installed program. Throws, and says how to install, when it is not there. */
export function programPath(program: ProgramName): string {
  const file = process.platform === 'win32' ? `${program}.cmd` : program;
  const path = join(import.meta.dirname, 'node_modules', '.bin', file);
  if (!existsSync(path))
    throw new Error(`\`${program}\` is not installed; run \`node scripts/install-apart.mjs test/agents\``);
  return path;
}

/** An environment with this home and nothing of the person's but what programs need to start at all. */
export function freshEnvironment(home: string, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = ['LANG', 'TMPDIR', 'SystemRoot', 'ComSpec', 'PATHEXT', 'TEMP'];
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    PATH: dirname(process.execPath) + delimiter + (process.env['PATH'] ?? ''),
    HOME: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    XDG_CACHE_HOME: join(home, '.cache'),
    ...extra,
  };
}

/** Runs a program to its end with nothing on stdin, and collects what it wrote. Aborting kills its process group. */
export async function runProgram(launch: Launch, signal: AbortSignal): Promise<Ended> {
  const [file = '', ...args] = [...(launch.around ?? []), programPath(launch.program), ...launch.args];
  const child = spawn(file, args, {
    cwd: launch.cwd,
    env: launch.env,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): void => killGroup(child);
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  try {
    // Reason for the cast: the arguments of the `close` event are the code and the signal.
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    return { code, stdout, stderr };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** Kills a program started with `detached` and everything in its group; does nothing when it has ended. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group ended by itself in the meantime.
  }
}
