/**
 * Attacks 40 and 41 on the other two servers of an installation: the runtime's on loopback, and the enforcer's socket. Each is refused, and nothing happens.
 * (Control's own are in local-server.int.test.ts.)
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import type { RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlServer, startEnforcerServer, startRuntimeServer } from '@writ/server';
import type { ControlServer, EnforcerServer, RuntimeServer } from '@writ/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf } from '../../test/kit/http/answer-of.ts';

let dir: string;
let control: ControlServer;
let runtime: RuntimeServer;
let enforcer: EnforcerServer;
let owner: string;
let local: string;
let point: string;

const tokenIn = (path: string): string => readFileSync(join(dir, path), 'utf8').trim();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'writ-planes-'));
  // Anybody may pass through the folder above: what is inside has to hold by itself.
  chmodSync(dir, 0o755);
  control = await startControlServer({ dir });
  enforcer = await startEnforcerServer({ dir });
  runtime = await startRuntimeServer({ dir });
  [owner, local, point] = [
    tokenIn('control/owner.token'),
    tokenIn('enforcer/local.token'),
    tokenIn('control/points/runtime.token'),
  ];
});
afterAll(async () => {
  await runtime.close();
  await enforcer.close();
  await control.close();
  rmSync(dir, { recursive: true });
});

type Sent = { readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly method?: string };
type Got = { readonly status: number | undefined; readonly text: string; readonly headers: readonly string[] };

/** Sends what a browser or a script would, `Host` and all. */
async function send(where: RequestOptions, { headers = {}, body, method = 'POST' }: Sent): Promise<Got> {
  const sent = request({ ...where, method, agent: false, headers: { host: 'writ', ...headers } });
  sent.end(body);
  const response = await answerOf(sent);
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) text += String(part);
  return { status: response.statusCode, text, headers: Object.keys(response.headers) };
}

const json = { 'content-type': 'application/json' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const pages = [
  [
    'a form of another site, which needs no preflight',
    { 'content-type': 'text/plain', origin: 'https://evil.example' },
  ],
  ['a form of a sandboxed frame', { 'content-type': 'text/plain', origin: 'null' }],
  ['a form without an origin', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['JSON without a credential: there is no cookie to ride on', json],
  ['a page on another port of this machine', { ...json, origin: 'http://localhost:1' }],
] as const;

describe('attack 40 at the runtime', () => {
  const at = (path: string): RequestOptions => {
    const { hostname, port } = new URL(runtime.url);
    return { hostname, port, path };
  };
  const host = (): string => new URL(runtime.url).host;
  const session = JSON.stringify({
    title: 'stolen',
    project: 'p',
    agent: 'a',
    driver: 'person',
    workspace: null,
    mandate: null,
  });
  const sessions = async (): Promise<string> =>
    (await send(at('/v1/sessions'), { method: 'GET', headers: { ...bearer(owner), host: host() } })).text;

  it.each(pages)('%s changes nothing', async (_, headers) => {
    const { status } = await send(at('/v1/sessions'), { headers: { host: host(), ...headers }, body: session });
    expect([401, 403, 415]).toContain(status);
    expect(await sessions()).not.toContain('stolen');
  });

  it.each(['evil.example', '169.254.169.254', '127.0.0.1.evil.example', 'localhost'])(
    'a name that was rebound to this machine, `%s`, is not ours, whatever credential comes with it',
    async (name) => {
      const headers = { ...json, ...bearer(owner), host: name };
      expect((await send(at('/v1/sessions'), { headers, body: session })).status).toBe(403);
      expect((await send(at('/v1/events'), { method: 'GET', headers })).status).toBe(403);
      expect(await sessions()).not.toContain('stolen');
    },
  );

  it('a page of it with a credential is refused by where it comes from, and a preflight by saying nothing', async () => {
    const headers = { ...json, ...bearer(owner), host: host(), origin: 'https://evil.example' };
    expect((await send(at('/v1/sessions'), { headers, body: session })).status).toBe(403);
    const asked = { host: host(), origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const preflight = await send(at('/v1/sessions'), { method: 'OPTIONS', headers: asked });
    expect(preflight.status).toBeGreaterThanOrEqual(400);
    expect(preflight.headers.filter((name) => name.startsWith('access-control-'))).toEqual([]);
    // The same from the person at this machine is taken: it was refused for nothing else.
    const own = await send(at('/v1/sessions'), { headers: { ...json, ...bearer(owner), host: host() }, body: session });
    expect([own.status, await sessions()]).toEqual([201, expect.stringContaining('stolen')]);
  });
});

describe('attack 40 at the enforcer', () => {
  const at = (path: string): RequestOptions => ({ socketPath: enforcer.socketPath, path });
  const run = JSON.stringify({ id: 'stolen' });
  const runs = async (): Promise<Got> => send(at('/v1/runs'), { method: 'GET', headers: bearer(local) });

  it.each(pages)('%s starts nothing', async (_, headers) => {
    expect([401, 403, 415]).toContain((await send(at('/v1/runs'), { headers, body: run })).status);
    expect(await runs()).toMatchObject({ status: 200, text: '{"items":[]}' });
  });

  it.each([
    ['the person’s token at control', () => owner],
    ['the person’s token at this machine, which stops and looks, and starts nothing', () => local],
    ['nothing', () => ''],
  ])('who brings %s starts nothing', async (_, token) => {
    const { status } = await send(at('/v1/runs'), { headers: { ...json, ...bearer(token()) }, body: run });
    expect([401, 403]).toContain(status);
  });

  it('a page that reached the socket is refused by being one, with whatever token', async () => {
    const headers = { ...json, ...bearer(point), origin: 'https://evil.example' };
    expect((await send(at('/v1/runs'), { headers, body: run })).status).toBe(403);
    // The same from the runtime is read: it was refused for nothing else.
    expect((await send(at('/v1/runs'), { headers: { ...json, ...bearer(point) }, body: run })).status).toBe(400);
  });
});

/** Every file and folder under `folder`. */
const everything = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));

describe('attack 41: another user or process of this machine', () => {
  it.each(['runtime', 'enforcer'])(
    'finds nothing in the folder of the %s that it may read, write or connect to',
    (name) => {
      const folder = join(dir, name);
      expect(lstatSync(folder).mode & 0o777).toBe(0o700);
      // The programs it gives to runs are code and no secret: to be read, and not to be written.
      const programs = join(folder, 'bin');
      const isOpen = (path: string): boolean =>
        (lstatSync(path).mode & (path.startsWith(programs) ? 0o022 : 0o077)) !== 0;
      expect(everything(folder).filter(isOpen)).toEqual([]);
      // As root the other user can be had: it tries what the modes say it cannot.
      if (process.getuid?.() !== 0) return;
      const script = `
      const fs = require('node:fs'), net = require('node:net');
      const read = (path) => { try { return fs.readFileSync(path, 'utf8').length > 0 } catch { return false } };
      const paths = ['local.token', 'endpoint.json', 'runtime.db'].map((name) => ${JSON.stringify(folder)} + '/' + name);
      const socket = net.connect(${JSON.stringify(join(folder, 'enforcer.sock'))});
      const tell = (connected) => { console.log(JSON.stringify([...paths.map(read), connected])); process.exit() };
      socket.on('connect', () => tell(true)); socket.on('error', () => tell(false));`;
      const nobody = 65_534;
      const tried = spawnSync(process.execPath, ['-e', script], {
        uid: nobody,
        gid: nobody,
        encoding: 'utf8',
        cwd: '/',
      });
      // Where the other user cannot even start our Node, it had nothing to try with.
      const [said = '[]'] = tried.stdout.trim().split('\n');
      expect(JSON.parse(said || '[]')).not.toContain(true);
    },
  );

  /** An installation that was started once. */
  async function stopped(): Promise<string> {
    const other = mkdtempSync(join(tmpdir(), 'writ-planes-'));
    const own = await startControlServer({ dir: other });
    await (await startEnforcerServer({ dir: other })).close();
    await (await startRuntimeServer({ dir: other })).close();
    await own.close();
    return other;
  }

  it('a token and folders that were left open are closed to others before anything is served', async () => {
    const other = await stopped();
    for (const name of ['runtime', 'enforcer']) chmodSync(join(other, name), 0o755);
    chmodSync(join(other, 'enforcer', 'local.token'), 0o644);
    await (await startEnforcerServer({ dir: other })).close();
    await (await startRuntimeServer({ dir: other })).close();
    for (const name of ['runtime', 'enforcer']) expect(lstatSync(join(other, name)).mode & 0o777).toBe(0o700);
    expect(lstatSync(join(other, 'enforcer', 'local.token')).mode & 0o777).toBe(0o600);
    rmSync(other, { recursive: true });
  });

  /** Moves a folder away and puts a link to it in its place. */
  const linked = (path: string): void => {
    renameSync(path, `${path}.elsewhere`);
    symlinkSync(`${path}.elsewhere`, path);
  };
  it.each([
    [
      'the enforcer',
      'a token that is a link to somewhere else',
      (other: string) => {
        writeFileSync(join(other, 'planted'), `writ_local_${'A'.repeat(43)}\n`, { mode: 0o600 });
        rmSync(join(other, 'enforcer', 'local.token'));
        symlinkSync(join(other, 'planted'), join(other, 'enforcer', 'local.token'));
      },
    ],
    [
      'the enforcer',
      'a link where its socket is to be',
      (other: string) => {
        writeFileSync(join(other, 'victim'), 'mine');
        rmSync(join(other, 'enforcer', 'enforcer.sock'), { force: true });
        symlinkSync(join(other, 'victim'), join(other, 'enforcer', 'enforcer.sock'));
      },
    ],
    [
      'the enforcer',
      'somebody’s file where its socket is to be',
      (other: string) => {
        rmSync(join(other, 'enforcer', 'enforcer.sock'), { force: true });
        writeFileSync(join(other, 'enforcer', 'enforcer.sock'), 'mine', { mode: 0o600 });
      },
    ],
    [
      'the enforcer',
      'a folder that is a link',
      (other: string) => {
        linked(join(other, 'enforcer'));
      },
    ],
    [
      'the runtime',
      'a folder that is a link',
      (other: string) => {
        linked(join(other, 'runtime'));
      },
    ],
    [
      'the runtime',
      'a folder where its journal is to be',
      (other: string) => {
        rmSync(join(other, 'runtime', 'runtime.db'));
        mkdirSync(join(other, 'runtime', 'runtime.db'), { mode: 0o700 });
      },
    ],
    [
      'the runtime',
      'a journal that is a link to somewhere else',
      (other: string) => {
        linked(join(other, 'runtime', 'runtime.db'));
      },
    ],
  ])('%s does not start over %s, and leaves it alone', async (which, _, plant) => {
    const other = await stopped();
    plant(other);
    const before = everything(other).map((path) => [path, lstatSync(path).mode]);
    const start = which === 'the runtime' ? startRuntimeServer : startEnforcerServer;
    const started = start({ dir: other }).then(async (server) => server.close());
    await expect(started).rejects.toThrow(/local\.token|enforcer\.sock|enforcer|runtime/);
    expect(everything(other).map((path) => [path, lstatSync(path).mode])).toEqual(expect.arrayContaining(before));
    rmSync(other, { recursive: true });
  });
});
