/** The short way and the long one give the same answer, in status, headers and body. A request with an `x-request-id` takes the long one. */

import { expect, it } from 'vitest';
import { controlWorld, push, send } from '../testing/control-world.ts';

type World = Awaited<ReturnType<typeof controlWorld>>;
type Asked = { readonly body: string; readonly path?: string; readonly headers?: Readonly<Record<string, string>> };

/** What differs between two answers to the same question, by their nature. */
const own = /"(evaluation_id|retry_after_ms|permit|id|position|begun_at|lease_until|valid_until)":("[^"]*"|\d+)/g;

async function bothWays(world: World, token: string, { body, path = '/v1/check', headers = {} }: Asked) {
  const answered = async (way: Readonly<Record<string, string>>) => {
    const sent = { token, headers: { ...headers, ...way }, raw: body };
    const { status, headers: said, json } = await send<object>(world.url, 'POST', path, undefined, sent);
    const { date: _, 'x-request-id': __, ...rest } = said;
    return {
      status,
      headers: rest,
      body: JSON.stringify(json)
        .replace(own, '"$1":0')
        .replace(/\d+ ms/, 'some ms'),
    };
  };
  const [short, long] = [await answered({}), await answered({ 'x-request-id': 'long' })];
  expect(short).toEqual(long);
  return short;
}

it('answers like the long way, whatever is asked', async () => {
  await using world = await controlWorld();
  const { id } = await world.approved();
  const token = await world.credential(id);
  const ask = (asked: Asked, as = token) => bothWays(world, as, asked);
  const body = JSON.stringify(push(id));
  const status = async (asked: Asked, as = token): Promise<number | undefined> => (await ask(asked, as)).status;

  expect(await ask({ body })).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
  expect(await status({ body: JSON.stringify({ ...push(id), action: 'git.delete' }) })).toBe(200);
  expect(await status({ body: JSON.stringify({ ...push(id), facts: { tenant: 'é' } }) })).toBe(200);
  expect(await status({ body, path: '/v1/operations', headers: { 'idempotency-key': 'k' } })).toBe(201);
  expect(await status({ body: '{"subject":{"type":"agent","id":"builder"}}', path: '/access/v1/evaluation' })).toBe(
    400,
  );
  // What is refused before, while and after the body is read.
  expect(await status({ body }, 'nobody')).toBe(401);
  expect(await status({ body, path: '/v1/operations' }, world.owner)).toBe(403);
  expect(await status({ body, headers: { host: 'evil.example' } })).toBe(403);
  expect(await status({ body, headers: { origin: 'http://evil.example' } })).toBe(403);
  expect(await status({ body, headers: { 'content-type': 'text/plain' } })).toBe(415);
  expect(await status({ body, headers: { 'content-type': 'application/json; charset=utf-8' } })).toBe(200);
  expect(await status({ body: '{' })).toBe(400);
  expect(await status({ body: '' })).toBe(400);
  expect(await status({ body: '{"__proto__":{}}' })).toBe(400);
  expect(await status({ body: '['.repeat(100) + ']'.repeat(100) })).toBe(400);
  expect(await status({ body: '{"mandate":"m-1"}' })).toBe(400);
  expect(await status({ body: `{"x":"${'x'.repeat(70_000)}"}` })).toBe(400);
  expect(await status({ body, path: '/v1/operations' })).toBe(400);
  const twice = body.replace('{', '{"action":"git.push",');
  expect(await status({ body: twice })).toBe(200);
  expect(await status({ body: twice, path: '/v1/operations', headers: { 'idempotency-key': 'twice' } })).toBe(400);
  expect(await status({ body, path: '/v1/operations', headers: { 'idempotency-key': 'a b' } })).toBe(400);
});

it('holds back who hammers like the long way', async () => {
  await using world = await controlWorld({
    rates: { person: { burst: 40, perSecond: 1 }, actor: { burst: 1, perSecond: 0.001 } },
  });
  const { id } = await world.approved();
  const token = await world.credential(id);
  const body = JSON.stringify(push(id));
  await world.call('POST', '/v1/check', push(id), { token });
  const held = await bothWays(world, token, { body });
  expect(held).toMatchObject({ status: 429 });
  expect(Number(held.headers['retry-after'])).toBeGreaterThan(0);
});
