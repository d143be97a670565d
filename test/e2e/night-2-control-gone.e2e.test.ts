/** Control is killed instead: nothing consequential happens until it is back, and a local stop works meanwhile. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startBlindRemote } from '../kit/remote/blind-remote.ts';
import { grows, heartbeat, mandateOf, startMission } from './support/mission.ts';
import { createRepository, linesIn } from './support/night-repository.ts';
import { allStopped } from './support/processes.ts';
import { createWorld, settled, stays, until } from './support/world.ts';

test('night 2: control gone: frozen, thawed, and stopped locally', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up', '--restart', 'never'])).code).toBe(0);
  await using blind = await startBlindRemote({ dir: join(world.place, 'blind') });
  const repository = createRepository(world.place, {
    tasks: [
      '- [ ] T1 [P] touches: t1/** run: `node agents/night.mjs beat t1 0` done: `true` — work',
      '- [ ] T2 [P] touches: t2/** run: `node agents/night.mjs nest` done: `true` — with a sub-agent',
      '- [ ] T3 [P] touches: t3/** run: `node agents/night.mjs keep-pushing origin feat/x/beat` done: `true` — push again and again',
    ],
    frontMatter: ['parallel: 3'],
  });
  execFileSync('git', ['remote', 'add', 'origin', blind.url], { cwd: repository });
  const { mandate } = await startMission(world, repository);
  const beats = await heartbeat(world, 't1', (session) => session.task === 'T1');

  const landed = async (): Promise<number> => (await blind.landed()).length;
  await until('pushes land while control answers', async () => (await landed()) > 2);

  process.kill(await world.pid('control'), 'SIGKILL');
  await until('the processes freeze at the deadline', () => allStopped(world, 'beat\0t1'));
  // A push whose pack had arrived lands by itself.
  await settled('the remote', 500, landed);
  await stays('a frozen agent without control, and the remote', 2_000, async () => [
    await linesIn(beats),
    await landed(),
  ]);
  const whileGone = await landed();
  // A supervisor that restarts nothing starts what is missing when asked.
  expect((await world.writ(['up'])).code).toBe(0);
  await grows('the thawed agent', beats);
  await until('pushes land again', async () => (await landed()) > whileGone);

  process.kill(await world.pid('control'), 'SIGKILL');
  const local = await world.writ(['stop', '--local', '--reason', 'control is gone', '--json']);
  expect(local.code, local.stderr).toBe(0);
  const count = await linesIn(beats);
  await stays('a locally stopped agent', 1_500, () => linesIn(beats));
  expect(await linesIn(beats)).toBe(count);
  expect((await world.writ(['up'])).code).toBe(0);
  const ended = await until(
    'the revocation arrives',
    async () => {
      const now = await mandateOf(world, mandate);
      return now.state === 'revoked' ? now : undefined;
    },
    30_000,
  );
  expect(ended.state_detail).toContain('control is gone');
  await stays('the agent after the revocation', 1_500, () => linesIn(beats));
});
