import { describe, expect, it } from 'vitest';
import { shown } from '../mandate/shown.ts';
import { pushTo } from '../testing/scenario.ts';
import { codeOf, everywhere, got, hour, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';

const more = { authority: undefined, budgets: undefined, reason: '' };
const approve = (kit: TestControl, id: string, by: typeof person) => {
  // Asked about what was proposed before.
  const record = kit.control.answering(id)!;
  const { digest: textDigest } = shown(record);
  return kit.control.govern(id, { type: 'approve', revision: record.revision, textDigest, how: 'owner_token' }, { by });
};

describe('people', () => {
  it('are added by an admin of everything, each with a token that is told once and kept nowhere', async () => {
    await using kit = await testControl();
    const asked = { by: person, key: 'k', body: { name: 'ann' } };
    const { token } = got(await kit.control.addPerson('ann', { p: 'approver' }, asked));
    expect(kit.control.authenticate(token)).toEqual({ kind: 'person', name: 'ann' });
    // A lost reply is answered again; the same key for another body is refused.
    expect(got(await kit.control.addPerson('ann', { p: 'approver' }, asked)).token).toBe(token);
    expect(codeOf(await kit.control.addPerson('ann', { p: 'admin' }, { ...asked, body: { name: 'ann', p: 1 } }))).toBe(
      'idempotency_conflict',
    );
    expect(codeOf(await kit.control.addPerson('ann', {}, { by: person }))).toBe('name_taken');
    for (const name of ['owner', 'control', 'me', 'agent:x', 'a b', '', '../x', 'x'.repeat(65)])
      expect([name, codeOf(await kit.control.addPerson(name, {}, { by: person }))]).toEqual([
        name,
        name === 'owner' ? 'not_yours' : 'malformed_request',
      ]);
    const ann = await kit.person('admin.of.p', { p: 'admin' });
    expect(codeOf(await kit.control.addPerson('bob', { p: 'viewer' }, { by: ann }))).toBe('not_allowed');
    expect(JSON.stringify(await kit.journal.readAll())).not.toContain(token.slice(-20));
    await kit.restart();
    expect(kit.control.authenticate(token)).toEqual({ kind: 'person', name: 'ann' });
  });

  it('who are removed are nobody from then on, whatever they held, and a key does not bring a token back', async () => {
    await using kit = await testControl();
    const asked = { by: person, key: 'k', body: {} };
    const { token } = got(await kit.control.addPerson('ann', { '*': 'approver' }, asked));
    const visitor = got(await kit.control.visitorToken({ by: { kind: 'person', name: 'ann' } }));
    expect(kit.control.authenticate(visitor)).toEqual({ kind: 'visitor', name: 'ann' });
    const m0 = await kit.proposed();
    got(await kit.control.removePerson('ann', { by: person }));
    got(await kit.control.removePerson('ann', { by: person }));
    for (const held of [token, visitor]) expect(kit.control.authenticate(held)).toBeUndefined();
    // Also for a caller that was authenticated before.
    expect(codeOf(await approve(kit, m0, { kind: 'person', name: 'ann' }))).toBe('not_found');
    expect(codeOf(await kit.control.addPerson('ann', { '*': 'approver' }, asked))).toBe('idempotency_conflict');
    const again = got(await kit.control.addPerson('ann', { p: 'viewer' }, { by: person }));
    expect(again.token).not.toBe(token);
    expect(kit.control.authenticate(token)).toBeUndefined();
    await kit.restart();
    expect(kit.control.authenticate(token)).toBeUndefined();
    expect(kit.control.authenticate(again.token)).toEqual({ kind: 'person', name: 'ann' });
  });

  it('get a new token in the place of the old, and the owner is nobody’s to administer', async () => {
    await using kit = await testControl();
    const { token } = got(await kit.control.addPerson('ann', { p: 'viewer' }, { by: person }));
    const ann = { kind: 'person', name: 'ann' } as const;
    const bob = await kit.person('bob', { '*': 'approver' });
    const next = got(await kit.control.renewToken('ann', { by: ann })).token;
    expect([kit.control.authenticate(token), kit.control.authenticate(next)]).toEqual([undefined, ann]);
    expect(codeOf(await kit.control.renewToken('ann', { by: bob }))).toBe('not_allowed');
    for (const act of [
      kit.control.removePerson('owner', { by: person }),
      kit.control.grantRoles('owner', {}, { by: person }),
      kit.control.renewToken('owner', { by: person }),
    ])
      expect(codeOf(await act)).toBe('not_yours');
    expect(kit.control.listPeople(ann).map(({ name }) => name)).toEqual(['ann']);
    expect(kit.control.listPeople(person).map(({ name }) => name)).toEqual(['owner', 'ann', 'bob']);
  });

  it('an agent administers nobody', async () => {
    await using kit = await testControl();
    const by = await kit.actorOf(await kit.approved());
    expect(codeOf(await kit.control.addPerson('x', { '*': 'admin' }, { by }))).toBe('not_an_approver');
    expect(codeOf(await kit.control.renewToken('owner', { by }))).toBe('not_an_approver');
    expect(codeOf(await kit.control.visitorToken({ by }))).toBe('not_an_approver');
  });
});

describe('roles', () => {
  it('anyone who sees a mandate stops it; only its approvers bring it back, extend or approve (attack 18)', async () => {
    await using kit = await testControl();
    const [viewer, operator, approver] = [
      await kit.person('vera', { p: 'viewer' }),
      await kit.person('olga', { p: 'operator' }),
      await kit.person('ann', { p: 'approver' }),
    ];
    const bob = await kit.person('bob', { p: 'approver' });
    const m0 = await kit.proposed({ approvers: ['ann'] });
    for (const by of [bob, person]) expect(codeOf(await approve(kit, m0, by))).toBe('not_allowed');
    got(await approve(kit, m0, approver));
    got(await kit.control.stop(m0, { type: 'suspend', reason: 'look' }, { by: viewer }));
    for (const by of [viewer, operator, bob, person]) {
      expect(codeOf(await kit.control.govern(m0, { type: 'reinstate', reason: '' }, { by }))).toBe('not_allowed');
      expect(codeOf(await kit.control.extend(m0, { ...more, expiresAt: kit.clock.now + 2 * hour }, { by }))).toBe(
        'not_allowed',
      );
    }
    expect(kit.control.answering(m0)?.mandate.state.name).toBe('suspended');
    got(await kit.control.govern(m0, { type: 'reinstate', reason: '' }, { by: approver }));
    expect(codeOf(await kit.control.stop(m0, { type: 'complete', reason: '' }, { by: viewer }))).toBe('not_allowed');
    got(await kit.control.stop(m0, { type: 'narrow', authority: pushTo('writ/a'), reason: '' }, { by: operator }));
    got(await kit.control.stop(m0, { type: 'revoke', reason: '' }, { by: viewer }));
    // Terminal is final, for an approver too.
    expect(
      codeOf(await kit.control.extend(m0, { ...more, expiresAt: kit.clock.now + 2 * hour }, { by: approver })),
    ).toBe('wrong_state');
    const waiting = await kit.proposed();
    expect(codeOf(await approve(kit, waiting, operator))).toBe('not_allowed');
    expect(codeOf(await kit.control.govern(waiting, { type: 'refuse', reason: '' }, { by: operator }))).toBe(
      'not_allowed',
    );
    got(await approve(kit, waiting, approver));
  });

  it('a role that is taken away while an act is under way takes the act with it', async () => {
    await using kit = await testControl();
    const ann = await kit.person('ann', { p: 'approver' });
    const m0 = await kit.proposed();
    const [granted, approved] = await Promise.all([
      kit.control.grantRoles('ann', { p: 'viewer' }, { by: person }),
      approve(kit, m0, ann),
    ]);
    got(granted);
    expect(codeOf(approved)).toBe('not_allowed');
  });

  it('a child of a mandate that names its approvers names the same', async () => {
    await using kit = await testControl();
    await kit.person('ann', { p: 'approver' });
    const m0 = await kit.proposed({ approvers: ['ann'] });
    got(await approve(kit, m0, { kind: 'person', name: 'ann' }));
    const m0_1 = await kit.child(m0);
    await kit.suspend(m0_1);
    expect(codeOf(await kit.control.govern(m0_1, { type: 'reinstate', reason: '' }, { by: person }))).toBe(
      'not_allowed',
    );
  });
});

describe('what is not seen (attack 39)', () => {
  it('is answered as what does not exist, to a person of another project and to the agent of another mandate', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const other = await kit.approved({ project: 'q' });
    const ann = await kit.person('ann', { q: 'admin' });
    const bot = await kit.actorOf(other);
    const answers = async (id: string) => {
      const child = { purpose: 'x', actor: 'builder', authority: [], expiresAt: undefined, delegation: undefined };
      const check = got(await kit.control.check(kit.push(id), bot)).verdict;
      const said = [
        await kit.control.stop(id, { type: 'revoke', reason: '' }, { by: ann }),
        await kit.control.stop(id, { type: 'complete', reason: '' }, { by: ann }),
        await kit.control.govern(id, { type: 'reinstate', reason: '' }, { by: ann }),
        await kit.control.extend(id, { ...more, expiresAt: 1 }, { by: ann }),
        await kit.control.stopAll({ ...everywhere, mandate: id }, { by: ann }),
        await kit.control.issue(id, { id: 'r', expiresAt: undefined }, { by: ann }),
        await kit.control.issue(id, { id: 'r', expiresAt: undefined }, { by: bot }, 'runtime'),
        await kit.control.delegate(id, child, { by: bot }),
        await kit.control.relinquish(id, '', { by: bot }),
        await kit.control.begin(kit.push(id), 5_000, { by: bot, key: `k${id}` }),
        await kit.control.approveAction({ ...kit.push(id), expiresAt: kit.clock.now + 9 }, { by: ann }),
      ];
      return JSON.stringify([check, got(await kit.control.check(kit.push(id), ann)).verdict, ...said]).replaceAll(
        id,
        'ID',
      );
    };
    const missing = await answers('m-missing');
    expect(missing).toContain('not_found');
    expect(await answers(m0)).toBe(missing);
    await kit.suspend(m0);
    expect(await answers(m0)).toBe(missing);
    expect(got(await kit.control.stopAll({ ...everywhere, project: 'p' }, { by: ann })).hits).toEqual([]);
    expect(got(await kit.control.stopAll(everywhere, { by: ann })).hits).toMatchObject([{ mandate: other }]);
  });
});
