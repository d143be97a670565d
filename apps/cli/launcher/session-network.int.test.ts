/**
 * A browser that comes back from signing in, while the network of the program it signed in for leads through the gate alone: a loopback port of this machine reaches the program
 * inside its sandbox, and nothing else of this machine reaches in or is reached.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createControlClient,
  createHeldArtifacts,
  createSessionWays,
  createVerdicts,
  systemClock,
} from '@writ/enforce';
import { expect, test } from 'vitest';
import { attendedSandbox } from './attended-sandbox.ts';
import { openSessionNetwork } from './session-network.ts';

const relay = fileURLToPath(new URL('../../../enforce/gateway/egress/relay.cjs', import.meta.url));

async function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // who only tries whether it is there may reset
    socket.end('of this machine');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port }; // it listens on TCP
}

/** Signs in: waits on `port` for who comes back, and tries what it must not reach. */
const program = (port: number, other: number): string => `
  const { createServer } = require('node:http');
  const { connect } = require('node:net');
  createServer((request, response) => {
    response.end('inside got ' + request.url);
  }).listen(${String(port)}, '127.0.0.1', () => {
    const direct = connect(${String(other)}, '127.0.0.1');
    direct.on('connect', () => console.log('ready and out'));
    direct.on('error', () => console.log('ready and alone'));
  });`;

test('a browser comes back to the program in its sandbox, by the port it signs in with and no other', async () => {
  await using open = new AsyncDisposableStack();
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'writ-callback-')));
  open.defer(() => rmSync(place, { recursive: true, force: true }));
  const at = (name: string): string => join(place, name);
  for (const name of ['state', 'root', 'home', 'bin']) mkdirSync(at(name), { mode: 0o700 });
  copyFileSync(relay, at('bin/egress-relay.cjs'));
  writeFileSync(at('door'), '');
  const [free, taken, other] = [await listening(), await listening(), await listening()];
  for (const { server } of [taken, other]) open.defer(() => void server.close());
  free.server.close();
  await once(free.server, 'close');

  // Nobody is there to be asked: a sign-in's own answer is no effect, and asks nobody.
  const control = createControlClient({ base: () => null, token: null, timeoutMs: 500 });
  open.defer(() => control[Symbol.dispose]());
  const artifacts = open.use(createHeldArtifacts({ control, point: 'launcher-s', clock: systemClock, timeoutMs: 500 }));
  const pointToken = (): null => null;
  const containment = { files: 'worktree', network: 'gated', credentials: 'none' } as const;
  const ways = open.use(
    createSessionWays({
      dir: at('state'),
      holder: { run: 's-1', session: 's-1', mandate: 'm-1', project: 'app', credential: 'none', containment },
      ...{ control, pointToken, clock: systemClock },
      verdicts: createVerdicts({ control, artifacts, pointToken }),
      closedBecause: () => null,
      askPerson: () => Promise.resolve(null),
      onRefused: () => undefined,
      warn: () => undefined,
    }),
  );
  const callbacks = [free.port, taken.port];
  const plan = { kind: 'gated' as const, modelHosts: [], origins: [], ports: [], callbacks, base: null };
  const network = await openSessionNetwork(plan, ways, { dir: at('state'), session: 's-1', hooks: null });
  const sandbox = attendedSandbox({
    ...{ root: at('root'), cwd: at('root'), home: at('home'), stateDir: at('state'), door: at('door'), bin: at('bin') },
    ...{
      harnessState: [],
      harnessRules: [],
      repositoryRules: [],
      harnessFolder: null,
      readOnly: false,
      programs: [process.execPath],
    },
    ...{ ownNetwork: network.isOwn, places: network.places, filter: null },
  });
  const [file, ...argv] = [...sandbox, ...network.relay(null), process.execPath, '-e', program(free.port, other.port)];
  const child = spawn(file, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  open.defer(async () => {
    if (child.exitCode !== null || !child.kill('SIGKILL')) return;
    await once(child, 'exit');
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer]; // what it prints
  expect(said.toString()).toBe('ready and alone\n');
  const callback = `http://127.0.0.1:${String(free.port)}/auth/callback?code=c&state=s`;
  expect(await (await fetch(callback)).text()).toBe('inside got /auth/callback?code=c&state=s');
  // A port that somebody had before stays theirs.
  expect(network.relay(null).join(' ')).not.toContain(String(taken.port));
  await network[Symbol.asyncDispose]();
  await expect(fetch(callback)).rejects.toThrow();
});
