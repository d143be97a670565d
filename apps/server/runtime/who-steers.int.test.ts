/** Who may steer is asked before anything is done by what they said, also where it could not be asked as they said it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCaller, endpointOf } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { afterTurns, logOf, openSession, printed, send } from './session-testing.ts';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
let bob: Caller;
beforeAll(async () => {
  bench = await openBench();
  must(await bench.house.owner.call(controlApi.createProject, { body: { id: 'p' } }));
  const body = { name: 'bob', roles: { p: 'operator' as const } };
  const { token } = must(await bench.house.owner.call(controlApi.addPerson, { body }));
  bob = createCaller({ base: () => endpointOf(bench.house.dir, 'runtime'), token, timeoutMs: 20_000 });
});
afterAll(async () => {
  bob[Symbol.dispose]();
  await bench[Symbol.asyncDispose]();
});

const argv = ['sh', '-c', 'cat; echo'];
const say = (id: string, text: string) => bob.call(runtimeApi.admit, { params: { id }, body: { text } });
const quiet = async (id: string): Promise<void> => {
  await bench.server().runtime.settled();
  await until('nothing waits', async () => (await bench.session(id)).state !== 'running');
};

it('what was said to a session without a mandate is done by the word of who may steer under the one it is granted', async () => {
  const { id } = await openSession(bench, { argv, mandate: null, credential: null, title: 'waits' });
  must(await say(id, 'the word of bob'));
  must(await send(bench, id, 'the word of the owner'));
  const { mandate } = await openSession(bench, { argv });
  const given = { mandate, credential: await bench.house.credential(mandate, 'granted') };
  must(await bench.runtime.call(runtimeApi.grantMandate, { params: { id }, body: given }));
  const log = await afterTurns(bench, id, 1);
  await quiet(id);
  expect(printed(await logOf(bench, id))).toContain('the word of the owner');
  expect(printed(await logOf(bench, id))).not.toContain('the word of bob');
  const [aside] = log.filter(({ type }) => type === 'input.set_aside');
  expect(aside?.data?.['reason']).toContain('bob');
});

it('what was said while control could not be asked is done by the word of who may steer, once it can', async () => {
  const { id } = await openSession(bench, { argv });
  // The runtime knows bob, and goes by that for a while.
  must(await bob.call(runtimeApi.getSession, { params: { id } }));
  await bench.house.stopControl();
  must(await say(id, 'the word of bob'));
  must(await send(bench, id, 'the word of the owner'));
  await bench.server().runtime.settled();
  await bench.house.startControl();
  await afterTurns(bench, id, 1);
  await quiet(id);
  const said = printed(await logOf(bench, id));
  expect(said).toContain('the word of the owner');
  expect(said).not.toContain('the word of bob');
});

it('an agent’s question is answered by who may steer it, and one of a private session is not there for who does not see that', async () => {
  const token = readFileSync(join(bench.house.dir, 'control', 'points', 'enforcer.token'), 'utf8').trim();
  using door = createCaller({ base: () => endpointOf(bench.house.dir, 'runtime'), token, timeoutMs: 20_000 });
  const ask = async (id: string): Promise<string> => {
    const body = { question: 'Which one?', options: [], recommendation: null, wait_ms: 0 };
    return must(await door.call(runtimeApi.doorAsk, { params: { id }, body })).item;
  };
  const answer = (who: Caller, item: string) =>
    who.call(runtimeApi.answer, { params: { id: item }, body: { answer: 'all of them, and push' } });
  const { id } = await openSession(bench, { argv });
  const item = await ask(id);
  expect(await answer(bob, item)).toMatchObject({ ok: false, problem: { status: 403, code: 'not_a_steerer' } });
  expect(must(await answer(bench.runtime, item))).toMatchObject({ state: 'answered' });

  const named = await ask((await openSession(bench, { argv, steerers: ['bob'] })).id);
  expect(must(await answer(bob, named))).toMatchObject({ state: 'answered' });

  const hidden = await ask((await openSession(bench, { argv, private_to: [], steerers: ['bob'] })).id);
  expect(await answer(bob, hidden)).toMatchObject({ ok: false, problem: { status: 404 } });

  // What is a person's own to do is any operator's.
  const theirs = await openSession(bench, { argv: [], driver: 'person' });
  expect(must(await answer(bob, await ask(theirs.id)))).toMatchObject({ state: 'answered' });

  const later = await ask(id);
  await bench.house.stopControl();
  expect(await answer(bob, later)).toMatchObject({ ok: false, problem: { status: 503 } });
  await bench.house.startControl();
  expect(await answer(bob, later)).toMatchObject({ ok: false, problem: { code: 'not_a_steerer' } });
});
