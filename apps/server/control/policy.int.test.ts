/** Policy and two people over HTTP: adopted as shown, asked of everything from then on, and changed by none alone. Judged by what happens. */

import { describe, expect, it } from 'vitest';
import { controlWorld, inAnHour, proposal } from '../testing/control-world.ts';

type World = Awaited<ReturnType<typeof controlWorld>>;
type Shown = {
  readonly version: string;
  readonly text: string;
  readonly text_digest: string;
  readonly changes: readonly unknown[];
};
type Proposed = { readonly id: string; readonly revision: number; readonly text_digest: string };
type Problem = { readonly code: string; readonly way_out: string | null };

const document = (more: object = {}) => ({ writ_policy: 1, ...more });
const twoPeople = document({ classes: { consequential_write: { approved_by_another: true } } });
const noPushes = document({ refused_to_agents: { 'git.push': 'not tonight' } });

/** The token of somebody with these roles. */
const person = async (world: World, name: string, roles: object): Promise<string> =>
  (await world.call<{ token: string }>('POST', '/v1/people', { name, roles })).json.token;

const preview = async (world: World, of: object, token = world.owner): Promise<Shown> =>
  (await world.call<Shown>('POST', '/v1/policy/preview', of, { token })).json;

async function adopt(world: World, of: object, token = world.owner) {
  const { text_digest } = await preview(world, of, token);
  return world.call<{ state: string; version: string } & Problem>(
    'POST',
    '/v1/policy',
    { document: of, text_digest },
    { token },
  );
}

const policyOf = async (world: World) =>
  (
    await world.call<{ version: string; refused_to_agents: object; waiting: readonly { by: string }[] }>(
      'GET',
      '/v1/policy',
    )
  ).json;

describe('a policy over HTTP', () => {
  it('is previewed for each live mandate, adopted exactly as shown, and holds at once for what begins and what is under way', async () => {
    await using world = await controlWorld();
    const { id } = await world.approved();
    const token = await world.credential(id);
    const begun = await world.begin(id, token, 'before');
    expect(begun.status).toBe(201);
    const before = await policyOf(world);
    const shown = await preview(world, noPushes);
    expect(shown.text).toContain('`git.push`: not tonight');
    expect(shown.changes).toEqual([expect.objectContaining({ mandate: id })]);
    expect(await policyOf(world)).toEqual(before);
    const other = await world.call<Problem>('POST', '/v1/policy', { document: noPushes, text_digest: 'other' });
    expect([other.status, other.json.code, await policyOf(world)]).toEqual([409, 'text_changed', before]);
    expect((await adopt(world, noPushes)).json).toEqual({ state: 'adopted', version: shown.version });
    const refused = await world.begin(id, token, 'after');
    expect([refused.status, refused.json]).toMatchObject([403, { code: 'policy_refused' }]);
    expect((await world.redeem(begun.json.permit)).current).toBe(false);
    await world.restart();
    expect(await policyOf(world)).toMatchObject({
      version: shown.version,
      refused_to_agents: { 'git.push': 'not tonight' },
    });
  });

  it('is an admin’s of everything to change: no agent’s, no approver’s, no point’s', async () => {
    await using world = await controlWorld();
    const { id } = await world.approved();
    const before = await policyOf(world);
    const { text_digest } = await preview(world, noPushes);
    const bearers = [
      await world.credential(id),
      await person(world, 'ann', { passkey: 'admin' }),
      await person(world, 'bob', { '*': 'approver' }),
      world.points.enforcer,
      world.points.runtime,
    ];
    for (const token of bearers) {
      const tried = await world.call<Problem>('POST', '/v1/policy', { document: noPushes, text_digest }, { token });
      expect([tried.status, await policyOf(world)]).toEqual([403, before]);
    }
    const unread = document({ clases: {} });
    expect((await world.call('POST', '/v1/policy', { document: unread, text_digest })).status).toBe(400);
  });
});

describe('separation of duty over HTTP', () => {
  it('whoever proposed approves nothing, not by any route; another person does; and changing that takes two as well', async () => {
    await using world = await controlWorld();
    const ann = await person(world, 'ann', { '*': 'admin' });
    expect((await adopt(world, twoPeople)).json.state).toBe('adopted');
    const { json: own } = await world.call<Proposed>('POST', '/v1/mandates', proposal());
    const approve = (token: string, how?: string) =>
      world.call<Problem>(
        'POST',
        `/v1/mandates/${own.id}/approve`,
        { revision: own.revision, text_digest: own.text_digest, ...(how !== undefined && { how }) },
        { token },
      );
    for (const how of [undefined, 'owner_token', 'unattended', 'attended_start']) {
      const { status, json } = await approve(world.owner, how);
      expect([status, json.code, json.way_out]).toEqual([403, 'another_approver', 'ask ann']);
    }
    const stateOf = async () => (await world.call<{ state: string }>('GET', `/v1/mandates/${own.id}`)).json.state;
    expect(await stateOf()).toBe('proposed');
    expect([(await approve(ann)).status, await stateOf()]).toEqual([200, 'active']);
    // More of it is one person's no more than the whole was.
    const more = { expires_at: inAnHour(), reason: 'more' };
    const alone = await world.call<Problem>('POST', `/v1/mandates/${own.id}/extend`, more);
    expect([alone.status, alone.json.code]).toEqual([403, 'another_approver']);
    // And neither is the rule itself: the first only says so, and says it again in vain.
    for (const _ of [1, 2]) expect((await adopt(world, document())).json.state).toBe('proposed');
    expect((await policyOf(world)).waiting).toMatchObject([{ by: 'owner' }]);
    expect((await adopt(world, document(), ann)).json.state).toBe('adopted');
    expect((await policyOf(world)).waiting).toEqual([]);
  });
});
