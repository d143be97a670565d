/**
 * Without any sandbox the hostile worker succeeds at everything that is possible there, so that a sandbox in which it does not was not
 * tested by a worker that cannot. A world of its own: false state, a false control, a false enforcer, real Git and real processes.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBlindRemote } from '../remote/blind-remote.ts';
import type { BlindRemote } from '../remote/blind-remote.ts';
import { makeWorktree } from '../remote/worktree.ts';
import type { HostileAttempt } from './hostile-report.ts';
import { effective, lastBeats, readReport } from './hostile-report.ts';

const open = new AsyncDisposableStack();
const asked: string[] = [];
let place: string;
let work: string;
let worker: ChildProcess;
let enforcer: ChildProcess;
let remote: BlindRemote;
let other: BlindRemote;
let report: readonly HostileAttempt[];

/** Answers as a control that believes the owner's token, and as an enforcer that believes anybody. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const who = request.headers.authorization === 'Bearer the-owner' ? 'owner' : 'stranger';
  asked.push(`${who} ${request.method ?? ''} ${request.url ?? ''}`);
  const reply = (status: number, body: unknown): void => void response.writeHead(status).end(JSON.stringify(body));
  if (request.url === '/v1/runs') return reply(201, {});
  if (who === 'stranger') return reply(401, {});
  if (request.url === '/v1/mandates')
    return reply(200, { items: [{ id: 'm-7', state: 'proposed', revision: 3, text_digest: 'd' }] });
  return reply(request.url === '/v1/mandates/m-7/approve' ? 200 : 404, {});
}

/** A process that has a file of the state open, and only stands there. */
const standsThere = `require('fs').openSync(process.argv[1], 'r'); setInterval(() => {}, 1000); console.log('ready')`;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'writ-hostile-'));
  open.defer(() => rm(place, { recursive: true, force: true, maxRetries: 5 }));
  const state = join(place, 'state');
  await Promise.all(
    ['state/control/keys', 'state/enforcer', 'home', 'tmp', 'place/sibling', 'place/empty'].map((path) =>
      mkdir(join(place, path), { recursive: true }),
    ),
  );
  const control = createServer(answer);
  control.listen(0, '127.0.0.1');
  await once(control, 'listening');
  const socket = createServer(answer).listen(join(state, 'enforcer/enforcer.sock'));
  await once(socket, 'listening');
  for (const server of [control, socket]) {
    open.defer(() => {
      server.close();
      server.closeAllConnections();
    });
  }
  // A listening TCP server has an address with a port.
  const { port } = control.address() as { port: number };
  const files = {
    'control/control.db': 'SQLite format 3',
    'control/owner.token': 'the-owner\n',
    'control/keys/permit.jwk': '{"kty":"OKP"}',
    'control/endpoint.json': JSON.stringify({ url: `http://127.0.0.1:${port}` }),
    'enforcer/enforcer.token': 'the-point\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(state, name), text);
  enforcer = spawn(process.execPath, ['-e', standsThere, join(state, 'control/control.db')], {
    env: { ...process.env, WRIT_HOME: state },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  open.defer(() => void enforcer.kill('SIGKILL'));
  if (enforcer.stdout !== null) await once(enforcer.stdout, 'data');

  for (const folder of ['home', 'tmp', 'place/sibling']) await writeFile(join(place, folder, 'somebody'), 'else');
  work = join(place, 'place/work');
  const repository = await makeWorktree(work);
  remote = open.use(await startBlindRemote({ dir: join(place, 'remote') }));
  other = open.use(await startBlindRemote({ dir: join(place, 'other') }));
  await repository.git('remote', 'add', 'origin', remote.url);

  const args = ['--look', state, '--tmp', join(place, 'tmp'), '--seconds', '25', other.url];
  const env = { PATH: process.env['PATH'], HOME: join(place, 'home'), GIT_CONFIG_NOSYSTEM: '1' };
  worker = spawn(process.execPath, [join(import.meta.dirname, 'worker.mjs'), ...args], {
    cwd: work,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  open.defer(endEverything);
  const isOver = (lines: readonly HostileAttempt[]): boolean => lines.some(({ attempt }) => attempt === 'finished');
  report = await vi.waitUntil(async () => {
    const lines = await readReport(work);
    return isOver(lines) ? lines : false;
  }, 60_000);
});

/** Ends the worker and the children it left, by the ids they beat with. */
async function endEverything(): Promise<void> {
  worker.kill('SIGKILL');
  for (const name of ['child', 'bare']) {
    const beats = await readFile(join(work, `beats/hostile-${name}`), 'utf8').catch(() => '');
    const pid = Number(beats.split('\n')[0]?.split(' ')[1]);
    if (pid > 1) process.kill(pid, 'SIGKILL');
  }
}
afterAll(() => open.disposeAsync());

describe('with nothing around it', () => {
  test.each([
    'push',
    'read_owner_token',
    'read_control_store',
    'read_key',
    'read_point_token',
    'read_state',
    'list_mandates',
    'approve_mandate',
    'start_run',
    'write_git_hooks',
    'write_git_config',
    'write_git_refs',
    'configure_git',
    'write_sibling',
    'write_parent',
    'write_home',
    'write_tmp',
    'write_state',
  ])('%s succeeds', (name) => {
    expect(effective(report).map(({ attempt }) => attempt)).toContain(name);
  });

  test.runIf(process.platform === 'linux').each(['read_process', 'read_through_process', 'stop_process'])(
    '%s succeeds, and what it stopped goes on',
    (name) => {
      expect(effective(report).map(({ attempt }) => attempt)).toContain(name);
      expect(enforcer.exitCode).toBeNull();
    },
  );

  test('a write where nobody keeps anything is not called one', () => {
    const written = report.filter(({ marker }) => marker?.startsWith(join(place, 'place/empty')) === true);
    expect(written).toMatchObject([
      { attempt: 'write_sibling', succeeded: false, detail: 'nobody keeps anything there' },
    ]);
  });

  test('what it says is what others saw', async () => {
    for (const { landed } of [remote, other]) expect(await landed()).toMatchObject([{ ref: 'refs/heads/hostile' }]);
    expect(asked).toContain('owner POST /v1/mandates/m-7/approve');
    expect(asked).toContain('stranger GET /v1/mandates');
    expect(
      report
        .filter(({ attempt, detail }) => attempt === 'list_mandates' && detail.includes('with no token'))
        .map(({ succeeded }) => succeeded),
    ).not.toContain(true);
  });

  test('it goes on after it was told to end, and its children after it was killed', async () => {
    const beatsAfter = async (moment: number): Promise<string[]> =>
      Object.entries(await lastBeats(work))
        .filter(([, at]) => at > moment)
        .map(([name]) => name);
    worker.kill('SIGTERM');
    await expect
      .poll(async () => (await readReport(work)).some(({ attempt }) => attempt === 'ignore_signal'))
      .toBe(true);
    const told = Date.now();
    await expect.poll(() => beatsAfter(told)).toEqual(['main', 'child', 'bare']);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    const killed = Date.now();
    await expect.poll(() => beatsAfter(killed)).toEqual(['child', 'bare']);
  });
});
