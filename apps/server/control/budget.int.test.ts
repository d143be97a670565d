/** Budgets over HTTP: estimates, use, slices and statements, by the credentials that come with them. Attack 19 on the wire. */

import type { controlApi } from '@writ/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { controlWorld, push } from '../testing/control-world.ts';
import type { Begun, Mandate } from '../testing/control-world.ts';

type Statements = (typeof controlApi)['budget']['reply']['_zod']['output'];

let world: Awaited<ReturnType<typeof controlWorld>>;
beforeAll(async () => {
  world = await controlWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const money = (limit: number) => [{ kind: 'money', limit_micros: limit, currency: 'EUR' }];
const key = (name: string) => ({ headers: { 'idempotency-key': name } });

it('sets an estimate aside, counts what was used, and shows what is left, children below', async () => {
  const { id } = await world.approved({ budgets: [...money(5_000_000), { kind: 'calls', limit: 10 }] });
  const token = await world.credential(id);
  const begun = await world.call<Begun>(
    'POST',
    '/v1/operations',
    { ...push(id), estimate: { money_micros: 3_000_000, currency: 'EUR' } },
    { token, ...key('a') },
  );
  expect(begun).toMatchObject({ status: 201, json: { operation: { usage: null } } });
  const { id: operation } = begun.json.operation;
  const child = await world.call<{ mandate: Mandate; credential: string }>(
    'POST',
    `/v1/mandates/${id}/children`,
    { purpose: 'part', actor: 'tester', authorization_details: writable, budgets: money(1_500_000) },
    { token, ...key('child') },
  );
  expect(child).toMatchObject({ status: 201, json: { mandate: { budgets: money(1_500_000) } } });
  const reported = await world.call(
    'POST',
    `/v1/operations/${operation}/usage`,
    { tokens: 1_000, money_micros: 1_000_000, currency: 'EUR', source: 'reported' },
    { token },
  );
  expect(reported).toMatchObject({ status: 200, json: { usage: { tokens: 1_000, source: 'reported', final: false } } });
  const statement = async () => (await world.call<Statements>('GET', `/v1/mandates/${id}/budget`)).json.items;
  expect(await statement()).toMatchObject([
    {
      mandate: id,
      currency: 'EUR',
      lines: [
        { kind: 'calls', limit: 10, spent: 1, left: 9 },
        { kind: 'tokens', limit: null, spent: 1_000, left: null },
        { kind: 'money', spent: 1_000_000, reserved: 2_000_000, promised: 1_500_000, left: 500_000 },
      ],
    },
    { mandate: child.json.mandate.id, parent: id, lines: [{}, { kind: 'money', limit: 1_500_000, left: 1_500_000 }] },
  ]);
  const settled = await world.call(
    'POST',
    `/v1/operations/${operation}/settle`,
    {
      outcome: 'done',
      usage: { tokens: 1_200, money_micros: 1_200_000, currency: 'EUR', source: 'reported' },
    },
    { token },
  );
  expect(settled).toMatchObject({ status: 200, json: { usage: { money_micros: 1_200_000, final: true } } });
  expect((await statement())[0]?.lines[2]).toMatchObject({ spent: 1_200_000, reserved: 0, left: 2_300_000 });
  // A child sees its own account and those it stands under; another agent sees none of them.
  const other = await world.credential((await world.approved()).id);
  expect((await world.call('GET', `/v1/mandates/${id}/budget`, undefined, { token: other })).status).toBe(404);
});

const writable = [
  {
    type: 'mission_resource_access',
    resource: 'git://passkey/refs/heads/writ',
    resource_match: 'prefix',
    actions: ['git.push'],
  },
];

it('says with the refusal how much is left', async () => {
  const { id } = await world.approved({ budgets: money(1_500_000) });
  const ask = { ...push(id), estimate: { money_micros: 2_000_000, currency: 'EUR' } };
  const refused = await world.call('POST', '/v1/operations', ask, { token: await world.credential(id), ...key('b') });
  expect(refused).toMatchObject({
    status: 403,
    json: { code: 'budget_spent', detail: 'the money budget of 1.5 has 1.5 left, and this would draw 2' },
  });
});

it.each(['-1', '-0', '1e309', '0.5', '"5"', '9007199254740993', '1000000000001', 'null', '[1]'])(
  'attack 19: a body with %s for an amount is refused, and nothing of it is done',
  async (literal) => {
    const { id } = await world.approved({ budgets: [{ kind: 'tokens', limit: 100 }] });
    const token = await world.credential(id);
    const begun = await world.begin(id, token, `n${literal}`);
    const before = (await world.call<Statements>('GET', `/v1/mandates/${id}/budget`)).json.items;
    const send = (path: string, raw: string) =>
      world.call('POST', path, undefined, { token, raw, ...key(`m${literal}`) });
    const usage = `{"tokens":${literal},"source":"reported"}`;
    const { id: operation } = begun.json.operation;
    for (const [path, raw] of [
      [`/v1/operations/${operation}/usage`, usage],
      [`/v1/operations/${operation}/settle`, `{"outcome":"done","usage":${usage}}`],
      ['/v1/operations', JSON.stringify(push(id)).replace('{', `{"estimate":{"tokens":${literal}},`)],
    ] as const)
      expect((await send(path, raw)).status).toBe(400);
    expect((await world.call<Statements>('GET', `/v1/mandates/${id}/budget`)).json.items).toEqual(before);
  },
);
