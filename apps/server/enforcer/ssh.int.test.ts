/** SSH inside a run, with the real programs: an `ssh-agent` of the person's, `ssh-keygen` and Git inside, and a server outside whose own log says who came. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeSshKeys } from '@writ/enforce';
import { controlApi, enforcerApi } from '@writ/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startSshAgent } from '../../../test/kit/ssh/ssh-agent.ts';
import type { House } from './testing.ts';
import { must, openHouse, work } from './testing.ts';

let house: House;
let person: string;
let agent: AsyncDisposable;
beforeEach(async () => {
  person = mkdtempSync(join(tmpdir(), 'writ-person-'));
  const socket = join(person, 'agent');
  agent = await startSshAgent(socket);
  for (const name of ['given', 'own']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(person, name)]);
    execFileSync('ssh-add', ['-q', join(person, name)], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  }
  vi.stubEnv('SSH_AUTH_SOCK', socket);
  house = await openHouse(undefined, () => Promise.resolve(['127.0.0.2']));
  const key = Buffer.from(readFileSync(join(person, 'given.pub'), 'utf8').split(' ')[1] ?? '', 'base64');
  const fingerprint = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
  changeSshKeys(house.dir, () => [{ name: 'deploy', project: 'p', fingerprint, uses: ['sign:git'] }]);
  writeFileSync(join(house.work, 'given.pub'), readFileSync(join(person, 'given.pub')));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await agent[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
  rmSync(person, { recursive: true, force: true });
});

async function ran(mandate: string, script: string, network: 'none' | 'gated' = 'none') {
  const run = await house.start(mandate, script, {
    repository: { path: house.work, project: 'p' },
    sandbox: { kind: 'contain', writable: [house.work], network },
  });
  const ended = { params: { id: run.id }, query: { wait_ms: 20_000 }, timeoutMs: 25_000 };
  must(await house.enforcer.call(enforcerApi.getRun, ended));
  return must(await house.enforcer.call(enforcerApi.output, { params: { id: run.id } })).text;
}
const sign = (namespace: string): string =>
  `printf 'a commit' > f; rm -f f.sig; ssh-keygen -Y sign -f given.pub -n ${namespace} f >/dev/null 2>&1 && echo ${namespace} signed || echo ${namespace} not signed`;

test('a run signs with the keys its project was given, for what they were given, under its mandate, and holds none', async () => {
  const uses = { resource: 'secret://p/', resource_match: 'prefix' as const, actions: ['credential.use'] };
  const m = await house.mandate([...work(), uses]);
  const said = await ran(m, `ssh-add -l; ${sign('file')}; ${sign('git')}; ls ~/.ssh; env`);
  expect(said).toContain('given');
  expect(said).not.toContain('own (ED25519)');
  expect(said).toContain('file not signed');
  expect(said).toContain('git signed');
  expect(said).not.toContain(person);
  execFileSync('ssh-keygen', ['-Y', 'check-novalidate', '-n', 'git', '-s', join(house.work, 'f.sig')], {
    input: 'a commit',
  });
  const { items } = must(await house.owner.call(controlApi.listOperations, { query: { mandate: m } }));
  expect(items.filter(({ action }) => action === 'credential.use')).toMatchObject([
    { resource: 'secret://p/deploy/sign/git' },
  ]);
  // A mandate that does not name it signs nothing.
  expect(await ran(await house.mandate(), sign('git'))).toContain('git not signed');
});

test('Git over SSH finds its way through the gate to a host the mandate names, and to no other', async () => {
  const seen: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // a client that is refused may reset
    socket.once('data', (came) => {
      seen.push(came.toString('latin1').split('\r\n')[0] ?? '');
      socket.end();
    });
  });
  server.listen(0, '127.0.0.2');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  writeFileSync(
    join(house.dir, 'enforcer', 'egress.json'),
    JSON.stringify({ addresses: [`127.0.0.2:${String(port)}`] }),
  );
  const connect = { resource: `https://git.example:${String(port)}/`, actions: ['network.connect'] };
  const m = await house.mandate([...work(), connect]);
  const fetching = (host: string): string => `git ls-remote ssh://git@${host}:${String(port)}/repo 2>&1`;
  const said = await ran(m, `${fetching('git.example')}; ${fetching('other.example')}; true`, 'gated');
  server.close();
  expect(seen).toEqual([expect.stringMatching(/^SSH-2\.0-/)]);
  // What the gate says of the other, in the words that the program shows.
  expect(said).toContain('other.example');
  const { items } = must(await house.owner.call(controlApi.listOperations, { query: { mandate: m } }));
  expect(items.filter(({ action }) => action === 'network.connect').map(({ resource }) => resource)).toEqual([
    connect.resource,
  ]);
});
