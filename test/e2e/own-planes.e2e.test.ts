/** Writ that was started inside a session is not that session's: its end is not Writ's. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { World } from './support/world.ts';
import { createWorld } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

const planes = ['control', 'enforcer', 'runtime'] as const;

test('its planes are no services of the session they were started in, and live on after it', async () => {
  const body = { title: 'x', project: 'p', agent: 'sh', driver: 'attended', workspace: world.place, mandate: null };
  const { id } = (await world.api<{ id: string }>('runtime', 'POST', '/v1/sessions', body)).body;
  expect((await world.writ(['down'])).code).toBe(0);
  const env = { WRIT_SESSION: id, WRIT_SHELL: id, WRIT_RUN: id };
  expect((await world.writ(['up'], { env })).code).toBe(0);
  const before = await Promise.all(planes.map((plane) => world.pid(plane)));
  expect((await world.json<{ items: unknown[] }>(['services'])).items).toEqual([]);
  // What the session left is swept before this is answered.
  const closed = await world.api('runtime', 'POST', `/v1/sessions/${id}/close`, { exit_code: 0 });
  expect(closed.status).toBe(200);
  expect((await world.api('control', 'GET', '/v1/waiting')).status).toBe(200);
  expect(await Promise.all(planes.map((plane) => world.pid(plane)))).toEqual(before);
}, 120_000);
