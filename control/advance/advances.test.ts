/** Yeses in advance: design, "When a person is asked" (`m`, `writ leave`); what they cover, for how often and how long, and who may take them back. */

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openControl } from '../control.ts';
import { pushTo } from '../testing/scenario.ts';
import { SharedLog } from '../testing/shared-log.ts';
import { codeOf, got, person, sink, testControl } from '../testing/test-control.ts';
import { rememberedMs } from './advance-text.ts';

const asks = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
type Kit = Awaited<ReturnType<typeof testControl>>;

const x = { resource: 'git://p/refs/heads/writ/x', resourceMatch: 'exact', actions: ['git.push'], uses: 2 } as const;
let keys = 0;
const begin = async (kit: Kit, mandate: string, more = {}) => {
  keys += 1;
  const key = String(keys);
  return kit.control.begin(kit.push(mandate, more), 5_000, { by: await kit.actorOf(mandate), key });
};
const leave = async (kit: Kit, lines: readonly object[] = [x], forMs = 60_000, by = person) => {
  const asked = { project: 'p', lines: lines as never, expiresAt: kit.clock.now + forMs };
  const shown = kit.control.advanceText(asked, by);
  if (!shown.ok) return shown;
  return kit.control.giveAdvance({ ...asked, textDigest: shown.value.digest }, { by });
};

describe('an answer that is remembered', () => {
  async function remembered(kit: Kit) {
    const m0 = await kit.approved({ authority: asks });
    const question = got(await kit.control.askApproval(kit.push(m0), { by: await kit.actorOf(m0) }));
    const { textDigest, text } = question.asked!;
    expect(text).toContain(
      'remembered, it is for: git.push on git://p/refs/heads/writ/x, in any session of p, for 30 days',
    );
    got(await kit.control.giveApproval(question.id, { textDigest, remember: true }, { by: person }));
    return m0;
  }

  it('answers for its target in every session of the repository, logged with each use, until it is withdrawn', async () => {
    await using kit = await testControl();
    const m0 = await remembered(kit);
    expect(codeOf(await begin(kit, m0))).toBe('not refused');
    expect(codeOf(await begin(kit, m0, { parameters: { oid: 'another' } }))).toBe('not refused');
    const m1 = await kit.approved({ authority: asks });
    expect(codeOf(await begin(kit, m1))).toBe('not refused');
    expect(codeOf(await begin(kit, m1, { resource: 'git://p/refs/heads/writ/y' }))).toBe('approval_required');
    await kit.restart();
    const [memory, ...others] = kit.control.advances(person, false);
    expect(others).toEqual([]);
    // The first began on the yes itself.
    expect(memory).toMatchObject({ used: 2, given: { kind: 'remembered', by: 'owner', actions: ['git.push'] } });
    got(await kit.control.withdrawAdvance(memory!.given.id, 'enough', { by: person }));
    expect(codeOf(await begin(kit, m1))).toBe('approval_required');
    expect(kit.control.advances(person, false)).toEqual([]);
  });

  it('of a host answers what a later mandate asks about it, until it is withdrawn, and never what one does not name', async () => {
    await using kit = await testControl();
    const site = { resource: 'https://docs.example.com/', resourceMatch: 'prefix' } as const;
    const actions = ['http.get', 'network.connect'];
    const authority = [{ ...site, actions, constraints: { requiresActionApproval: true } }];
    const m0 = await kit.approved({ authority });
    const bare = await kit.approved();
    const connect = { action: 'network.connect', resource: site.resource };
    expect(codeOf(await begin(kit, m0, connect))).toBe('approval_required');
    const [given] = got(await leave(kit, [{ ...site, actions, uses: null }]));
    expect(codeOf(await begin(kit, m0, connect))).toBe('not refused');
    expect(codeOf(await begin(kit, bare, connect))).toBe('out_of_authority');
    expect(kit.control.advances(person, false)[0]).toMatchObject({ used: 1, given: { kind: 'remembered' } });
    got(await kit.control.withdrawAdvance(given!.given.id, '', { by: person }));
    expect(codeOf(await begin(kit, m0, connect))).toBe('approval_required');
    for (const host of ['10.0.0.1', '127.0.0.1:8443', '[::1]', 'localhost', 'nas.local'])
      expect(codeOf(await leave(kit, [{ ...site, resource: `https://${host}/`, actions, uses: null }]))).toBe(
        'malformed_request',
      );
  });

  it('permits nothing under a mandate that is paused, and is there again when it goes on', async () => {
    await using kit = await testControl();
    const m0 = await remembered(kit);
    await kit.suspend(m0);
    expect(codeOf(await begin(kit, m0))).toBe('mandate_inactive');
    got(await kit.control.govern(m0, { type: 'reinstate', reason: '' }, { by: person }));
    expect(codeOf(await begin(kit, m0))).toBe('not refused');
    expect(kit.control.advances(person, false)[0]?.used).toBe(1);
  });

  it('carries what began on the yes it was remembered from where that is void, until it is withdrawn', async () => {
    await using kit = await testControl();
    const actions = ['file.write'];
    const constraints = { requiresActionApproval: true };
    const authority = [{ resource: 'workspace://p/', resourceMatch: 'prefix', actions, constraints } as const];
    const m0 = await kit.approved({ authority });
    const by = await kit.actorOf(m0);
    const write = { action: 'file.write', resource: 'workspace://p/a' };
    const { id, asked } = got(await kit.control.askApproval(kit.push(m0, write), { by }));
    got(await kit.control.giveApproval(id, { textDigest: asked!.textDigest, remember: true }, { by: person }));
    const { begun } = got(await begin(kit, m0, write)).operation;
    expect(begun.approval).toBe(id);
    await kit.suspend(m0);
    got(await kit.control.govern(m0, { type: 'reinstate', reason: '' }, { by: person }));
    got(await kit.control.renew(begun.id, 5_000, by));
    const [memory] = kit.control.advances(person, false);
    got(await kit.control.withdrawAdvance(memory!.given.id, '', { by: person }));
    expect(codeOf(await kit.control.renew(begun.id, 5_000, by))).toBe('approval_required');
  });

  it('ends after thirty days', async () => {
    await using kit = await testControl();
    await remembered(kit);
    kit.clock.now += rememberedMs;
    expect(codeOf(await begin(kit, await kit.approved({ authority: asks })))).toBe('approval_required');
  });

  it('is no answer to what is asked each time, and no agent gives or withdraws one', async () => {
    await using kit = await testControl();
    const authority = asks.map((entry) => ({ ...entry, actions: ['git.force_push'] }));
    const m0 = await kit.approved({ authority });
    const by = await kit.actorOf(m0);
    const question = got(await kit.control.askApproval(kit.push(m0, { action: 'git.force_push' }), { by }));
    const { textDigest, text } = question.asked!;
    expect(text).not.toContain('remembered');
    const yes = { textDigest, remember: true };
    expect(codeOf(await kit.control.giveApproval(question.id, yes, { by: person }))).toBe('out_of_bounds');
    expect(codeOf(await kit.control.giveApproval(question.id, yes, { by }))).toBe('not_an_approver');
    const asked = { project: 'p', lines: [x], expiresAt: kit.clock.now + 1, textDigest: '' };
    expect(codeOf(await kit.control.giveAdvance(asked, { by }))).toBe('not_an_approver');
    const [given] = got(await leave(kit));
    expect(codeOf(await kit.control.withdrawAdvance(given!.given.id, '', { by }))).toBe('not_found');
  });
});

describe('a yes before anybody asks', () => {
  it('is used up by as many operations as it is for, however many begin at once, and is over at its time', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: asks });
    got(await leave(kit));
    const begun = await Promise.all(Array.from({ length: 6 }, () => begin(kit, m0)));
    expect(begun.filter(({ ok }) => ok)).toHaveLength(2);
    // What began on the last of them goes on.
    const operation = begun.flatMap((one) => (one.ok ? [one.value.operation.begun.id] : []))[1]!;
    got(await kit.control.renew(operation, 5_000, await kit.actorOf(m0)));
    const [again] = got(await leave(kit));
    expect(codeOf(await begin(kit, m0))).toBe('not refused');
    kit.clock.now += 60_000;
    expect(codeOf(await begin(kit, m0))).toBe('approval_required');
    expect(kit.control.advances(person, false)).toEqual([]);
    expect(again?.given.kind).toBe('left');
  });

  it('widens nothing, and stops what began on it where it is withdrawn', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: asks });
    const [given] = got(await leave(kit, [{ ...x, resource: 'git://p/refs/heads/other', resourceMatch: 'prefix' }]));
    expect(codeOf(await begin(kit, m0, { resource: 'git://p/refs/heads/other/x' }))).toBe('out_of_authority');
    const [one] = got(await leave(kit));
    const { operation } = got(await begin(kit, m0));
    got(await kit.control.withdrawAdvance(one!.given.id, '', { by: person }));
    expect(kit.control.state.operations.get(operation.begun.id)?.state).toMatchObject({
      interrupt: { how: 'interrupt' },
    });
    expect(codeOf(await kit.control.renew(operation.begun.id, 5_000, await kit.actorOf(m0)))).not.toBe('not refused');
    expect(given?.used).toBe(0);
  });

  it.each([
    ['who gave it is removed', (kit: Kit) => kit.control.removePerson('ann', { by: person })],
    ['who gave it may no longer', (kit: Kit) => kit.control.grantRoles('ann', { p: 'operator' }, { by: person })],
    [
      'policy wants more than one person’s word',
      async (kit: Kit) => {
        await kit.person('bea', { '*': 'admin' });
        const rules = { classes: { consequential_write: { approvedByAnother: true } }, refusedToAgents: {} } as const;
        const { textDigest } = got(kit.control.previewPolicy(rules, person));
        return kit.control.adoptPolicy(rules, { textDigest }, { by: person });
      },
    ],
  ])('stops what began on it as soon as %s, and nothing that needs no yes or has another', async (_, becomesNone) => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: asks });
    const bare = await kit.approved();
    const ann = await kit.person('ann', { p: 'approver' });
    got(await leave(kit, [x], 60_000, ann));
    const on = got(await begin(kit, m0)).operation.begun;
    const without = got(await begin(kit, bare)).operation.begun;
    const y = { resource: 'git://p/refs/heads/writ/y' };
    got(await kit.control.approveAction({ ...kit.push(m0, y), expiresAt: kit.clock.now + 60_000 }, { by: person }));
    const named = got(await begin(kit, m0, y)).operation.begun;
    expect([on.advance, without.advance, named.advance]).toEqual([expect.any(String), undefined, undefined]);
    const interruptOf = (id: string) => {
      const state = kit.control.state.operations.get(id)?.state;
      return state?.name === 'open' ? state.interrupt : state;
    };
    await kit.control.tick();
    expect(interruptOf(on.id)).toBe(null);
    got<unknown>(await becomesNone(kit));
    expect(interruptOf(on.id)).toMatchObject({ how: 'interrupt' });
    expect([interruptOf(without.id), interruptOf(named.id)]).toEqual([null, null]);
    // It was no stop of a mandate: no receipt says so.
    expect(kit.control.state.receipts.size).toBe(0);
  });

  it('ends with its time what began on it, whatever else was left meanwhile, and takes none of that', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: asks });
    const by = await kit.actorOf(m0);
    const one = { ...x, uses: 1 };
    got(await leave(kit, [one], 4_000));
    got(await leave(kit, [one]));
    const { begun } = got(await begin(kit, m0)).operation;
    expect(begun.leaseUntil).toBe(kit.clock.now + 4_000);
    kit.clock.now += 4_000;
    expect(codeOf(await kit.control.renew(begun.id, 5_000, by))).toBe('approval_required');
    expect(codeOf(await begin(kit, m0))).toBe('not refused');
    expect(codeOf(await begin(kit, m0))).toBe('approval_required');
  });

  it('is a yes for as long as it stands: what began on it goes on, also where the mandate is narrowed to as much', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: asks });
    got(await leave(kit));
    const { id } = got(await begin(kit, m0)).operation.begun;
    const isTold = () => kit.control.state.operations.get(id)?.state;
    await kit.control.tick();
    expect(isTold()).toEqual({ name: 'open', interrupt: null });
    got(await kit.control.stop(m0, { type: 'narrow', authority: asks, reason: '' }, { by: person }));
    await kit.control.tick();
    expect(isTold()).toEqual({ name: 'open', interrupt: null });
  });

  it('is gone on every node at once: a permit that rests on it is taken no more, and no lease is renewed', async () => {
    const log = new SharedLog(() => Date.UTC(2030, 0, 1));
    const never = new Promise<void>(() => undefined);
    await using kit = await testControl('nodes', () => Promise.resolve(log.node('a', () => Promise.resolve())));
    const m0 = await kit.approved({ authority: asks });
    const by = await kit.actorOf(m0);
    const ann = await kit.person('ann', { p: 'approver' });
    const withdrawn = got(await leave(kit))[0]!.given.id;
    got(await leave(kit, [{ ...x, resource: 'git://p/refs/heads/writ/y' }], 60_000, ann));
    const first = got(await begin(kit, m0));
    const second = got(await begin(kit, m0, { resource: 'git://p/refs/heads/writ/y' }));
    expect([first, second].map(({ operation }) => operation.begun.advance)).toEqual([withdrawn, expect.any(String)]);
    // What another node wrote comes to this one only when it writes something itself.
    const journal = log.node('b', (what) => (what === 'b hears' ? never : Promise.resolve()));
    await using other = await openControl({ dir: kit.dir, now: () => kit.clock.now, random: randomBytes, journal });
    got(await kit.control.withdrawAdvance(withdrawn, '', { by: person }));
    const asked = { permit: first.permit, action: 'git.push', resource: x.resource, parameters: { oid: 'abc' } };
    expect(got(await other.redeem(asked, sink))).toMatchObject({ current: false });
    got(await kit.control.removePerson('ann', { by: person }));
    expect(codeOf(await other.renew(second.operation.begun.id, 5_000, by))).toBe('approval_required');
  });

  it.each([
    [{ ...x, resource: 'git://p/refs/heads/main' }, 'the branch is protected'],
    [{ ...x, resource: 'git://q/refs/heads/x' }, 'it is of `q`, not of `p`'],
    [{ ...x, actions: ['git.force_push'] }, 'what others have is overwritten'],
    [{ ...x, actions: ['package.publish'], resource: 'package://p/x' }, 'what is published stays'],
    [{ ...x, uses: 0 }, 'how often is no number'],
  ])('is not given for %j', async (line, why) => {
    await using kit = await testControl();
    await kit.approved();
    const refused = await leave(kit, [line]);
    expect(refused).toMatchObject({ ok: false, refusal: { sentence: expect.stringContaining(why) } });
  });

  it('is for thirty days at most', async () => {
    await using kit = await testControl();
    await kit.approved();
    expect(codeOf(await leave(kit, [x], rememberedMs + 1))).toBe('malformed_request');
    expect(codeOf(await leave(kit, [x], 0))).toBe('malformed_request');
  });
});
