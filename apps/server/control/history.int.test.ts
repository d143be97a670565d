/** History rules over HTTP: what was done through the routes is what the next begin is judged by. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { controlWorld, push } from '../testing/control-world.ts';
import type { Begun } from '../testing/control-world.ts';

let world: Awaited<ReturnType<typeof controlWorld>>;
beforeAll(async () => {
  world = await controlWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const can = (actions: readonly string[]) => [
  {
    type: 'mission_resource_access',
    resource: 'git://passkey/refs/heads/writ',
    resource_match: 'prefix',
    actions,
  },
];
let keys = 0;
const begin = (mandate: string, token: string, more: object = {}, point?: string) => {
  keys += 1;
  const headers = { 'idempotency-key': String(keys), ...(point !== undefined && { 'writ-point': point }) };
  return world.call<Begun & { code: string; detail: string }>(
    'POST',
    '/v1/operations',
    { ...push(mandate), ...more },
    { token, headers },
  );
};

it('pushes what was tested, and only while the test still counts', async () => {
  const { id } = await world.approved({
    authorization_details: can(['git.push', 'test.run', 'file.write']),
    history: [
      {
        id: 't',
        kind: 'before',
        first: ['test.run'],
        then: ['git.push'],
        stale_after: ['file.write'],
        same_parameter: 'oid',
      },
    ],
  });
  const token = await world.credential(id);
  const { enforcer: point } = world.points;
  const test = async (spoken: string | undefined) => {
    const begun = await begin(id, token, { action: 'test.run' }, spoken);
    const headers: Record<string, string> = spoken === undefined ? {} : { 'writ-point': spoken };
    const path = `/v1/operations/${begun.json.operation.id}/settle`;
    expect((await world.call('POST', path, { outcome: 'done' }, { token, headers })).status).toBe(200);
  };
  const refused = { status: 403, json: { code: 'history_required' } };
  expect(await begin(id, token)).toMatchObject({ ...refused, json: { detail: expect.stringContaining('test.run') } });
  // An agent that tests by itself is not watched.
  await test(undefined);
  expect(await begin(id, token)).toMatchObject(refused);
  await test(point);
  expect(await begin(id, token, { parameters: { oid: 'other' } })).toMatchObject(refused);
  expect((await begin(id, token)).status).toBe(201);
  await world.restart();
  expect((await begin(id, token)).status).toBe(201);
  expect((await begin(id, token, { action: 'file.write' }, point)).status).toBe(201);
  expect(await begin(id, token)).toMatchObject(refused);
});

it('asks a person the first time, and not the second', async () => {
  const { id } = await world.approved({ history: [{ id: 'new', kind: 'first_use', actions: ['git.push'] }] });
  const token = await world.credential(id);
  expect(await begin(id, token)).toMatchObject({ status: 403, json: { code: 'approval_required' } });
  const { action, resource, parameters } = push(id);
  const expires_at = new Date(Date.now() + 60_000).toISOString();
  const given = await world.call(
    'POST',
    `/v1/mandates/${id}/approvals`,
    {
      action,
      resource,
      parameters,
      expires_at,
    },
    { headers: { 'idempotency-key': 'yes' } },
  );
  expect(given.status).toBe(201);
  const first = await begin(id, token);
  expect(first.status).toBe(201);
  expect(await begin(id, token)).toMatchObject({ status: 403, json: { code: 'approval_required' } });
  await world.call('POST', `/v1/operations/${first.json.operation.id}/settle`, { outcome: 'done' }, { token });
  expect((await begin(id, token)).status).toBe(201);
});
