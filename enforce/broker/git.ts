/**
 * Runs Git for the broker, outside every sandbox, with a configuration no agent can write.
 *
 * It refuses to run in a directory an agent works in, executes no hook, and speaks only the protocols named here. The person's own global
 * configuration is read, for the credential helper in it; a contained agent sees no home.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { scrubbed } from './addresses.ts';

export const allowedProtocols = ['https', 'http', 'git', 'file'] as const;

/** Before every command. */
const guards = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.sshCommand=false',
  '-c',
  'protocol.ext.allow=never',
  '-c',
  'credential.interactive=false',
  '-c',
  'gc.auto=0',
  // Where a person said, and nowhere else: a remote that sends on to another is an address they did not give.
  '-c',
  'http.followRedirects=false',
] as const;

function cleanEnv(more: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of [
    'PATH',
    'HOME',
    'LANG',
    'XDG_CONFIG_HOME',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'https_proxy',
    'http_proxy',
    'no_proxy',
  ]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    ...env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: allowedProtocols.join(':'),
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C',
    ...more,
  };
}

export type GitResult = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type GitOptions = {
  /** A bare repository of the broker's own, or null for commands that need none. */
  readonly gitDir: string | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Made unreadable in whatever it says. */
  readonly secrets?: readonly string[];
  /** Sees the process once it runs; it is the first of a session of its own. */
  readonly onStart?: (child: ChildProcess) => void;
};

const maxText = 4 * 1024 * 1024;

/** Runs one command to its end; never rejects. A program that cannot be started has code null and its reason in `stderr`. */
export function git(
  args: readonly string[],
  { gitDir, env, timeoutMs, secrets = [], onStart }: GitOptions,
): Promise<GitResult> {
  return new Promise((resolve) => {
    const where = gitDir === null ? [] : ['--git-dir', gitDir];
    const child = spawn('git', [...guards, ...where, ...args], {
      cwd: gitDir ?? '/',
      env: cleanEnv(env ?? {}),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        if (text[name].length < maxText) text[name] += chunk;
      });
    }
    const limit = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const finish = (code: number | null, signal: string | null): void => {
      clearTimeout(limit);
      resolve({ code, signal, stdout: scrubbed(text.stdout, { secrets }), stderr: scrubbed(text.stderr, { secrets }) });
    };
    child.once('error', (error) => {
      text.stderr += error.message;
      finish(null, null);
    });
    child.once('spawn', () => onStart?.(child));
    child.once('close', finish);
  });
}
