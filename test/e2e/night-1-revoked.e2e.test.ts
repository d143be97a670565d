/**
 * The scene that must always hold. Approved work runs, with a sub-agent and a push in flight; a reviewer freezes the branch; the approval
 * is revoked; the machine restarts with everything intact. None of it matters: every path forward asks the mandate, and the mandate is gone.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startBlindRemote } from '../kit/remote/blind-remote.ts';
import { startCheckingRemote } from '../kit/remote/checking-remote.ts';
import type { Receipt } from './support/mission.ts';
import { revoke } from './support/mission.ts';
import { createRepository, linesIn } from './support/night-repository.ts';
import { allStopped } from './support/processes.ts';
import type { World } from './support/world.ts';
import { createWorld, stays, until } from './support/world.ts';

type Session = {
  id: string;
  state: string;
  task: string | null;
  parent: string | null;
  mandate: string;
  workspace: { path: string } | null;
};
type Operation = {
  id: string;
  action: string;
  resource: string;
  state: string;
  mandate: string;
  evidence: string | null;
};

const sessions = async (world: World): Promise<readonly Session[]> =>
  (await world.api<{ items: Session[] }>('runtime', 'GET', '/v1/sessions')).body.items;

test('night 1: revoked, killed, restarted: readable and inert', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  await using checking = await startCheckingRemote({
    dir: join(world.place, 'checking'),
    control: join(world.home, 'control/endpoint.json'),
    tokenFile: join(world.home, 'control/points/sink.token'),
    project: 'night',
    isHeld: true,
  });
  await using blind = await startBlindRemote({ dir: join(world.place, 'blind') });
  const repository = createRepository(world.place, {
    frontMatter: ['parallel: 3'],
    tasks: [
      '- [ ] T1 touches: t1/** run: `node agents/night.mjs beat t1 200` done: `true` — start',
      '- [ ] T2 [P] (after: T1) touches: t2/** run: `node agents/night.mjs push origin feat/x` done: `true` — push to the checking remote',
      '- [ ] T3 [P] (after: T1) touches: t3/** run: `node agents/night.mjs nest` done: `true` — a sub-agent in a retry loop',
      '- [ ] T4 [P] (after: T1) touches: t4/** run: `node agents/night.mjs push blind feat/x/blind` done: `true` — push to the blind remote',
      '- [ ] T5 (after: T2, T3) touches: t5/** run: `node agents/night.mjs beat never 200` done: `true` — queued, and never to run',
    ],
  });
  execFileSync('git', ['remote', 'add', 'origin', checking.url], { cwd: repository });
  execFileSync('git', ['remote', 'add', 'blind', blind.url], { cwd: repository });

  // approve → run
  const run = await world.json<{ mission: { id: string; mandate: string } }>([
    'run',
    join(repository, 'mission.md'),
    '--yes',
    '--detach',
  ]);
  const { mandate } = run.mission;
  await until('a push is in flight at the checking remote', () => checking.isReached());
  const sub = await until('the sub-agent works', async () =>
    (await sessions(world)).find((session) => session.parent !== null && session.state === 'running'),
  );
  const beats = join(sub.workspace?.path ?? '', 'beats', 'sub');
  await until('its heartbeat is on disk', async () => (await linesIn(beats)) > 3);
  const warmFile = join(world.home, 'runtime/credentials');
  const warm = readdirSync(warmFile).map((name) => readFileSync(join(warmFile, name), 'utf8').trim());
  expect(warm.length).toBeGreaterThan(0);

  // a signal freezes the branch → suspended, the push in flight interrupted
  // A machine that is busy may not have confirmed all of it in time: what stands still is looked at below.
  const signalled = await world.json<{ receipts: Receipt[] }>(
    ['signal', 'branch:night/feat/x', 'frozen', '--source', 'reviewer'],
    [0, 1],
  );
  expect(signalled.receipts.length).toBeGreaterThan(0);
  expect((await world.api<{ state: string }>('control', 'GET', `/v1/mandates/${mandate}`)).body.state).toBe(
    'suspended',
  );
  checking.release();
  await until('the remote has decided', async () => (await checking.updates()).length > 0);
  await until('the sub-agent is frozen', () => allStopped(world, 'beat\0sub'));
  await stays('the frozen sub-agent', 1_000, () => linesIn(beats));

  // revoke
  const revoked = await revoke(world, mandate, '--reason', 'frozen for release');
  expect(revoked.closed_at).not.toBeNull();
  for (const line of revoked.lines)
    expect(line, JSON.stringify(line)).toMatchObject({ attested_by: expect.any(String) as string });
  expect(revoked.lines.map((line) => line.outcome)).not.toContain('pending');

  // kill -9 → restart
  const killed = await world.pid('runtime');
  process.kill(killed, 'SIGKILL');
  await until(
    'the runtime is back',
    async () =>
      (await world.pid('runtime')) !== killed && (await world.api('runtime', 'GET', '/healthz')).status === 200,
    30_000,
  );

  // readable and inert
  const after = await until('every session is inert', async () => {
    const all = await sessions(world);
    return all.length > 0 && all.every((session) => ['inert', 'closed'].includes(session.state)) ? all : undefined;
  });
  // The sub-agent's own session may have been closed as its run ended; the one that would start it again is inert.
  const nesting = after.find((session) => session.task === 'T3' && session.parent === null);
  expect(nesting?.state).toBe('inert');
  const log = await world.api<{ items: unknown[] }>('runtime', 'GET', `/v1/sessions/${sub.id}/log`);
  expect(log.body.items.length).toBeGreaterThan(2);
  await stays('the sub-agent, its retry loop and the queued task', 2_000, async () => [
    await linesIn(beats),
    await linesIn(join(sub.workspace?.path ?? '', 'beats', 'nest')),
    (await sessions(world)).length,
  ]);
  expect(after.some((session) => session.task === 'T5' && session.state !== 'inert')).toBe(false);

  // a warm credential, by hand, past the runtime
  for (const credential of warm) {
    const body = { mandate, action: 'git.push', resource: 'git://night/refs/heads/feat/x', parameters: {} };
    const begun = await world.api<{ code: string }>('control', 'POST', '/v1/operations', body, credential);
    expect(begun.status).toBeGreaterThanOrEqual(400);
  }
  // nor can a person wake it by asking nicely
  expect((await world.writ(['unpause', nesting?.id ?? ''])).code).not.toBe(0);

  // the remotes' own word
  const updates = await checking.updates();
  for (const line of updates) if (line.accepted) expect(line.permit).toBe('current');
  expect(updates.filter((line) => line.accepted)).toHaveLength(0);
  const operations = (await world.api<{ items: Operation[] }>('control', 'GET', '/v1/operations')).body.items;
  const blindPush = operations.find((operation) => operation.resource.endsWith('/feat/x/blind'));
  const landed = (await blind.landed()).some((line) => line.ref === 'refs/heads/feat/x/blind');
  expect(['done', 'unknown', 'interrupted', 'failed']).toContain(blindPush?.state);
  if (landed) expect(['done', 'unknown']).toContain(blindPush?.state);

  // the trail
  expect((await world.writ(['audit', 'verify'])).code).toBe(0);
  const trail = await world.json<{ items: { operation: string; approved_by: string | null }[] }>([
    'audit',
    'trail',
    mandate,
  ]);
  expect(trail.items.length).toBeGreaterThan(0);
  for (const item of trail.items) expect(item.approved_by, JSON.stringify(item)).toEqual(expect.any(String));
});
