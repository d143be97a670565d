/** Attacks 14 and 51: a child that outlives its parent, and spawning without end. Asked over HTTP, with the credentials an agent and the point beside it have. */
import { controlApi } from '@writ/protocol';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PointWorld, Run } from './point.ts';
import { pointAndControl } from './point.ts';
import { minute, t0 } from './support.ts';

let world: PointWorld;
beforeEach(async () => {
  world = await pointAndControl();
});
afterEach(() => world[Symbol.asyncDispose]());

const frozen = 'branch:p/main';
const bounds = (max_depth: number, max_children = 2) => ({ max_depth, max_children, actors: 'any' as const });
/** A root and descendants, each the child of the one before; the root first. */
async function lineOf(length: number): Promise<readonly Run[]> {
  const conditions = [
    {
      id: 'c',
      subject: frozen,
      test: 'not_equals' as const,
      value: 'frozen',
      on_failure: 'suspend' as const,
      returns: 'by_reinstatement' as const,
      max_age_ms: null,
      when_unreported: 'holds' as const,
    },
  ];
  const budgets = [{ kind: 'wall' as const, limit_ms: 30 * minute }];
  const line = [await world.run({ delegation: bounds(length - 1), conditions, budgets, actor: 'tester' })];
  for (let depth = length - 2; depth >= 0; depth -= 1) {
    const parent = line.at(-1);
    if (parent !== undefined) line.push(await world.child(parent, { delegation: bounds(depth) }));
  }
  return line;
}
const wanted = { action: 'file.write', resource: 'workspace://p/a', parameters: {} };
const begin = ({ mandate, credential }: Run) =>
  world.point.call(controlApi.begin, {
    token: credential,
    idempotencyKey: randomUUID(),
    body: { mandate, ...wanted, lease_ms: 3_600_000 },
  });

/** Everything a run can ask for, and whether it gets it. `before` is what it began when all was well. */
async function allowed(
  run: Run,
  before: { readonly permit: string; readonly operation: string },
): Promise<Record<string, boolean>> {
  const { mandate, credential: token } = run;
  const params = { id: mandate };
  const { point: client } = world;
  const checked = await world.must(client.call(controlApi.check, { token, body: { mandate, ...wanted } }));
  const authzen = await world.must(
    client.call(controlApi.evaluate, {
      token,
      body: {
        subject: { type: 'agent', id: 'tester' },
        action: { name: wanted.action },
        resource: { type: 'workspace', id: wanted.resource },
        context: { mandate_id: mandate },
      },
    }),
  );
  await using stranger = world.stranger();
  await stranger.hold(run);
  const { permit, operation: id } = before;
  const redeemed = client.call(controlApi.redeem, { token: world.sinkToken, body: { permit, ...wanted } });
  const child = { purpose: 'x', actor: 'tester', authorization_details: [] };
  return {
    check: checked.decision === 'permit',
    authzen: authzen.decision,
    // What is there to answer from says no as well.
    artifact: stranger.get(run) !== null && (await world.ask(run, {}, world.answersOf(stranger))).from === 'artifact',
    begin: (await begin(run)).ok,
    renew: (await client.call(controlApi.renew, { token, params: { id }, body: {} })).ok,
    redeem: (await world.must(redeemed)).current,
    delegate: (await client.call(controlApi.delegate, { token, params, body: child })).ok,
    credential: (await world.person.call(controlApi.issueCredential, { params, body: { run: randomUUID() } })).ok,
  };
}
const all = (yes: boolean) =>
  Object.fromEntries(
    ['check', 'authzen', 'artifact', 'begin', 'renew', 'redeem', 'delegate', 'credential'].map((name) => [name, yes]),
  );

describe('attack 14: a child that is live under a parent that is not', () => {
  const ends: Readonly<Record<string, (id: string) => unknown>> = {
    'is suspended': (id) => world.must(world.person.call(controlApi.suspend, { params: { id }, body: {} })),
    'was revoked': (id) => world.revoke(id),
    'was completed': (id) => world.must(world.person.call(controlApi.complete, { params: { id }, body: {} })),
    'is over before its child, having been shortened': async (id) => {
      // Sooner than any lease ends.
      const body = { expires_at: new Date(world.control.now + minute / 6).toISOString() };
      await world.must(world.person.call(controlApi.narrow, { params: { id }, body }));
      world.control.now += minute / 6;
    },
  };
  const rootOnly: typeof ends = {
    'depends on what no longer holds': () =>
      world.must(
        world.person.call(controlApi.signal, {
          body: { subject: frozen, value: 'frozen', source: 'person:t', sequence: 1 },
        }),
      ),
    'has spent its time': () => (world.control.now = t0 + 30 * minute),
  };
  const cases = [0, 1, 3].flatMap((above) => [
    ...Object.entries(ends).map(([words, end]) => ({ above, words, end })),
    ...(above === 0 ? Object.entries(rootOnly).map(([words, end]) => ({ above, words, end })) : []),
  ]);

  test.each(cases)(
    'depth 4, under a mandate at depth $above that $words: it gets nothing, by any way',
    async ({ above, end }) => {
      const line = await lineOf(5);
      const before = [];
      for (const run of line) {
        const { permit, operation } = await world.must(begin(run));
        before.push({ permit, operation: operation.id });
      }
      await end(line[above]?.mandate ?? '');
      const got = [];
      for (const [depth, run] of line.entries())
        got.push(await allowed(run, before[depth] ?? { permit: '', operation: '' }));
      // The last may not hand on, and that is its own bound.
      const expected = line.map((_, depth) => ({ ...all(depth < above), delegate: depth < Math.min(above, 4) }));
      expect(got).toEqual(expected);
      // Nothing was written to those below: it is derived, and on record as refused.
      const leaf = line[4]?.mandate ?? '';
      const types = (
        await world.must(world.person.call(controlApi.audit, { query: { mandate: leaf, limit: 1_000 } }))
      ).items.map((event) => JSON.stringify(event['type']));
      expect(types.filter((type) => /mandate\.(suspended|revoked|expired|completed)/.test(type))).toEqual([]);
      expect(types).toEqual(expect.arrayContaining(['"verdict.refused"', '"redemption.refused"']));
    },
  );

  test('the deepest there can be is refused as soon as the root is revoked, and one beside it goes on', async () => {
    const line = await lineOf(17);
    const leaf = line.at(-1) ?? line[0];
    const beside = await world.run();
    if (leaf === undefined) throw new Error('there are seventeen');
    expect((await begin(leaf)).ok).toBe(true);
    await world.revoke(line[0]?.mandate ?? '');
    expect(await begin(leaf)).toMatchObject({ ok: false, problem: { code: 'ancestor_inactive' } });
    expect((await begin(beside)).ok).toBe(true);
  });
});

describe('attack 51: spawning without end', () => {
  const delegate = ({ mandate: id, credential: token }: Run, more: object = {}) =>
    world.point.call(controlApi.delegate, {
      token,
      point: world.pointToken,
      params: { id },
      body: { purpose: 'x', actor: 'tester', authorization_details: [], ...more },
    });
  const mandates = async () =>
    (await world.must(world.person.call(controlApi.listMandates, { query: { limit: 1_000 } }))).items;

  test('it ends at the depth that was approved, whatever a child asks for itself', async () => {
    let run = await world.run({ actor: 'tester', delegation: bounds(3) });
    const refused: unknown[] = [];
    for (let depth = 3; depth > 0; depth -= 1) {
      // As deep again as its parent, or deeper: never.
      for (const deeper of [depth, 16]) refused.push(await delegate(run, { delegation: bounds(deeper) }));
      run = await world.child(run, { delegation: bounds(depth - 1) });
    }
    refused.push(await delegate(run));
    for (const answer of refused)
      expect(answer).toMatchObject({ ok: false, problem: { status: 422, code: 'out_of_bounds' } });
    expect(await mandates()).toHaveLength(4);
    expect(await delegate(run, { delegation: bounds(17) })).toMatchObject({ ok: false, problem: { status: 400 } });
  });

  test('it ends at the width that was approved, also where three hundred are asked for at once', async () => {
    const run = await world.run({ delegation: bounds(1, 5) });
    const answers = await Promise.all(Array.from({ length: 300 }, () => delegate(run)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(5);
    expect(answers.filter((answer) => !answer.ok && answer.problem.code !== 'out_of_bounds')).toEqual([]);
    expect(await mandates()).toHaveLength(6);
    // A place is free once one has ended, and only one.
    const [child] = answers.flatMap((answer) => (answer.ok ? [answer.value.mandate.id] : []));
    await world.revoke(child ?? '');
    const more = await Promise.all([delegate(run), delegate(run), delegate(run)]);
    expect(more.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('a child asks for no more width than its parent has, and an extension counts those it carries over', async () => {
    const run = await world.run({ actor: 'tester', delegation: bounds(2, 2) });
    expect(await delegate(run, { delegation: bounds(1, 3) })).toMatchObject({ problem: { code: 'out_of_bounds' } });
    for (let index = 0; index < 2; index += 1) await world.child(run);
    await world.must(
      world.person.call(controlApi.extend, {
        params: { id: run.mandate },
        body: { expires_at: new Date(t0 + 120 * minute).toISOString() },
      }),
    );
    expect(await delegate(run)).toMatchObject({ ok: false, problem: { code: 'out_of_bounds' } });
  });

  test('a parent is for ever: nothing names another, neither as it is made nor later', async () => {
    const parent = await world.run({ actor: 'tester', delegation: bounds(3, 8) });
    const other = await world.run({ actor: 'tester', delegation: bounds(3, 8) });
    const child = await world.child(parent, { delegation: bounds(2, 8) });
    const parentOf = async (id: string) =>
      (await world.must(world.person.call(controlApi.getMandate, { params: { id } }))).parent;

    // Named in the body: by id, as its own ancestor, as an ancestor's parent.
    for (const named of [other.mandate, child.mandate, 'm-none', null])
      for (const key of ['parent', 'id', 'depth', 'predecessor'] as const) {
        const answer = await delegate(child, { [key]: named });
        if (answer.ok) {
          expect(answer.value.mandate).toMatchObject({ parent: child.mandate, depth: 2 });
          expect(answer.value.mandate.id).not.toBe(named);
          await world.revoke(answer.value.mandate.id);
        }
      }
    // Under another's mandate, its own parent's, and one below its own: with its credential it is its own only.
    expect(await delegate({ ...child, mandate: other.mandate })).toMatchObject({ ok: false });
    expect(await delegate({ ...child, mandate: parent.mandate })).toMatchObject({ ok: false });
    // Extended, revised, narrowed: it stands where it stood.
    for (const route of [controlApi.extend, controlApi.narrow] as const)
      await world.person.call(route, {
        params: { id: child.mandate },
        body: { expires_at: new Date(t0 + 50 * minute).toISOString(), parent: other.mandate } as object,
      });
    expect(await parentOf(child.mandate)).toBe(parent.mandate);
    // There is no way to write one over.
    for (const method of ['PUT', 'PATCH', 'POST'])
      expect(
        (
          await fetch(`${world.url}/v1/mandates/${child.mandate}`, {
            method,
            headers: { authorization: `Bearer ${child.credential}`, 'content-type': 'application/json' },
            body: JSON.stringify({ parent: other.mandate }),
          })
        ).status,
      ).toBe(404);
    await world.revoke(parent.mandate);
    expect(await begin(child)).toMatchObject({ ok: false });
    expect(await begin(other)).toMatchObject({ ok: true });
  });
});
