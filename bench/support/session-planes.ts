/** Control and the runtime as the shipped binary serves them, over a folder of their own, with one mandate in force; for measurements of sessions from outside. Nothing is started in them. */

import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '@writ/enforce';
import { createCaller, endpointOf } from '@writ/enforce';
import { runtimeApi } from '@writ/protocol';

const writ = join(import.meta.dirname, '../../apps/cli/writ.js');
const startMs = 120_000;

export interface SessionPlanes extends AsyncDisposable {
  readonly runtime: Caller;
  /** Where the runtime listens. */
  readonly url: string;
  readonly token: string;
  /** The process of the runtime. */
  readonly child: ChildProcess;
  readonly pid: number;
  /** A new session's id. */
  session(): Promise<string>;
  /** One durable event in it, acknowledged; `step` counts them. */
  step(session: string, step: number): Promise<void>;
}

export type SessionPlanesOptions = {
  /** What is done once control answers, before the runtime starts. */
  readonly between?: () => Promise<void>;
  /** A script of this folder that serves the runtime; by default the shipped binary does. */
  readonly runtime?: string;
};

/** Starts control over `dir`, then the runtime. */
export async function openSessionPlanes(
  dir: string,
  { between = () => Promise.resolve(), runtime: script }: SessionPlanesOptions = {},
): Promise<SessionPlanes> {
  const children: ChildProcess[] = [];
  const end = async (): Promise<void> => {
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
  };
  async function serve(plane: 'control' | 'runtime'): Promise<Pick<SessionPlanes, 'url' | 'pid' | 'child'>> {
    const args = [writ, 'serve', '--plane', plane, '--dir', dir, '--log-file', join(dir, `${plane}.log`)];
    const child =
      plane === 'runtime' && script !== undefined
        ? fork(join(import.meta.dirname, script), [dir])
        : spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    children.push(child);
    for (const until = performance.now() + startMs; performance.now() < until; await sleep(20)) {
      if (child.exitCode !== null) throw new Error(`${plane} ended as it was started`);
      const base = endpointOf(dir, plane);
      if (base === null || !('url' in base) || base.url === undefined) continue;
      const answered = await fetch(`${base.url}/healthz`).catch(() => undefined);
      if (answered?.ok === true && child.pid !== undefined) return { url: base.url, pid: child.pid, child };
    }
    throw new Error(`${plane} did not start within ${String(startMs)} ms`);
  }
  try {
    await serve('control');
    await between();
    const { url, pid, child } = await serve('runtime');
    const token = readFileSync(join(dir, 'control', 'owner.token'), 'utf8').trim();
    const runtime = createCaller({ base: { url }, token, timeoutMs: 60_000 });
    return {
      ...{ runtime, url, token, pid, child },
      async session() {
        const created = await runtime.call(runtimeApi.createSession, {
          body: {
            ...{ title: 'bench', project: 'bench', agent: 'bench', driver: 'attended' as const },
            ...{ workspace: null, mandate: null },
          },
        });
        if (!created.ok) throw new Error(created.problem.detail);
        return created.value.id;
      },
      async step(session, step) {
        const data = { step, output: 'ok '.repeat(50) };
        const told = await runtime.call(runtimeApi.observe, { params: { id: session }, body: { type: 'step', data } });
        if (!told.ok) throw new Error(told.problem.detail);
      },
      async [Symbol.asyncDispose]() {
        runtime[Symbol.dispose]();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Megabytes of a process that are its own, shared pages in part. */
export function proportionalMb(pid: number): number {
  const text = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1]) / 1024;
}

/** How many descriptors a process has open. */
export const descriptors = (pid: number): number => readdirSync(`/proc/${String(pid)}/fd`).length;
