/** What is said with an idempotency key is said once, however often whoever says it tries again. */

import { createCaller, endpointOf } from '@writ/enforce';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { afterTurns, logOf, openSession } from './session-testing.ts';
import type { Bench } from './testing.ts';
import { must, openBench } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const argv = ['sh', '-c', 'cat; echo'];

it('is one input however often it is sent, at once or after a restart, and other words need another key', async () => {
  const { id } = await openSession(bench, { argv });
  const say = (text: string, idempotencyKey: string) =>
    bench.runtime.call(runtimeApi.admit, { params: { id }, body: { text }, idempotencyKey });
  const [first, again] = (await Promise.all([say('go', 'one'), say('go', 'one')])).map(must);
  expect(again?.input).toBe(first?.input);
  await afterTurns(bench, id, 1);
  await bench.server().runtime.settled();
  await bench.restart();
  expect(must(await say('go', 'one')).input).toBe(first?.input);
  expect(await say('stop', 'one')).toMatchObject({ ok: false, problem: { status: 409, way_out: null } });
  const other = must(await say('go', 'two')).input;
  expect(other).not.toBe(first?.input);
  const log = await afterTurns(bench, id, 2);
  expect(log.filter(({ type }) => type === 'input.admitted')).toHaveLength(2);
});

it('the key of one person is not the key of another', async () => {
  const { id } = await openSession(bench, { argv, mandate: null, credential: null });
  must(await bench.house.owner.call(controlApi.createProject, { body: { id: 'p' } }));
  const body = { name: 'bob', roles: { p: 'operator' as const } };
  const { token } = must(await bench.house.owner.call(controlApi.addPerson, { body }));
  using bob = createCaller({ base: () => endpointOf(bench.house.dir, 'runtime'), token, timeoutMs: 20_000 });
  for (const one of [bench.runtime, bob])
    must(await one.call(runtimeApi.admit, { params: { id }, body: { text: 'go' }, idempotencyKey: 'one' }));
  expect((await logOf(bench, id)).filter(({ type }) => type === 'input.admitted')).toHaveLength(2);
});
