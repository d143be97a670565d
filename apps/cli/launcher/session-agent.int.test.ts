/**
 * The SSH agent of a session against a real control and a real `ssh-agent`: what is signed is verified by `ssh-keygen`, and what was refused is read from the journal.
 */

import { execFile, execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, sign as signWith } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SessionWays } from '@writ/enforce';
import {
  changeSshKeys,
  createControlClient,
  createHeldArtifacts,
  createSessionWays,
  nobodyToAsk,
  createVerdicts,
  systemClock,
} from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import type { ControlServer } from '@writ/server';
import { startControlServer } from '@writ/server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSshAgent } from '../../../test/kit/ssh/ssh-agent.ts';
import { entry, usual } from '../testing/hooked-session.ts';
import { ownMachine, until } from '../testing/machine.ts';

const machine = ownMachine();
let server: ControlServer;
let agent: AsyncDisposable;
let place: string;
beforeEach(async () => {
  server = await startControlServer({ dir: machine.home });
  place = join(machine.root, `person-${randomBytes(4).toString('hex')}`);
  mkdirSync(place, { recursive: true });
  agent = await startSshAgent(join(place, 'agent'));
  for (const name of ['given', 'own']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(place, name)]);
    execFileSync('ssh-add', ['-q', join(place, name)], {
      env: { ...process.env, SSH_AUTH_SOCK: join(place, 'agent') },
    });
  }
});
afterEach(async () => {
  await agent[Symbol.asyncDispose]();
  await server.close();
});

const publicKey = (name: string): Buffer =>
  Buffer.from(readFileSync(join(place, `${name}.pub`), 'utf8').split(' ')[1] ?? '', 'base64');
const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

const text = (value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const message = (type: number, ...parts: readonly Buffer[]): Buffer =>
  text(Buffer.concat([Buffer.from([type]), ...parts]));

/** A server as its key shows it. */
function host() {
  const { publicKey: shown, privateKey } = generateKeyPairSync('ed25519');
  const blob = Buffer.concat([
    text('ssh-ed25519'),
    text(Buffer.from(shown.export({ format: 'jwk' }).x ?? '', 'base64url')),
  ]);
  return {
    blob,
    /** What a client sends that is connected to it. */
    bind: (session: Buffer, signed = session): Buffer =>
      message(
        27,
        ...[text('session-bind@openssh.com'), text(blob), text(session)],
        text(Buffer.concat([text('ssh-ed25519'), text(signWith(null, signed, privateKey))])),
        Buffer.from([0]),
      ),
  };
}

/** A request to log in with `key`, as RFC 4252 has it signed. */
const login = (key: Buffer, session: Buffer): Buffer =>
  message(
    13,
    text(key),
    text(
      Buffer.concat([
        ...[text(session), Buffer.from([50]), text('git'), text('ssh-connection'), text('publickey')],
        ...[Buffer.from([1]), text('ssh-ed25519'), text(key)],
      ]),
    ),
    Buffer.alloc(4),
  );

/** Sends `messages` on one connection; the types of what comes back. */
function answers(path: string, messages: readonly Buffer[]): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const types: number[] = [];
    let held = Buffer.alloc(0);
    const over = (): void => {
      socket.destroy();
      resolve(types);
    };
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 4 && held.length >= 4 + held.readUInt32BE()) {
        types.push(held.readUInt8(4));
        held = held.subarray(4 + held.readUInt32BE());
      }
      if (types.length === messages.length) over();
    });
    socket.on('error', over).on('close', over);
    for (const one of messages) socket.write(one);
  });
}

async function session(uses: readonly string[], knownHosts = '') {
  const tokenAt = (path: string): string => readFileSync(join(machine.home, 'control', path), 'utf8').trim();
  const clientOf = (token: string) => createControlClient({ base: { url: server.url }, token, timeoutMs: 10_000 });
  const [owner, point] = [clientOf(tokenAt('owner.token')), clientOf(tokenAt('points/launcher.token'))];
  const pointToken = () => tokenAt('points/launcher.token');
  const authorization_details = [...usual, entry('secret://app/', ['credential.use'])];
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  const body = { project: 'app', purpose: 'p', actor: 'claude', authorization_details, expires_at };
  const proposed = await owner.call(controlApi.propose, { body });
  if (!proposed.ok) throw new Error(proposed.problem.detail);
  const { id: mandate, revision, text_digest } = proposed.value;
  await owner.call(controlApi.approve, { params: { id: mandate }, body: { revision, text_digest } });
  const issued = await owner.call(controlApi.issueCredential, { params: { id: mandate }, body: { run: 's-1' } });
  if (!issued.ok) throw new Error(issued.problem.detail);
  changeSshKeys(machine.home, () => [
    { name: 'deploy', project: 'app', fingerprint: fingerprint(publicKey('given')), uses },
  ]);
  const artifacts = createHeldArtifacts({
    control: point,
    point: 'launcher-s-1',
    clock: systemClock,
    timeoutMs: 1_500,
  });
  let closed: string | null = null;
  const refused: string[] = [];
  const containment = { files: 'worktree', network: 'gated', credentials: 'none' } as const;
  const ways: SessionWays = createSessionWays({
    dir: machine.home,
    holder: { run: 's-1', session: 's-1', mandate, project: 'app', credential: issued.value.credential, containment },
    ...{ control: point, pointToken, clock: systemClock },
    verdicts: createVerdicts({ control: point, artifacts, pointToken }),
    closedBecause: () => closed,
    onRefused: (_, sentence) => refused.push(sentence),
    askPerson: nobodyToAsk,
    warn: () => undefined,
  });
  const socket = await ways.openAgent(join(place, 'inside'), { upstream: join(place, 'agent'), knownHosts });
  return {
    socket,
    refused,
    revoke: () => owner.call(controlApi.revoke, { params: { id: mandate }, body: { reason: 'enough' } }),
    freeze(why: string | null) {
      closed = why;
      if (why !== null) ways.stop(why);
    },
    async operations() {
      const listed = await owner.call(controlApi.listOperations, { query: {} });
      return listed.ok ? listed.value.items.map(({ action, resource, state }) => ({ action, resource, state })) : [];
    },
    async [Symbol.asyncDispose]() {
      await ways[Symbol.asyncDispose]();
      await artifacts[Symbol.asyncDispose]();
      for (const client of [owner, point]) client[Symbol.dispose]();
    },
  };
}

/** Signs a file as `namespace` with the agent at `socket`; whether it was, and `ssh-keygen` says it is good. */
async function signs(socket: string, namespace: string): Promise<boolean> {
  const file = join(place, `f-${randomBytes(4).toString('hex')}`);
  writeFileSync(file, 'a commit');
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  // The public half alone: the other is the agent's.
  writeFileSync(join(place, 'public.pub'), readFileSync(join(place, 'given.pub')));
  const argv = ['-Y', 'sign', '-f', join(place, 'public.pub'), '-n', namespace, file];
  const done = await promisify(execFile)('ssh-keygen', argv, { env }).then(
    () => true,
    () => false,
  );
  if (!done) return false;
  writeFileSync(join(place, 'signers'), `me ${readFileSync(join(place, 'given.pub'), 'utf8')}`);
  const check = ['-Y', 'check-novalidate', '-n', namespace, '-s', `${file}.sig`];
  execFileSync('ssh-keygen', check, { input: 'a commit' });
  return true;
}

test('it shows the keys that were given, and signs for what they were given, under the mandate', async () => {
  await using one = await session(['sign:git']);
  // Not synchronously: the agent it asks is served by this very process.
  const { stdout: listed } = await promisify(execFile)('ssh-add', ['-l'], {
    env: { ...process.env, SSH_AUTH_SOCK: one.socket },
  });
  expect(listed).toContain('given');
  expect(listed).not.toContain('own');
  expect(await signs(one.socket, 'git')).toBe(true);
  expect(await signs(one.socket, 'file')).toBe(false);
  expect(one.refused).toEqual([expect.stringContaining('and not to sign as `file`')]);
  await until('it is settled', async () => (await one.operations()).every(({ state }) => state === 'done'));
  expect(await one.operations()).toEqual([
    { action: 'credential.use', resource: 'secret://app/deploy/sign/git', state: 'done' },
  ]);
  expect((await one.revoke()).ok).toBe(true);
  expect(await signs(one.socket, 'git')).toBe(false);
});

test('a login is signed for the server it is proved to be for, and no other', async () => {
  const [known, other] = [host(), host()];
  await using one = await session(['login:git.example'], `git.example ssh-ed25519 ${known.blob.toString('base64')}\n`);
  const [key, id] = [publicKey('given'), randomBytes(32)];
  expect(await answers(one.socket, [known.bind(id), login(key, id)])).toEqual([6, 14]);
  // Another server; none; one that did not sign for this session; a session that is not the one of the connection; a key that was not given.
  expect(await answers(one.socket, [other.bind(id), login(key, id)])).toEqual([6, 5]);
  expect(await answers(one.socket, [login(key, id)])).toEqual([5]);
  expect(await answers(one.socket, [known.bind(id, randomBytes(32)), login(key, id)])).toEqual([5, 5]);
  expect(await answers(one.socket, [known.bind(id), login(key, randomBytes(32))])).toEqual([6, 5]);
  expect(await answers(one.socket, [known.bind(id), login(publicKey('own'), id)])).toEqual([6, 5]);
  expect((await one.operations()).map(({ resource }) => resource)).toEqual(['secret://app/deploy/login/git.example']);
});

test('nothing else of the protocol is answered, what is no message closes, and a stop closes all', async () => {
  await using one = await session(['sign:git']);
  // Remove all, lock, add, an unknown extension, arbitrary data to sign.
  const arbitrary = message(13, text(publicKey('given')), text('sign this'), Buffer.alloc(4));
  const all = [message(19), message(22, text('x')), message(17), message(27, text('query')), arbitrary];
  expect(await answers(one.socket, all)).toEqual([5, 5, 5, 5, 5]);
  expect(await answers(one.socket, [Buffer.from('ffffffff00', 'hex')])).toEqual([]);
  one.freeze('the session stands still');
  expect(await signs(one.socket, 'git')).toBe(false);
  one.freeze(null);
  expect(await signs(one.socket, 'git')).toBe(true);
});
