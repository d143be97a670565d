/**
 * A machine of its own for one night: its state folder, the real binary, the real planes, and nothing of the person's.
 *
 * Judges read effects (what is on disk, what landed on a remote); the API is only used to act and to wait.
 */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = join(import.meta.dirname, '../../../apps/cli/writ.js');

export type Done = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type World = {
  /** WRIT_HOME: state, keys, journals. */
  readonly home: string;
  /** A folder for repositories and remotes, outside the state. */
  readonly place: string;
  writ(
    args: readonly string[],
    options?: { readonly cwd?: string; readonly timeoutMs?: number; readonly env?: Record<string, string> },
  ): Promise<Done>;
  /** As `writ`, with `--json`; fails loudly on a non-zero exit unless it is expected. */
  json<T>(args: readonly string[], expectedCodes?: readonly number[]): Promise<T>;
  /** The process id of a plane, as the supervisor recorded it. */
  pid(plane: 'control' | 'runtime' | 'enforcer'): Promise<number>;
  ownerToken(): Promise<string>;
  /** A request to control or the runtime by the owner. */
  api<T>(
    plane: 'control' | 'runtime',
    method: string,
    path: string,
    body?: unknown,
    token?: string,
  ): Promise<{ status: number; body: T }>;
  readonly env: Record<string, string>;
} & AsyncDisposable;

/** A fresh world; `up` is not called yet. */
export async function createWorld(): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), 'writ-e2e-'));
  const home = join(root, 'state');
  const place = join(root, 'place');
  const person = join(root, 'home');
  const { mkdir } = await import('node:fs/promises');
  await Promise.all([mkdir(place), mkdir(person)]);
  const env: Record<string, string> = {
    PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`,
    HOME: person,
    WRIT_HOME: home,
    NO_COLOR: '1',
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    WRIT_STANDBY: '0',
  };
  const writ: World['writ'] = (args, options = {}) =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        [main, ...args],
        {
          cwd: options.cwd ?? place,
          env: { ...env, ...options.env },
          timeout: options.timeoutMs ?? 60_000,
          maxBuffer: 64 * 1024 * 1024,
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
          resolve({ code, stdout, stderr });
        },
      ).stdin?.end();
    });
  const endpoint = async (plane: string): Promise<string> => {
    const { url } = JSON.parse(await readFile(join(home, plane, 'endpoint.json'), 'utf8')) as { url: string };
    return url;
  };
  const ownerToken = async (): Promise<string> => (await readFile(join(home, 'control', 'owner.token'), 'utf8')).trim();
  return {
    home,
    place,
    env,
    writ,
    ownerToken,
    async json(args, expectedCodes = [0]) {
      const done = await writ([...args, '--json']);
      if (!expectedCodes.includes(done.code))
        throw new Error(`writ ${args.join(' ')} exited ${String(done.code)}\n${done.stdout}\n${done.stderr}`);
      return JSON.parse(done.stdout) as never;
    },
    async pid(plane) {
      const recorded = JSON.parse(await readFile(join(home, 'supervisor.json'), 'utf8')) as {
        planes: Record<string, { pid: number }>;
      };
      const found = recorded.planes[plane];
      if (found === undefined) throw new Error(`the supervisor has no ${plane}`);
      return found.pid;
    },
    async api(plane, method, path, body, token) {
      const response = await fetch(`${await endpoint(plane)}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token ?? (await ownerToken())}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(method === 'GET' ? {} : { 'idempotency-key': crypto.randomUUID() }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as never };
    },
    async [Symbol.asyncDispose]() {
      await writ(['down', '--now'], { timeoutMs: 30_000 });
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Waits until `look` gives a value, asking again every 50 ms; a look that throws is asked again too. Fails with what it waited for. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 45_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last = '';
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
      last = '';
    } catch (error) {
      last = `; the last look failed: ${String(error)}`; // a plane may be down for a moment
    }
    if (performance.now() > end) throw new Error(`waited ${String(timeoutMs)} ms in vain: ${what}${last}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Watches that `look` stays the same for `ms`: the way to see that nothing happens. */
export async function stays<T>(what: string, ms: number, look: () => Promise<T> | T): Promise<T> {
  const first = await look();
  const end = performance.now() + ms;
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = await look();
    if (JSON.stringify(now) !== JSON.stringify(first))
      throw new Error(`${what} changed from ${JSON.stringify(first)} to ${JSON.stringify(now)}`);
  }
  return first;
}

/** Waits until `look` has stayed the same for `ms`: what was on its way has arrived. */
export async function settled<T>(what: string, ms: number, look: () => Promise<T> | T): Promise<void> {
  let last = JSON.stringify(await look());
  let since = performance.now();
  await until(`${what} settles`, async () => {
    const now = JSON.stringify(await look());
    if (now !== last) [last, since] = [now, performance.now()];
    return performance.now() - since >= ms;
  });
}
