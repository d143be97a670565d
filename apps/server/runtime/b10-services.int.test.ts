/**
 * B10 (aws/agentcore-cli#1440, autoforge#197): a development server that outlives the kill of what started it and holds its port. With the shipped server, real processes and real ports.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { runtimeApi } from '@writ/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const started: ChildProcess[] = [];
const ports: number[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  // Whatever a test left is its own to end.
  for (const port of ports.splice(0)) await fetch(`http://127.0.0.1:${String(port)}/end`).catch(() => undefined);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** A session at a terminal, as its launcher opens it. */
const open = async (): Promise<string> => {
  const body = {
    title: 'x',
    project: 'p',
    agent: 'claude',
    driver: 'attended' as const,
    workspace: bench.repository,
    mandate: null,
  };
  return must(await bench.runtime.call(runtimeApi.createSession, { body })).id;
};
const close = async (id: string) =>
  must(await bench.runtime.call(runtimeApi.closeSession, { params: { id }, body: { exit_code: 0 } }));

/** An agent that starts a server in a session of its own, and is killed: the server is nobody's child any more. */
async function orphan(session: string | null): Promise<number> {
  const port = await freePort();
  ports.push(port);
  const server = `require('node:http').createServer((asked, reply) => { reply.end('hi'); if (asked.url === '/end') process.exit(); }).listen(${String(port)}, '127.0.0.1')`;
  const env = { PATH: process.env['PATH'], ...(session === null ? {} : { WRIT_SESSION: session, WRIT_RUN: session }) };
  const agent = spawn('sh', ['-c', 'setsid "$0" -e "$1" & while :; do sleep 1; done', process.execPath, server], {
    env,
    stdio: 'ignore',
  });
  started.push(agent);
  await until('the server answers', () => answers(port));
  agent.kill('SIGKILL');
  await new Promise((resolve) => agent.once('exit', resolve));
  expect(await answers(port)).toBe(true);
  return port;
}

const staleOf = async (id: string) => must(await bench.runtime.call(runtimeApi.back, { params: { id } })).stale;
const services = async () => must(await bench.runtime.call(runtimeApi.services)).items;
const stateOf = async (session: string, port: number): Promise<unknown> => {
  const { items } = must(await bench.runtime.call(runtimeApi.facts, { params: { id: session } }));
  return items.flatMap(({ kind, data }) => {
    const { port: of, state } = data as { port?: number; state?: string }; // as a fact of a service has them
    return kind === 'service' && of === port ? [state] : [];
  })[0];
};

describe('B10', () => {
  it('an orphaned server is shown with its port, ended with its session, and never started again', async () => {
    const session = await open();
    const port = await orphan(session);
    expect(await services()).toMatchObject([
      { session, port, address: '127.0.0.1', state: 'listening', program: 'node' },
    ]);
    await close(session);
    expect(await answers(port)).toBe(false);
    expect(await stateOf(session, port)).toBe('reaped');
    await bench.restart();
    expect(await answers(port)).toBe(false);
  });

  it('is ended at a start of the runtime, where the session ended without a word of it', async () => {
    const session = await open();
    await close(session);
    await bench.stop();
    const port = await orphan(session);
    await bench.start();
    expect(await answers(port)).toBe(false);
    expect(await stateOf(session, port)).toBe('reaped');
  });

  it('is said to be gone to who comes back, before and after somebody looked, until that is cleared', async () => {
    const session = await open();
    const port = await orphan(session);
    await services();
    expect(await staleOf(session)).toEqual([]);
    await fetch(`http://127.0.0.1:${String(port)}/end`);
    await until('it is gone', async () => !(await answers(port)));
    const gone = [
      {
        what: expect.stringContaining(`node on port ${String(port)}`) as string,
        reset: 'services',
        way: `writ session reset ${session} services`,
      },
    ];
    expect(await staleOf(session)).toEqual(gone);
    expect(await services()).toEqual([]);
    expect(await stateOf(session, port)).toBe('gone');
    expect(await staleOf(session)).toEqual(gone);
    must(await bench.runtime.call(runtimeApi.resetSession, { params: { id: session }, body: { what: 'services' } }));
    expect(await staleOf(session)).toEqual([]);
  });

  it('goes on where a person adopted it, and what no session started is nobody’s to end', async () => {
    const session = await open();
    const [port, others] = [await orphan(session), await orphan(null)];
    const [service] = await services();
    expect(await services()).toHaveLength(1);
    must(await bench.runtime.call(runtimeApi.adoptService, { params: { id: service!.service } }));
    await close(session);
    await bench.restart();
    expect([await answers(port), await answers(others)]).toEqual([true, true]);
    expect(await stateOf(session, port)).toBe('adopted');
    must(await bench.runtime.call(runtimeApi.reapService, { params: { id: service!.service } }));
    expect([await answers(port), await answers(others)]).toEqual([false, true]);
  });
});
