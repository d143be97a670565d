/** Attacks 18 and 49: what has ended is brought back, a suspension is lifted by who may not, and what was given is renewed after it was taken away. Over HTTP. */
import { createControlClient } from '@writ/enforce';
import type { ControlClient } from '@writ/enforce';
import { controlApi } from '@writ/protocol';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PointWorld, Run } from './point.ts';
import { pointAndControl, until } from './point.ts';
import { hour, t0 } from './support.ts';

let world: PointWorld;
let open: AsyncDisposableStack;
beforeEach(async () => {
  open = new AsyncDisposableStack();
  world = open.use(await pointAndControl());
});
afterEach(() => open.disposeAsync());

const wanted = { action: 'file.write', resource: 'workspace://p/a', parameters: {} };
const bounds = (max_depth: number) => ({ max_depth, max_children: 4, actors: 'any' as const });
const clientOf = (token: string): ControlClient =>
  open.use(createControlClient({ base: { url: world.url }, token, timeoutMs: 5_000 }));
/** Somebody with these roles. */
const personOf = async (name: string, roles: Record<string, 'viewer' | 'operator' | 'approver' | 'admin'>) =>
  clientOf((await world.must(world.person.call(controlApi.addPerson, { body: { name, roles } }))).token);
const begin = ({ mandate, credential }: Run, idempotencyKey: string = randomUUID()) =>
  world.point.call(controlApi.begin, { token: credential, idempotencyKey, body: { mandate, ...wanted } });
const mandate = (id: string) => world.must(world.person.call(controlApi.getMandate, { params: { id } }));
const acts = (by: ControlClient, id: string) => {
  const params = { id };
  const later = new Date(world.control.now + 2 * hour).toISOString();
  return {
    suspend: () => by.call(controlApi.suspend, { params, body: {} }),
    reinstate: () => by.call(controlApi.reinstate, { params, body: {} }),
    extend: () => by.call(controlApi.extend, { params, body: { expires_at: later } }),
    'extend by budget': () => by.call(controlApi.extend, { params, body: { budgets: [{ kind: 'calls', limit: 9 }] } }),
    narrow: () => by.call(controlApi.narrow, { params, body: { authorization_details: [] } }),
    revoke: () => by.call(controlApi.revoke, { params, body: {} }),
    complete: () => by.call(controlApi.complete, { params, body: {} }),
    refuse: () => by.call(controlApi.refuse, { params, body: {} }),
    approve: async () => {
      const { revision, text_digest } = await mandate(id);
      return by.call(controlApi.approve, { params, body: { revision, text_digest } });
    },
    credential: () => by.call(controlApi.issueCredential, { params, body: { run: randomUUID() } }),
    'yes to one action': () =>
      by.call(controlApi.approveAction, { params, body: { ...wanted, facts: {}, expires_at: later } }),
  };
};
const proposed = () =>
  world.must(
    world.person.call(controlApi.propose, {
      body: {
        project: 'p',
        purpose: 'attacked',
        actor: 'builder',
        authorization_details: [],
        expires_at: new Date(world.control.now + hour).toISOString(),
      },
    }),
  );

describe('attack 18: what has ended stays so', () => {
  const given = async (): Promise<Run> => world.run({ delegation: bounds(2) });
  const ends: Readonly<Record<string, () => Promise<Run>>> = {
    revoked: async () => {
      const run = await given();
      await world.revoke(run.mandate);
      return run;
    },
    completed: async () => {
      const run = await given();
      await world.must(acts(world.person, run.mandate).complete());
      return run;
    },
    expired: async () => {
      const run = await given();
      world.control.now += hour;
      return run;
    },
    'revoked while suspended': async () => {
      const run = await given();
      await world.must(acts(world.person, run.mandate).suspend());
      await world.revoke(run.mandate);
      return run;
    },
    'under a mandate that was revoked': async () => {
      const parent = await given();
      const run = await world.child(parent, { delegation: bounds(1) });
      await world.revoke(parent.mandate);
      return run;
    },
    refused: async () => {
      const { id } = await proposed();
      await world.must(acts(world.person, id).refuse());
      return { mandate: id, credential: 'none' };
    },
    lapsed: async () => {
      const { id } = await proposed();
      world.control.now += hour;
      return { mandate: id, credential: 'none' };
    },
  };
  test.each(Object.keys(ends))('%s: nothing that anybody does brings it back', async (name) => {
    const run = (await ends[name]?.()) ?? { mandate: '', credential: '' };
    const before = (await mandate(run.mandate)).state;
    // What the clock ended is written down before anybody tries.
    if (['expired', 'lapsed'].includes(before))
      await until('its end is written down', async () => (await world.recorded(`mandate.${before}`)).length > 0);
    const refusals = [];
    for (const [act, perform] of Object.entries(acts(world.person, run.mandate))) {
      // What takes away is done already, or takes away from nothing.
      if (['revoke', 'complete', 'refuse', 'suspend', 'narrow'].includes(act)) await perform();
      else refusals.push([act, (await perform()).ok]);
    }
    const { credential: token, mandate: id } = run;
    const child = { purpose: 'x', actor: 'tester', authorization_details: [] };
    refusals.push(['begin', (await begin(run)).ok]);
    refusals.push([
      'delegate',
      (await world.point.call(controlApi.delegate, { token, params: { id }, body: child })).ok,
    ]);
    expect(refusals).toEqual(refusals.map(([act]) => [act, false]));
    // Nor does an earlier clock.
    world.control.now = t0;
    // What ended with its parent may be revoked by name besides.
    expect((await mandate(run.mandate)).state).toBe(before === 'cascaded' ? 'revoked' : before);
    expect((await begin(run)).ok).toBe(false);
  });

  test('what was succeeded is not extended again, nor brought back beside its successor', async () => {
    const run = await given();
    const { id: successor } = await world.must(acts(world.person, run.mandate).extend());
    expect((await mandate(run.mandate)).state).toBe('superseded');
    for (const act of ['extend', 'extend by budget', 'reinstate', 'approve'] as const)
      expect([act, (await acts(world.person, run.mandate)[act]()).ok]).toEqual([act, false]);
    // Its end is its successor’s: the old name brings nothing back.
    await world.revoke(successor);
    for (const act of ['extend', 'reinstate', 'credential'] as const)
      expect([act, (await acts(world.person, run.mandate)[act]()).ok]).toEqual([act, false]);
    expect((await begin(run)).ok).toBe(false);
  });
});

describe('attack 18: a suspension lifted by who may not', () => {
  test('only who approves it: not its agent, an enforcement point, who suspended it, or somebody from elsewhere', async () => {
    await personOf('ann', { p: 'approver' });
    const run = await world.run({ approvers: ['ann'] }).catch(() => undefined);
    // The owner is not among its approvers, so that ann has to be the one who approves.
    expect(run).toBeUndefined();
    const bea = await personOf('bea', { p: 'approver' });
    const named = await world.must(
      world.person.call(controlApi.propose, {
        body: {
          project: 'p',
          purpose: 'attacked',
          actor: 'builder',
          approvers: ['bea'],
          authorization_details: [],
          expires_at: new Date(world.control.now + hour).toISOString(),
        },
      }),
    );
    const { id, revision, text_digest } = named;
    await world.must(bea.call(controlApi.approve, { params: { id }, body: { revision, text_digest } }));
    const agent = clientOf((await world.must(acts(bea, id).credential())).credential);
    const viv = await personOf('viv', { p: 'viewer' });
    await world.must(acts(viv, id).suspend());
    const tried: readonly (readonly [string, ControlClient, number])[] = [
      ['its agent', agent, 403],
      ['an enforcement point', clientOf(world.pointToken), 403],
      ['a sink', clientOf(world.sinkToken), 403],
      ['a viewer, who suspended it', viv, 403],
      ['an operator', await personOf('olga', { p: 'operator' }), 403],
      [
        'an approver it does not name',
        clientOf(
          (
            await world.must(
              world.person.call(controlApi.addPerson, { body: { name: 'carl', roles: { p: 'approver' } } }),
            )
          ).token,
        ),
        403,
      ],
      ['an admin of everything it does not name', world.person, 403],
      ['an admin of another project', await personOf('quin', { q: 'admin' }), 404],
      ['nobody', clientOf('writ_owner_guessed'), 401],
    ];
    for (const [who, by, status] of tried)
      for (const act of ['reinstate', 'extend'] as const)
        expect([who, act, await acts(by, id)[act]()]).toMatchObject([who, act, { ok: false, problem: { status } }]);
    expect((await mandate(id)).state).toBe('suspended');
    await world.must(acts(bea, id).reinstate());
    expect((await mandate(id)).state).toBe('active');
  });

  test('what lifts one suspension does not lift another: a signal a person’s, a child’s its parent’s, a key a later one', async () => {
    const conditions = [
      {
        id: 'c',
        subject: 'branch:p/main',
        test: 'not_equals' as const,
        value: 'frozen',
        on_failure: 'suspend' as const,
        returns: 'automatically' as const,
        max_age_ms: null,
        when_unreported: 'holds' as const,
      },
    ];
    const run = await world.run({ conditions, delegation: bounds(1) });
    const child = await world.child(run);
    const signal = (value: string, sequence: number) =>
      world.must(
        world.person.call(controlApi.signal, {
          body: { subject: 'branch:p/main', value, source: 'person:t', sequence },
        }),
      );
    const permits = async (one: Run) => (await begin(one)).ok;

    await world.must(acts(world.person, run.mandate).suspend());
    await signal('frozen', 1);
    await signal('open', 2);
    expect(await permits(run)).toBe(false);
    const reinstate = () =>
      world.person.call(controlApi.reinstate, { params: { id: run.mandate }, body: {}, idempotencyKey: 'once' });
    await world.must(reinstate());
    expect(await permits(run)).toBe(true);

    await world.must(acts(world.person, child.mandate).suspend());
    await world.must(acts(world.person, run.mandate).suspend());
    // The same request, sent again: it was answered before, and does nothing now.
    await reinstate();
    expect((await mandate(run.mandate)).state).toBe('suspended');
    await world.must(acts(world.person, child.mandate).reinstate());
    expect(await permits(child)).toBe(false);
    await world.must(acts(world.person, child.mandate).suspend());
    await world.must(acts(world.person, run.mandate).reinstate());
    expect([await permits(run), await permits(child)]).toEqual([true, false]);

    await signal('frozen', 3);
    expect(await acts(world.person, run.mandate).reinstate()).toMatchObject({ ok: false });
    expect(await permits(run)).toBe(false);
  });
});

describe('attack 49: renewed after it was taken away', () => {
  const renewals = (run: Run, operation: string) => ({
    'the lease of what is under way': () =>
      world.point.call(controlApi.renew, { token: run.credential, params: { id: operation }, body: {} }),
    'a credential, for the same key': () =>
      world.person.call(controlApi.issueCredential, {
        params: { id: run.mandate },
        body: { run: 'again' },
        idempotencyKey: 'credential',
      }),
    'a credential, by itself': () =>
      world.point.call(controlApi.issueCredential, {
        token: run.credential,
        point: world.pointToken,
        params: { id: run.mandate },
        body: { run: randomUUID() },
      }),
    'an operation': () => begin(run),
  });
  type Renewals = ReturnType<typeof renewals>;
  // Object.keys loses the key type; the keys come from the object above.
  const names = Object.keys(renewals({ mandate: '', credential: '' }, '')) as (keyof Renewals)[];

  test.each(names)('%s is renewed before, and by nothing afterwards, also by many at once', async (name) => {
    const run = await world.run({ delegation: bounds(1) });
    const other = await world.run();
    const { operation } = await world.must(begin(run));
    const renew = renewals(run, operation.id)[name];
    expect((await renew()).ok).toBe(true);
    const during = Array.from({ length: 12 }, () => renew());
    const revoked = world.revoke(run.mandate);
    during.push(...Array.from({ length: 12 }, () => renew()));
    await Promise.all([...during, revoked]);
    const after = await Promise.all(Array.from({ length: 12 }, () => renew()));
    expect(after.map(({ ok }) => ok)).toEqual(after.map(() => false));
    // All that was given under it is good for nothing: whatever was renewed at that moment, and what is sent again for a lost reply.
    for (const answer of await Promise.all(during)) {
      const given = answer.ok && 'credential' in answer.value ? answer.value.credential : run.credential;
      expect((await begin({ ...run, credential: given })).ok).toBe(false);
      if (!answer.ok || !('permit' in answer.value)) continue;
      const { permit } = answer.value;
      const redeemed = world.point.call(controlApi.redeem, { token: world.sinkToken, body: { permit, ...wanted } });
      expect((await world.must(redeemed)).current).toBe(false);
    }
    expect((await begin(other)).ok).toBe(true);
  });

  test('a person’s token that was renewed: the old one is nobody’s, and of many renewals at once one token is left', async () => {
    const { token } = await world.must(
      world.person.call(controlApi.addPerson, { body: { name: 'ann', roles: { p: 'viewer' } } }),
    );
    const renew = () => world.person.call(controlApi.renewToken, { params: { name: 'ann' } });
    const renewed = await Promise.all(Array.from({ length: 8 }, async () => (await world.must(renew())).token));
    const works = async (one: string) => (await clientOf(one).call(controlApi.whoami)).ok;
    const working = [];
    for (const one of [token, ...renewed]) working.push(await works(one));
    expect(working.filter(Boolean)).toHaveLength(1);
    expect(working[0]).toBe(false);
    await world.must(world.person.call(controlApi.removePerson, { params: { name: 'ann' } }));
    expect(await renew()).toMatchObject({ ok: false });
    for (const one of [token, ...renewed]) expect(await works(one)).toBe(false);
  });
});
