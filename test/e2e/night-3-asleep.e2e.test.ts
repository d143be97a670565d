/** The machine sleeps with a cached yes: nothing runs on it. */

import { expect, test } from 'vitest';
import { heartbeat, startMission } from './support/mission.ts';
import { createRepository, linesIn } from './support/night-repository.ts';
import { allStopped, processesWith, putToSleep, tell } from './support/processes.ts';
import { createWorld, stays, until } from './support/world.ts';

const sleepMs = 7_000;
/** A line takes 40 ms: what is written after waking is less than the stop deadline's worth. */
const linesInDeadline = 2_000 / 40;

test('night 3: revoked while the machine slept', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  const repository = createRepository(world.place, {
    tasks: ['- [ ] T1 run: `node agents/night.mjs beat t1 0` done: `true` — work'],
  });
  const { mandate } = await startMission(world, repository);
  const beats = await heartbeat(world, 't1', (session) => session.task === 'T1');

  // The machine with the agent on it sleeps: enforcer, runtime and agent stop where they stand; control is elsewhere and awake.
  // The enforcer wakes last, so that nobody here thaws what it has frozen.
  const wake = putToSleep([
    await world.pid('enforcer'),
    await world.pid('runtime'),
    ...processesWith(world, 'agents/night.mjs'),
  ]);
  expect((await world.writ(['mandate', 'revoke', mandate, '--reason', 'while it slept', '--no-wait'])).code).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, sleepMs));
  const before = await linesIn(beats);
  wake();

  await until('the agent is gone', () => processesWith(world, 'agents/night.mjs').length === 0);
  expect((await linesIn(beats)) - before).toBeLessThan(linesInDeadline);
  await stays('the agent after waking', 1_500, () => linesIn(beats));
});

test('night 3: control unreachable at waking', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up', '--restart', 'never'])).code).toBe(0);
  const repository = createRepository(world.place, {
    tasks: [
      '- [ ] T1 [P] touches: t1/** run: `node agents/night.mjs beat t1 0` done: `true` — work',
      '- [ ] T2 [P] touches: t2/** run: `node agents/night.mjs asking t2` done: `true` — work that asks before each line',
    ],
  });
  await startMission(world, repository);
  const beats = await heartbeat(world, 't1', (session) => session.task === 'T1');
  const asking = await heartbeat(world, 't2', (session) => session.task === 'T2');

  // The yes to each line is one that is kept: control does not answer, and the work goes on until its silence is too long.
  const control = await world.pid('control');
  tell(control, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const kept = await linesIn(asking);
  await until('lines are written on a kept yes', async () => (await linesIn(asking)) - kept > 2);

  const wake = putToSleep([await world.pid('enforcer'), ...processesWith(world, 'agents/night.mjs')]);
  await new Promise((resolve) => setTimeout(resolve, sleepMs));
  const [before, asked] = [await linesIn(beats), await linesIn(asking)];
  wake();
  try {
    const since = async (): Promise<readonly [number, number]> => [
      (await linesIn(beats)) - before,
      (await linesIn(asking)) - asked,
    ];
    await until('the agent with a stale yes is frozen', async () => {
      const [beaten, allowed] = await since();
      return allStopped(world, 'agents/night.mjs') || beaten >= linesInDeadline || allowed > 1;
    });
    const [beaten, allowed] = await since();
    // One yes may have been given before it slept and not been used yet; none is given after.
    expect(allowed, 'lines on a kept yes').toBeLessThanOrEqual(1);
    expect(beaten, 'lines of an agent that must not go on').toBeLessThan(linesInDeadline);
    await stays('the agent with a stale yes', 2_000, () => linesIn(beats));
  } finally {
    tell(control, 'SIGCONT');
  }
  await until('the agent goes on once control answers', async () => (await linesIn(beats)) > before + 10);
  await until('so does the one that asks', async () => (await linesIn(asking)) > asked + 10);
});
