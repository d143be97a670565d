/** A credential that hammers is held back, by HTTP and by the socket; nothing it asked is answered otherwise, and no stop waits. */

import { createCaller } from '@writ/enforce';
import type { Base } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { controlWorld, push } from '../testing/control-world.ts';

/** So slow that no machine is. */
const slow = { person: { burst: 40, perSecond: 1 }, actor: { burst: 10, perSecond: 1 } };
const quick = { person: { burst: 40, perSecond: 20 }, actor: { burst: 10, perSecond: 20 } };

it('is told to wait, and what it asked is not done; others and stops are not held', async () => {
  await using world = await controlWorld({ rates: slow });
  const { id } = await world.approved();
  const [token, other] = [await world.credential(id), await world.credential(id, 'another')];
  const check = (as: string) =>
    world.call<{ code: string; retry_after_ms: number }>('POST', '/v1/check', push(id), { token: as });
  const replies = await Promise.all(Array.from({ length: 30 }, () => check(token)));
  const held = replies.filter(({ status }) => status === 429);
  expect(held.length).toBeGreaterThan(10);
  const { headers, json } = held[0]!; // there are some
  expect(headers['content-type']).toContain('application/problem+json');
  expect(headers['retry-after']).toBe('1');
  expect(json).toMatchObject({ code: 'too_many_requests', retry_after_ms: expect.any(Number) as number });
  // A begin that is held begins nothing, and its key is as it was.
  let begun = await world.begin(id, token, 'k');
  expect(begun.status).toBe(429);
  while (begun.status === 429) begun = await world.begin(id, token, 'k');
  expect(begun.status).toBe(201);
  await Promise.all(Array.from({ length: 20 }, () => check(token)));
  const settle = `/v1/operations/${begun.json.operation.id}/settle`;
  expect((await world.call('POST', settle, { outcome: 'done' }, { token })).status).toBe(200);
  expect((await check(other)).status).toBe(200);
  const lists = await Promise.all(Array.from({ length: 60 }, () => world.call('GET', '/v1/mandates')));
  expect(lists.some(({ status }) => status === 429)).toBe(true);
  expect((await world.call('POST', `/v1/mandates/${id}/revoke`, {})).status).toBe(202);
});

/** Asks as often as that at once, by HTTP or by the socket, and takes at most `timeoutMs` for each. */
async function asked(world: Awaited<ReturnType<typeof controlWorld>>, base: Base, timeoutMs: number) {
  const { id } = await world.approved();
  using caller = createCaller({ base, token: await world.credential(id), timeoutMs });
  return await Promise.all(Array.from({ length: 25 }, () => caller.call(controlApi.check, { body: push(id) })));
}
const basesOf = ({ url, dir }: { readonly url: string; readonly dir: string }): readonly Base[] => [
  { url },
  { url, multiplex: `${dir}/control/control.sock` },
];

it('a caller of ours waits as it is told, by HTTP and by the socket', async () => {
  await using world = await controlWorld({ rates: quick });
  for (const base of basesOf(world))
    expect((await asked(world, base, 10_000)).map(({ ok }) => ok)).toEqual(Array(25).fill(true));
});

it('a caller of ours that has no time to wait says why', async () => {
  await using world = await controlWorld({ rates: slow });
  for (const base of basesOf(world)) {
    const codes = (await asked(world, base, 950)).map((answer) => (answer.ok ? 'ok' : answer.problem.code));
    expect(codes.filter((code) => code === 'too_many_requests').length).toBeGreaterThan(10);
  }
});
