/** Calls of models through the gate: real requests in each format on the scripted model server, counted, priced, and stopped at the budget. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCaller } from '@writ/enforce';
import type { Caller } from '@writ/enforce';
import { controlApi, enforcerApi } from '@writ/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startModelServer } from '@writ/enforce';
import type { ModelServer } from '@writ/enforce';
import type { Turn } from '@writ/enforce';
import type { House, Started } from './testing.ts';
import { must, openHouse, until, work } from './testing.ts';

let house: House;
let open: AsyncDisposableStack;
let person: Caller;

beforeEach(async () => {
  open = new AsyncDisposableStack();
  house = open.use(await openHouse());
  person = createCaller({
    base: { socketPath: house.server.socketPath },
    token: readFileSync(join(house.dir, 'enforcer', 'local.token'), 'utf8').trim(),
    timeoutMs: 5_000,
  });
  open.defer(() => {
    person[Symbol.dispose]();
  });
});
afterEach(() => open.disposeAsync());

/** The scripted model, allowed, and behind a key that runs do not have. */
async function model(turn: Turn): Promise<ModelServer> {
  const { usage } = turn;
  const fallback = { say: 'again', ...(usage === undefined ? {} : { usage }) };
  const server = open.use(await startModelServer({ script: { turns: [turn], fallback } }));
  const { origin, host } = new URL(server.url);
  writeFileSync(join(house.dir, 'enforcer', 'egress.json'), JSON.stringify({ addresses: [host] }));
  must(
    await person.call(enforcerApi.addCredential, {
      params: { project: 'p', name: 'model' },
      body: {
        origin,
        path: '/',
        header: 'x-api-key',
        template: '{secret}',
        env: 'MODEL_KEY',
        base_url_env: 'MODEL_URL',
        git: false,
        secret: 'sk-real',
      },
    }),
  );
  return server;
}
const entries = (server: ModelServer) => [
  ...work(),
  { resource: `${server.url}/`, resource_match: 'prefix' as const, actions: ['model.call'] },
  { resource: 'secret://p/', resource_match: 'prefix' as const, actions: ['credential.use'] },
];
/** Inside: asks the model by `ask(path, body)`, and prints what came back. */
const start = (mandate: string, script: string): Promise<Started> => {
  writeFileSync(
    join(house.work, 'ask.mjs'),
    `const ask = async (path, body) => {
      const reply = await fetch(process.env.MODEL_URL + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': process.env.MODEL_KEY, 'anthropic-version': '2023-06-01' },
        body: JSON.stringify(body),
      });
      return { status: reply.status, text: await reply.text() };
    };
    const messages = [{ role: 'user', content: 'hello' }];
    const say = (...words) => console.log(...words);
    ${script}`,
  );
  return house.start(mandate, '', {
    argv: [process.execPath, 'ask.mjs'],
    sandbox: { kind: 'contain', writable: [house.work], network: 'gated' },
    repository: { path: house.work, project: 'p' },
  });
};
async function outputOf(run: Started): Promise<string> {
  must(
    await house.enforcer.call(enforcerApi.getRun, {
      params: { id: run.id },
      query: { wait_ms: 15_000 },
      timeoutMs: 20_000,
    }),
  );
  return must(await house.enforcer.call(enforcerApi.output, { params: { id: run.id } })).text;
}
const spent = async (mandate: string) =>
  Object.fromEntries(
    (must(await house.owner.call(controlApi.budget, { params: { id: mandate } })).items[0]?.lines ?? []).map((line) => [
      line.kind,
      line.spent,
    ]),
  );
const calls = async (mandate: string) =>
  must(await house.owner.call(controlApi.listOperations, { query: { mandate } })).items.filter(
    ({ action }) => action === 'model.call',
  );

test('tokens and money are counted in each format, whole and streamed, and the key is not the run\u2019s', async () => {
  const server = await model({ say: 'hi', usage: { input: 1_000, output: 50, cacheRead: 200 } });
  const m = await house.mandate(entries(server), undefined, [
    { kind: 'tokens', limit: 1_000_000 },
    { kind: 'money', limit_micros: 10_000_000, currency: 'USD' },
  ]);
  const run = await start(
    m,
    `for (const stream of [false, true]) {
      say((await ask('/v1/messages', { model: 'claude-sonnet-4-5', max_tokens: 100, stream, messages })).status);
      say((await ask('/v1/chat/completions', { model: 'gpt-5', stream, messages })).status);
      say((await ask('/v1/responses', { model: 'gpt-5', stream, input: 'hello' })).status);
      const how = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
      const contents = [{ role: 'user', parts: [{ text: 'hello' }] }];
      say((await ask('/v1beta/models/gemini-2.5-flash:' + how, { contents })).status);
    }
    say(process.env.MODEL_KEY);`,
  );
  expect(await outputOf(run)).toBe(`${'200\n'.repeat(8)}writ_placeholder_model\n`);
  expect(server.requests.map(({ format }) => format).toSorted()).toEqual(
    ['anthropic', 'chat', 'gemini', 'responses'].flatMap((format) => [format, format]),
  );
  expect(server.requests.every(({ headers }) => headers['x-api-key'] === 'sk-real')).toBe(true);
  await until('each is settled', async () => (await calls(m)).filter(({ state }) => state === 'done').length === 8);
  // Of each: 1,000 tokens in, 200 more from a cache, 50 out.
  expect(await spent(m)).toMatchObject({ tokens: 8 * 1_250 });
  const { money = 0 } = await spent(m);
  expect(money).toBeGreaterThan(8 * 400);
  expect(money).toBeLessThan(8 * 6_000);
  const [first] = (await calls(m)).toReversed();
  expect(first?.evidence).toMatch(/; model [\w.-]+, 1200 tokens in \(200 from cache\), 50 out, USD 0\.00\d{4}$/);
});

test('at the end of the budget the next call is refused, in the provider\u2019s own words, before it is made', async () => {
  const server = await model({ say: 'hi', usage: { input: 1_000, output: 50 } });
  const m = await house.mandate(entries(server), undefined, [{ kind: 'tokens', limit: 2_500 }]);
  const run = await start(
    m,
    `const { existsSync } = await import('node:fs');
    for (let i = 0; i < 6; i += 1) {
      const { status, text } = await ask('/v1/messages', { model: 'claude-sonnet-4-5', max_tokens: 100, messages });
      say(status, status === 200 ? '' : JSON.parse(text).error.type + ': ' + JSON.parse(text).error.message);
      while (status === 200 && !existsSync('counted-' + i)) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    say((await ask('/v1beta/models/gemini-2.5-flash:generateContent', { contents: [] })).text);`,
  );
  // What a call came to is known a moment after its answer: the next one waits for that.
  for (const at of [0, 1, 2]) {
    await until('it is counted', async () => (await calls(m)).filter(({ state }) => state === 'done').length > at);
    writeFileSync(join(house.work, `counted-${String(at)}`), '');
  }
  const said = (await outputOf(run)).trim().split('\n');
  expect(said.slice(0, 6).map((line) => line.slice(0, 3))).toEqual(['200', '200', '200', '400', '400', '400']);
  expect(said[3]).toMatch(/^400 invalid_request_error: writ: (?:refused|not yet): .*tokens/);
  expect(JSON.parse(said[6] ?? '')).toMatchObject({ error: { code: 403, status: 'PERMISSION_DENIED' } });
  expect(server.requests).toHaveLength(3);
  expect(await spent(m)).toMatchObject({ tokens: 3_150 });
});

test('a price that nobody knows is said, and under a budget of money it is not paid', async () => {
  const server = await model({ say: 'hi', usage: { input: 1_000, output: 50 } });
  const asking = `const { status, text } = await ask('/v1/messages', { model: 'a-model-of-nobody', max_tokens: 9, messages });
    say(status, text);`;
  const bounded = await house.mandate(entries(server), undefined, [
    { kind: 'money', limit_micros: 10_000_000, currency: 'USD' },
  ]);
  expect(await outputOf(await start(bounded, asking))).toMatch(
    /^400 .*the price of `a-model-of-nobody` is not known, and a budget of money stands above this call/,
  );
  const euros = await house.mandate(entries(server), undefined, [
    { kind: 'money', limit_micros: 10_000_000, currency: 'EUR' },
  ]);
  const known = asking.replace('a-model-of-nobody', 'claude-sonnet-4-5');
  expect(await outputOf(await start(euros, known))).toMatch(/^400 .*the budget above this call is in EUR/);
  expect(server.requests).toHaveLength(0);
  const free = await house.mandate(entries(server));
  expect(await outputOf(await start(free, asking))).toMatch(/^200 /);
  await until('it is settled', async () => (await calls(free))[0]?.state === 'done');
  expect((await calls(free))[0]?.evidence).toMatch(/model a-model-of-nobody, 1000 tokens in, 50 out, price not known$/);
});

test('a stop ends a call that is under way', async () => {
  const server = await model({ say: 'late', delayMs: 60_000 });
  const m = await house.mandate(entries(server), undefined, [{ kind: 'tokens', limit: 100_000 }]);
  await start(m, `say(await ask('/v1/messages', { model: 'claude-sonnet-4-5', max_tokens: 9, messages }));`);
  await server.asked(() => true);
  must(await house.owner.call(controlApi.revoke, { params: { id: m }, body: {} }));
  await until('it is ended', async () => (await calls(m))[0]?.state === 'interrupted');
});
