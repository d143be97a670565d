/** A sub-agent is narrowed and another finishes: their siblings are not disturbed. An extension: running children keep running. */

import { expect, test } from 'vitest';
import { grows, heartbeat, mandateOf, mandates, revoke, sessions, startMission } from './support/mission.ts';
import { createRepository, linesIn } from './support/night-repository.ts';
import { processesWith } from './support/processes.ts';
import { createWorld, stays, until } from './support/world.ts';

test('night 6: siblings and successors', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  const repository = createRepository(world.place, {
    tasks: [
      '- [ ] T1 [P] touches: t1/** run: `node agents/night.mjs nest alpha` done: `true` — a sub-agent for ever',
      '- [ ] T2 [P] touches: t2/** run: `node agents/night.mjs nest beta 1500` done: `true` — a sub-agent that finishes',
      '- [ ] T3 [P] touches: t3/** run: `node agents/night.mjs nest gamma` done: `true` — a sub-agent to be narrowed',
    ],
    frontMatter: ['parallel: 3'],
  });
  const { mandate } = await startMission(world, repository);
  const child = (agent: string) => (session: { agent: string; parent: string | null }) =>
    session.agent === agent && session.parent !== null;
  const alpha = await heartbeat(world, 'alpha', child('alpha'));
  await heartbeat(world, 'gamma', child('gamma'));

  // One finishes by itself.
  await until(
    'beta is done',
    async () =>
      (await sessions(world)).some((session) => child('beta')(session) && ['closed', 'inert'].includes(session.state)),
    30_000,
  );
  await grows('alpha, after its sibling finished', alpha);

  // One is narrowed to nothing it does.
  const gammaMandate = (await mandates(world)).find(({ actor, parent }) => actor === 'gamma' && parent !== null);
  expect(gammaMandate).toBeDefined();
  await world.json(['mandate', 'narrow', gammaMandate?.id ?? '', '--only', 'file.read']);
  await until('gamma is gone', () => processesWith(world, 'beat\0gamma').length === 0);
  await grows('alpha, after its sibling was narrowed', alpha);

  // An extension: a successor takes over, and what runs keeps running: the same process, not one that was started again.
  const running = processesWith(world, 'beat\0alpha');
  const alphaMandate = (await mandates(world)).find(({ actor, parent }) => actor === 'alpha' && parent !== null);
  await world.json(['mandate', 'extend', mandate, '--for', '4h', '--yes']);
  const old = await mandateOf(world, mandate);
  expect(old.state).toBe('superseded');
  const carried = await mandateOf(world, alphaMandate?.id ?? '');
  expect(carried.successor, 'what the sub-agent had is carried over').not.toBeNull();
  const before = await linesIn(alpha);
  await until('alpha goes on for two seconds', async () => (await linesIn(alpha)) > before + 50, 30_000);
  expect(processesWith(world, 'beat\0alpha')).toEqual(running);

  // And the successor stops it like its predecessor would have.
  await revoke(world, old.successor ?? '');
  await stays('alpha, after the successor was revoked', 1_500, () => linesIn(alpha));
});
