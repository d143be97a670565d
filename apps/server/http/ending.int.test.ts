/** How the planes end and how they say that they can work: nobody is cut off who came before, nobody is taken who comes after, and it takes no longer than it may. */

import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createCaller } from '@writ/enforce';
import { controlApi, readinessWire } from '@writ/protocol';
import { expect, test } from 'vitest';
import { controlWorld, proposal, send } from '../testing/control-world.ts';
import { createDrain } from './drain.ts';

test('a drain waits for what is under way, refuses what comes, and gives up at its bound', async () => {
  const drain = createDrain('control');
  const first = drain.begin();
  const second = drain.begin();
  let left: number | undefined;
  const closed = drain.close(10_000).then((number) => (left = number));
  expect(drain.begin()).toMatchObject({ status: 503, code: 'closing', retry_after_ms: 2_000 });
  if (typeof first === 'function') {
    first();
    first();
  }
  await Promise.resolve();
  expect(left).toBeUndefined();
  if (typeof second === 'function') second();
  await closed;
  expect(left).toBe(0);

  const stuck = createDrain('control');
  stuck.begin();
  expect(await stuck.close(20)).toBe(1);
});

test.each(['http', 'socket'] as const)(
  'over %s, a call under way is answered while control ends, and the next is refused',
  async (way) => {
    await using world = await controlWorld();
    const endpoint = JSON.parse(await readFile(join(world.dir, 'control', 'endpoint.json'), 'utf8')) as {
      url: string;
      multiplex: string;
    };
    using owner = createCaller({
      base: way === 'http' ? { url: endpoint.url } : endpoint,
      token: world.owner,
      timeoutMs: 5_000,
    });
    await owner.call(controlApi.createProject, { body: { id: 'passkey' } });
    // Their connections are there already; many, so that some calls are certainly under way when it is told to end.
    await Promise.all(Array.from({ length: 40 }, () => owner.call(controlApi.whoami)));
    const calls = Array.from({ length: 40 }, () => owner.call(controlApi.propose, { body: proposal() as never }));
    // One was answered; the others are on their way.
    expect(await Promise.race(calls)).toMatchObject({ ok: true });
    const began = performance.now();
    const ended = world.end();
    const late = await owner.call(controlApi.propose, { body: proposal() as never });
    const answers = await Promise.all(calls);
    await ended;
    expect(performance.now() - began).toBeLessThan(8_000);
    for (const answer of answers)
      if (!answer.ok) expect(answer.problem).toMatchObject({ code: 'closing', retry_after_ms: 2_000 });
    expect(answers.some(({ ok }) => ok)).toBe(true);
    expect(late).toMatchObject({ ok: false, problem: { status: 503 } });
  },
);

test('a refusal of the end says when to come again', async () => {
  await using world = await controlWorld();
  // Somebody sends half of a request and keeps control from ending at once.
  const { hostname, port } = new URL(world.url);
  const slow = connect(Number(port), hostname);
  slow.on('error', () => undefined); // it is cut off where the end comes first
  slow.write(
    `POST /v1/mandates HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${world.owner}\r\ncontent-type: application/json\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n{`,
  );
  // It has the head, and asks for the rest.
  expect(String((await once(slow, 'data'))[0])).toMatch(/^HTTP\/1.1 100 /);
  const ended = world.end();
  const refused = await send<{ code: string }>(world.url, 'POST', '/v1/check', {}, { token: world.owner });
  expect(refused).toMatchObject({ status: 503, json: { code: 'closing' }, headers: { 'retry-after': '2' } });
  expect((await send(world.url, 'GET', '/healthz')).status).toBe(200);
  const ready = await send(world.url, 'GET', '/readyz');
  expect(ready.status).toBe(503);
  expect(readinessWire.parse(ready.json).checks).toContainEqual({
    name: 'closing',
    holds: false,
    found: 'it is ending',
  });
  slow.destroy();
  await ended;
});

test('control is ready where it can write, sign and follow; a folder that cannot be written is no store', async () => {
  await using world = await controlWorld();
  const ready = await send(world.url, 'GET', '/readyz');
  expect(ready.status).toBe(200);
  const { checks, position } = readinessWire.parse(ready.json);
  expect(position).toBeGreaterThan(0);
  expect(Object.fromEntries(checks.map(({ name, holds }) => [name, holds]))).toEqual({
    closing: true,
    store: true,
    clock: true,
    keys: true,
    follower: true,
    witness: true,
  });
  const probe = join(world.dir, 'control', '.ready');
  rmSync(probe);
  // Where its file is to be there is a folder: the same as a disk that takes nothing.
  mkdirSync(probe);
  writeFileSync(join(probe, 'x'), '');
  const broken = await send(world.url, 'GET', '/readyz');
  expect(broken.status).toBe(503);
  expect(readinessWire.parse(broken.json).checks.find(({ name }) => name === 'store')?.holds).toBe(false);
});
