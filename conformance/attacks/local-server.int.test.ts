/** Attacks 40 and 41: a web page, a rebound name, and another user of the same machine against the local server. Each is refused, and nothing happens. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlServer } from '@writ/server';
import type { ControlServer } from '@writ/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf } from '../../test/kit/http/answer-of.ts';

let dir: string;
let server: ControlServer;
let owner: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'writ-attack-'));
  // Anybody may pass through the folder above: what is inside has to hold by itself.
  chmodSync(dir, 0o755);
  server = await startControlServer({ dir });
  owner = readFileSync(join(dir, 'control', 'owner.token'), 'utf8').trim();
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

type Sent = { readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly method?: string };

/** Sends what a browser or a script would, `Host` and all, and answers with the status. */
async function send(path: string, { headers = {}, body, method = 'POST' }: Sent): Promise<number | undefined> {
  const sent = request(server.url + path, { method, agent: false, headers });
  sent.end(body);
  const response = await answerOf(sent);
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${owner}` });
const json = { 'content-type': 'application/json' };
const projects = async (): Promise<string> => {
  const response = await fetch(`${server.url}/v1/projects`, { headers: bearer() });
  return response.text();
};

describe('attack 40: a page in the person’s browser', () => {
  const project = JSON.stringify({ id: 'stolen', title: 'x' });
  it.each([
    [
      'a form of another site, which needs no preflight',
      { headers: { 'content-type': 'text/plain', origin: 'https://evil.example' } },
    ],
    ['a form of a sandboxed frame', { headers: { 'content-type': 'text/plain', origin: 'null' } }],
    ['a form without an origin', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['JSON without a credential: there is no cookie to ride on', { headers: { ...json } }],
    ['a page on another port of this machine', { headers: { ...json, origin: 'http://localhost:1' } }],
  ])('%s changes nothing', async (_, sent) => {
    expect([401, 403, 415]).toContain(await send('/v1/projects', { ...sent, body: project }));
    expect(await projects()).not.toContain('stolen');
  });

  it.each(['evil.example', 'evil.example:80', '169.254.169.254', '127.0.0.1.evil.example', 'localhost'])(
    'a name that was rebound to this machine, `%s`, is not ours, whatever credential comes with it',
    async (host) => {
      expect(await send('/v1/projects', { headers: { ...json, ...bearer(), host }, body: project })).toBe(403);
      expect(await projects()).not.toContain('stolen');
    },
  );

  it('a preflight is answered with no permission', async () => {
    const response = await fetch(`${server.url}/v1/projects`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(response.ok).toBe(false);
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});

/** Every file and folder under `folder`. */
const everything = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));

describe('attack 41: another user or process of this machine', () => {
  it('finds nothing it may read, write or connect to', () => {
    const control = join(dir, 'control');
    expect(lstatSync(control).mode & 0o777).toBe(0o700);
    const open = everything(control).filter((path) => (lstatSync(path).mode & 0o077) !== 0);
    expect(open).toEqual([]);
    expect(everything(control).some((path) => lstatSync(path).isSocket())).toBe(true);
    // As root the other user can be had: it tries what the modes say it cannot.
    if (process.getuid?.() !== 0) return;
    const script = `
      const fs = require('node:fs'), net = require('node:net');
      const read = (path) => { try { return fs.readFileSync(path, 'utf8').length > 0 } catch { return false } };
      const paths = ['owner.token', 'endpoint.json', 'control.db'].map((name) => ${JSON.stringify(control)} + '/' + name);
      const socket = net.connect(${JSON.stringify(join(control, 'control.sock'))});
      const tell = (connected) => { console.log(JSON.stringify([...paths.map(read), connected])); process.exit() };
      socket.on('connect', () => tell(true)); socket.on('error', () => tell(false));`;
    const nobody = 65_534;
    const tried = spawnSync(process.execPath, ['-e', script], { uid: nobody, gid: nobody, encoding: 'utf8', cwd: '/' });
    // Where the other user cannot even start our Node, it had nothing to try with.
    const [said = '[]'] = tried.stdout.trim().split('\n');
    expect(JSON.parse(said || '[]')).not.toContain(true);
  });

  it('a token and a folder that were left open are closed to others before anything is served', async () => {
    const other = mkdtempSync(join(tmpdir(), 'writ-attack-'));
    await (await startControlServer({ dir: other })).close();
    chmodSync(join(other, 'control'), 0o755);
    chmodSync(join(other, 'control', 'owner.token'), 0o644);
    await (await startControlServer({ dir: other })).close();
    expect(lstatSync(join(other, 'control')).mode & 0o777).toBe(0o700);
    expect(lstatSync(join(other, 'control', 'owner.token')).mode & 0o777).toBe(0o600);
    rmSync(other, { recursive: true });
  });

  it.each([
    [
      'a token that is a link to somewhere else',
      (folder: string) => {
        writeFileSync(join(folder, '..', 'planted'), `writ_owner_${'A'.repeat(43)}\n`, { mode: 0o600 });
        rmSync(join(folder, 'owner.token'));
        symlinkSync(join(folder, '..', 'planted'), join(folder, 'owner.token'));
      },
    ],
    [
      'a link where the socket is to be',
      (folder: string) => {
        writeFileSync(join(folder, '..', 'victim'), 'mine');
        rmSync(join(folder, 'control.sock'), { force: true });
        symlinkSync(join(folder, '..', 'victim'), join(folder, 'control.sock'));
      },
    ],
  ])('control does not start over %s, and leaves it alone', async (_, plant) => {
    const other = mkdtempSync(join(tmpdir(), 'writ-attack-'));
    await (await startControlServer({ dir: other })).close();
    plant(join(other, 'control'));
    const before = everything(other).map((path) => [path, lstatSync(path).mode]);
    await expect(startControlServer({ dir: other })).rejects.toThrow(/owner\.token|control\.sock/);
    expect(everything(other).map((path) => [path, lstatSync(path).mode])).toEqual(expect.arrayContaining(before));
    rmSync(other, { recursive: true });
  });
});
