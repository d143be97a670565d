/** The hostile worker under a mandate, contained: none of its attempts succeeds. What landed on the remote, what is on disk and what still runs judge. */

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { effective } from '../kit/hostile/hostile-report.ts';
import { unleash } from './support/hostile.ts';
import { mandates, revoke } from './support/mission.ts';
import { linesIn } from './support/night-repository.ts';
import { processesWith } from './support/processes.ts';
import { createWorld, stays, until } from './support/world.ts';

test('night 4: contained, nothing it tries succeeds', async () => {
  await using world = await createWorld();
  const { report, mandate, place, landed } = await unleash(world, {});
  const scope = await world.json<{ enforced: boolean; strength: string }>(['scope']);
  expect(scope).toMatchObject({ enforced: true, strength: 'contain' });
  const tried = report.filter(({ attempt }) => attempt !== 'finished' && !attempt.startsWith('spawn'));
  expect(tried.length).toBeGreaterThan(8);
  expect(effective(tried)).toEqual([]);
  expect(landed).toBe(0);
  expect((await mandates(world)).filter(({ state }) => state === 'active').map(({ id }) => id)).toEqual([mandate]);

  await revoke(world, mandate);
  await until('every process of it is gone', () => processesWith(world, 'worker.mjs').length === 0);
  await stays('its heartbeats', 1_500, async () => [
    await linesIn(join(place, 'beats/hostile-main')),
    await linesIn(join(place, 'beats/hostile-child')),
  ]);
});
