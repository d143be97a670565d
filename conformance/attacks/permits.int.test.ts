/**
 * Attacks 12 and 13 at a sink: what was permitted is done later, or is not what was permitted. Control is asked over HTTP, the sink is the library that a resource server
 * uses, and what it did is its own list.
 */
import { createSink } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PointWorld, Run } from './point.ts';
import { pointAndControl } from './point.ts';
import { hour, minute, t0 } from './support.ts';

type Parameters = Record<string, string | number | boolean | null | number[] | Record<string, string>>;
const action = 'invoice.pay';
const resource = 'https://pay.example/invoices/7';
const parameters: Parameters = { to: 'ann', amount: '10.00', items: [1, 2], by: { name: 'x', role: 'y' } };
const leaseMs = 30_000;
const frozen = 'branch:p/main';
const condition = {
  id: 'c',
  subject: frozen,
  test: 'not_equals' as const,
  value: 'frozen',
  on_failure: 'suspend' as const,
  returns: 'automatically' as const,
  max_age_ms: null,
  when_unreported: 'holds' as const,
};
const pays = (more: object = {}) => ({
  type: 'mission_resource_access' as const,
  resource: 'https://pay.example/',
  resource_match: 'prefix' as const,
  actions: ['invoice.*'],
  ...more,
});

let world: PointWorld;
let open: AsyncDisposableStack;
/** What the sink did. */
let paid: string[];

beforeEach(async () => {
  open = new AsyncDisposableStack();
  world = open.use(await pointAndControl());
  paid = [];
});
afterEach(() => open.disposeAsync());

const aRun = (more: object = {}) => world.run({ authorization_details: [pays()], ...more });
const pay = (): Promise<string> => Promise.resolve(`payment ${String(paid.push('paid'))}`);
const aSink = () =>
  open.use(
    createSink({
      control: { url: world.url },
      token: world.sinkToken,
      timeoutMs: 5_000,
      clock: world.rightClock,
    }),
  );
const begin = (run: Run, more: object = {}, idempotencyKey: string = randomUUID()) =>
  world.point.call(controlApi.begin, {
    token: run.credential,
    idempotencyKey,
    body: { mandate: run.mandate, action, resource, parameters, lease_ms: leaseMs, ...more },
  });
const permitOf = async (run: Run, more: object = {}) => (await world.must(begin(run, more))).permit;
const act = (id: string, what: 'revoke' | 'suspend' | 'reinstate' | 'complete') =>
  world.must(world.person.call(controlApi[what], { params: { id }, body: {} }));
const signal = (value: string, sequence: number) =>
  world.must(world.person.call(controlApi.signal, { body: { subject: frozen, value, source: 'person:t', sequence } }));
describe('attack 12: a yes from before, used after', () => {
  test('a checked yes is nothing to act with: the permit comes from `begin`, which judges anew', async () => {
    const run = await aRun();
    const verdict = await world.must(
      world.point.call(controlApi.check, {
        token: run.credential,
        body: { mandate: run.mandate, action, resource, parameters },
      }),
    );
    expect(verdict.decision).toBe('permit');
    for (const permit of [verdict.evaluation_id ?? '', run.credential])
      expect(await aSink().commit({ permit, action, resource, parameters }, pay)).toMatchObject({ ok: false });
    await act(run.mandate, 'revoke');
    expect(await begin(run)).toMatchObject({ ok: false, problem: { status: 403, code: 'mandate_inactive' } });
    expect(await world.recorded('verdict.refused')).toMatchObject([{ data: { asked: 'begin', mandate: run.mandate } }]);
    expect(paid).toEqual([]);
  });

  const under = { delegation: { max_depth: 1, max_children: 2, actors: 'any' }, conditions: [condition] };
  test.each<readonly [string, (parent: string, child: string) => unknown, RegExp]>([
    ['it was revoked', (_, child) => act(child, 'revoke'), /revoked/],
    ['a mandate above it was revoked', (parent) => act(parent, 'revoke'), /above .* has ended/],
    ['it was completed', (_, child) => act(child, 'complete'), /completed/],
    ['it was suspended', (_, child) => act(child, 'suspend'), /suspended/],
    [
      'a mandate above it was suspended, and is in force again',
      async (parent) => {
        await act(parent, 'suspend');
        await act(parent, 'reinstate');
      },
      /told to stop/,
    ],
    [
      'a mandate above it was narrowed past it',
      (id) => world.must(world.person.call(controlApi.narrow, { params: { id }, body: { authorization_details: [] } })),
      /not in what was approved/,
    ],
    ['a condition above it failed', () => signal('frozen', 1), /is suspended/],
    [
      'a condition above it failed, and holds again',
      async () => {
        await signal('frozen', 1);
        await signal('open', 2);
      },
      /told to stop/,
    ],
    ['it expired', () => (world.control.now = t0 + hour), /expired/],
    ['its lease was over', () => (world.control.now = t0 + leaseMs), /lease/],
  ])('where %s, the effect is refused, nothing is done, and that is on record', async (_, what, why) => {
    const child = await world.child(await aRun(under), { authorization_details: [pays()] });
    const parent = (await world.must(world.person.call(controlApi.getMandate, { params: { id: child.mandate } })))
      .parent;
    const permit = await permitOf(child);
    await what(parent ?? '', child.mandate);
    const outcome = await aSink().commit({ permit, action, resource, parameters }, pay);
    expect(outcome).toMatchObject({
      ok: false,
      reason: { code: 'not_current', sentence: expect.stringMatching(why) as string },
    });
    expect(paid).toEqual([]);
    expect(await world.recorded('redemption.refused')).toMatchObject([
      { data: { action, resource, reason: expect.stringMatching(why) as string } },
    ]);
  });

  test('a permit of what may drain is void after a suspension too, for ever', async () => {
    const run = await aRun({ authorization_details: [pays({ actions: ['http.get'] })] });
    const get = { action: 'http.get', resource, parameters };
    const permit = await permitOf(run, get);
    await act(run.mandate, 'suspend');
    await act(run.mandate, 'reinstate');
    expect(await aSink().commit({ permit, ...get }, pay)).toMatchObject({
      ok: false,
      reason: { sentence: expect.stringMatching(/suspended since it was given, which voids it for ever/) as string },
    });
    expect(await aSink().commit({ permit: await permitOf(run, get), ...get }, pay)).toMatchObject({ ok: true });
  });

  test('it is good for one use: of thirty at two sinks one pays, and none afterwards', async () => {
    const permit = await permitOf(await aRun());
    const sinks = [aSink(), aSink()] as const;
    const claim = { permit, action, resource, parameters };
    const many = Array.from({ length: 30 }, (_, index) => sinks[index % 2 === 0 ? 0 : 1].commit(claim, pay));
    expect((await Promise.all(many)).filter(({ ok }) => ok)).toHaveLength(1);
    expect(await aSink().commit(claim, pay)).toMatchObject({ ok: false });
    expect(paid).toHaveLength(1);
    expect(await world.recorded('operation.redeemed')).toHaveLength(1);
  });

  test('used at the moment of a revocation it is refused, or it came first: what was done is what was taken before', async () => {
    for (let round = 0; round < 12; round += 1) {
      const run = await aRun();
      const permits = await Promise.all(Array.from({ length: 4 }, () => permitOf(run)));
      const sink = aSink();
      paid = [];
      const commits = permits.map((permit) => sink.commit({ permit, action, resource, parameters }, pay));
      await Promise.all([...commits.slice(0, round % 4), act(run.mandate, 'revoke'), ...commits.slice(round % 4)]);
      const events = (
        await world.must(world.person.call(controlApi.audit, { query: { mandate: run.mandate, limit: 1_000 } }))
      ).items;
      const at = (type: string) =>
        events.filter((event) => event['type'] === type).map((event) => event['position'] as number); // a number on this wire
      const [revokedAt = 0] = at('mandate.revoked');
      const taken = at('operation.redeemed');
      expect(taken.every((position) => position < revokedAt)).toBe(true);
      expect(paid).toHaveLength(taken.length);
    }
  });
});

describe('attack 13: other arguments than those that were judged', () => {
  const changed: readonly (readonly [string, Parameters])[] = [
    ['another value', { ...parameters, amount: '10000.00' }],
    ['the same number spelled otherwise', { ...parameters, amount: '10.0' }],
    ['a number for a text', { ...parameters, amount: 10 }],
    ['one more', { ...parameters, note: 'x' }],
    ['one fewer', { to: 'ann', amount: '10.00', items: [1, 2] }],
    ['null in its place', { ...parameters, to: null }],
    ['another order of a list', { ...parameters, items: [2, 1] }],
    ['a list cut short', { ...parameters, items: [1] }],
    ['something deeper inside', { ...parameters, by: { name: 'x', role: 'admin' } }],
    ['a letter that looks alike', { ...parameters, to: 'аnn' }],
    ['the same letter in two', { ...parameters, to: 'ann\u0301' }],
    ['none', {}],
  ];

  test('the same in another order is the same, so that each refusal below has one cause', async () => {
    const permit = await permitOf(await aRun());
    const same = Object.fromEntries(Object.entries(parameters).toReversed());
    expect(await aSink().commit({ permit, action, resource, parameters: same }, pay)).toMatchObject({ ok: true });
  });

  test.each(changed)('%s: the sink does nothing, and the permit stays what it was', async (_, other) => {
    const permit = await permitOf(await aRun());
    expect(await aSink().commit({ permit, action, resource, parameters: other }, pay)).toMatchObject({
      ok: false,
      reason: { code: 'not_current', sentence: 'it was given for other parameters' },
    });
    expect(paid).toEqual([]);
    expect(await world.recorded('redemption.refused')).toMatchObject([
      { data: { reason: 'it was given for other parameters' } },
    ]);
    expect(await aSink().commit({ permit, action, resource, parameters }, pay)).toMatchObject({ ok: true });
  });

  test.each([
    ['another action', { action: 'invoice.refund' }],
    ['another resource', { resource: 'https://pay.example/invoices/70' }],
  ])('%s: refused by the sink, and by control where a sink does not look', async (_, more) => {
    const permit = await permitOf(await aRun());
    const claim = { permit, action, resource, parameters, ...more };
    expect(await aSink().commit(claim, pay)).toMatchObject({ ok: false });
    const redeemed = world.point.call(controlApi.redeem, { token: world.sinkToken, body: claim });
    expect(await world.must(redeemed)).toMatchObject({ current: false });
    expect(paid).toEqual([]);
  });

  test('a permit of another operation of the same run does not do for this one', async () => {
    const run = await aRun();
    const cheap = await permitOf(run, { parameters: { ...parameters, amount: '0.01' } });
    await permitOf(run);
    expect(await aSink().commit({ permit: cheap, action, resource, parameters }, pay)).toMatchObject({ ok: false });
    expect(paid).toEqual([]);
  });

  test('sent again under the same key with other arguments it is refused, and the first stands', async () => {
    const run = await aRun();
    const { operation } = await world.must(begin(run, {}, 'k'));
    expect(await begin(run, { parameters: { ...parameters, amount: '10000.00' } }, 'k')).toMatchObject({
      ok: false,
      problem: { status: 409, code: 'idempotency_conflict' },
    });
    expect((await world.must(begin(run, {}, 'k'))).operation.id).toBe(operation.id);
  });

  test('a person’s yes is to the arguments they read: others are a question of their own, and it is good once', async () => {
    const run = await aRun({ authorization_details: [pays({ constraints: { requires_action_approval: true } })] });
    const held = async (more: object = {}) => {
      const answer = await begin(run, more);
      expect(answer).toMatchObject({ ok: false, problem: { status: 403, code: 'approval_required' } });
      return answer.ok ? '' : (answer.problem.instance ?? '').replace('urn:writ:approval:', '');
    };
    const id = await held();
    const { text, text_digest } = await world.must(world.person.call(controlApi.getApproval, { params: { id } }));
    expect(text).toContain('10.00');
    await world.must(
      world.person.call(controlApi.giveApproval, { params: { id }, body: { text_digest: text_digest ?? '' } }),
    );
    for (const [, other] of changed) expect(await held({ parameters: other })).not.toBe(id);
    expect(await held({ resource: 'https://pay.example/invoices/8' })).not.toBe(id);
    const permit = await permitOf(run);
    expect(await aSink().commit({ permit, action, resource, parameters }, pay)).toMatchObject({ ok: true });
    expect(await held()).not.toBe(id);
    world.control.now += minute;
    expect(paid).toHaveLength(1);
  });
});
