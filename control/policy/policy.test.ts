import { describe, expect, it } from 'vitest';
import type { ActionClass } from '@writ/authority';
import type { Person } from '../caller.ts';
import { shown } from '../mandate/shown.ts';
import type { Terms } from '../mandate/terms.ts';
import { wordsOf } from '../refusal.ts';
import { pushTo } from '../testing/scenario.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';
import type { ClassRule, PolicyRules } from './policy.ts';

const rules = (
  classes: Partial<Record<ActionClass, ClassRule>>,
  refused: Record<string, string> = {},
): PolicyRules => ({
  classes,
  refusedToAgents: refused,
});

const adopt = async (kit: TestControl, next: PolicyRules, by: Person = person) => {
  const { textDigest } = got(kit.control.previewPolicy(next, by));
  return kit.control.adoptPolicy(next, { textDigest }, { by });
};

/** Separation of duty for pushes; ann and bob approve everywhere. */
async function twoPeople() {
  const kit = await testControl();
  const [ann, bob] = [await kit.person('ann', { '*': 'admin' }), await kit.person('bob', { '*': 'approver' })];
  got(await adopt(kit, rules({ consequential_write: { approvedByAnother: true } })));
  const propose = async (by: Person, more: Partial<Terms> = {}) => {
    const body = { project: 'p', purpose: 'p', actor: 'builder', actorKey: null, ...termsOf(kit), ...more };
    return got(await kit.control.propose(body, { by })).mandate.id;
  };
  const approve = (id: string, by: Person, how: 'owner_token' | 'unattended' | 'attended_start' = 'owner_token') => {
    const record = kit.control.state.mandates.get(id)!;
    const command = { type: 'approve', revision: record.revision, textDigest: shown(record).digest, how } as const;
    return kit.control.govern(id, command, { by });
  };
  return { kit, ann, bob, propose, approve };
}

const termsOf = (kit: TestControl) => ({
  authority: pushTo('writ'),
  conditions: [],
  history: [],
  budgets: [],
  delegation: { maxDepth: 2, maxChildren: 2, actors: 'any' as const },
  steerers: [],
  approvers: [],
  stopProfile: { deadlineMs: 2_000 },
  expiresAt: kit.clock.now + hour,
});

describe('a policy', () => {
  it('is adopted as it was shown, by an admin of everything, is there after a restart, and has its evidence', async () => {
    await using kit = await testControl();
    const ann = await kit.person('ann', { p: 'admin' });
    const next = rules({ consequential_write: { askEachTime: true } }, { 'package.publish': 'a person publishes' });
    expect(codeOf(kit.control.previewPolicy(next, ann))).toBe('not_allowed');
    const m0 = await kit.approved();
    const preview = got(kit.control.previewPolicy(next, person));
    expect(preview.text).toContain('- consequential_write: a person is asked each time');
    expect(preview.changes).toEqual([
      { mandate: m0, purpose: 'passkeys', changes: ['consequential_write, from then on: a person is asked each time'] },
    ]);
    expect(codeOf(await kit.control.adoptPolicy(next, { textDigest: 'other' }, { by: person }))).toBe('text_changed');
    expect(codeOf(await kit.control.adoptPolicy(next, preview, { by: await kit.actorOf(m0) }))).toBe('not_an_approver');
    expect(got(await kit.control.adoptPolicy(next, preview, { by: person })).policy.version).toBe(preview.version);
    const { consent } = got(await kit.control.evidence(preview.version, person));
    expect(consent).toMatchObject({ kind: 'policy', text: preview.text, approved_by: 'owner' });
    const checks = got(await kit.control.verifyEvidence(preview.version, person));
    expect(checks.filter(({ holds }) => holds === false)).toEqual([]);
    await kit.restart();
    expect(kit.control.policy().policy.version).toBe(preview.version);
    // What is built in stays, whatever was adopted.
    expect(Object.keys(kit.control.policy().policy.refusedToAgents)).toEqual([
      'package.publish',
      'mandate.administer',
      'hooks.write',
    ]);
    expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { by: await kit.actorOf(m0), key: 'k' }))).toBe(
      'approval_required',
    );
  });

  it('cannot take what is built in out of force', async () => {
    await using kit = await testControl();
    got(await adopt(kit, rules({}, { 'hooks.write': 'whatever' })));
    expect(kit.control.policy().policy.refusedToAgents['hooks.write']).toBe(
      'what watches an agent is not written by an agent',
    );
  });

  it('that changes while something begins has it judged again', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const by = await kit.actorOf(m0);
    const next = rules({ consequential_write: { askEachTime: true } });
    const { textDigest } = got(kit.control.previewPolicy(next, person));
    // Both are planned on the same state, and the adoption is first to reach the journal.
    const [adopted, begun] = await Promise.all([
      kit.control.adoptPolicy(next, { textDigest }, { by: person }),
      kit.control.begin(kit.push(m0), 5_000, { by, key: 'k' }),
    ]);
    got(adopted);
    expect(codeOf(begun)).toBe('approval_required');
    expect(kit.control.state.operations.size).toBe(0);
  });

  it('that gives agents an action no more stops at once what is under way, the permit is void for ever, and nothing else is touched', async () => {
    await using kit = await testControl();
    const [m0, m1] = [await kit.approved(), await kit.approved({ authority: pushTo('writ', ['git.*']) })];
    const [pushing, fetching] = [await kit.begun(m0), await kit.begun(m1, 'fetch', { action: 'git.fetch' })];
    got(await adopt(kit, rules({}, { 'git.push': 'not tonight' })));
    const stateOf = (id: string) => kit.control.state.operations.get(id)?.state;
    expect(stateOf(pushing.operation.begun.id)).toMatchObject({ name: 'open', interrupt: { how: 'interrupt' } });
    expect(stateOf(fetching.operation.begun.id)).toEqual({ name: 'open', interrupt: null });
    // It was no stop of a mandate: no receipt says so.
    expect(kit.control.state.receipts.size).toBe(0);
    got(await adopt(kit, rules({})));
    expect(await kit.redeem(pushing.permit)).toMatchObject({ current: false });
  });

  it('that newly asks each time, and a narrowing that does, stop what was begun without a yes, and leave what was begun by one', async () => {
    const asks = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    for (const change of ['policy', 'narrowing']) {
      await using kit = await testControl();
      const root = await kit.approved();
      const without = await kit.begun(root);
      const m1 = await kit.approved({ authority: asks });
      const named = { ...kit.push(m1), expiresAt: kit.clock.now + 60_000 };
      got(await kit.control.approveAction(named, { by: person }));
      const by1 = got(await kit.control.begin(kit.push(m1), 5_000, { by: await kit.actorOf(m1), key: 'k1' }));
      expect(by1.operation.begun.approval).toBeDefined();
      if (change === 'policy') got(await adopt(kit, rules({ consequential_write: { askEachTime: true } })));
      else
        for (const id of [root, m1])
          got(await kit.control.stop(id, { type: 'narrow', authority: asks, reason: '' }, { by: person }));
      const interruptOf = (id: string) => {
        const state = kit.control.state.operations.get(id)?.state;
        return state?.name === 'open' && state.interrupt !== null;
      };
      expect([interruptOf(without.operation.begun.id), interruptOf(by1.operation.begun.id)]).toEqual([true, false]);
      // A narrowing voids what single actions were approved before it.
      if (change === 'policy') got(await kit.control.renew(by1.operation.begun.id, 5_000, await kit.actorOf(m1)));
    }
  });

  it('bounds how long a yes counts: leases, and the age of what points answer; how long a person may think it does not', async () => {
    await using kit = await testControl();
    const asks = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    const [m0, m1] = [await kit.approved(), await kit.approved({ authority: asks })];
    got(await adopt(kit, rules({ consequential_write: { maxYesMs: 2_000 }, workspace_write: { maxYesMs: 500 } })));
    const { operation } = await kit.begun(m0);
    expect(operation.leaseUntil).toBe(kit.clock.now + 2_000);
    kit.clock.now += 1_000;
    const renewed = got(await kit.control.renew(operation.begun.id, 30_000, await kit.actorOf(m0)));
    expect(renewed.leaseUntil).toBe(kit.clock.now + 2_000);
    await kit.control.begin(kit.push(m1), 5_000, { by: await kit.actorOf(m1), key: 'k' });
    kit.clock.now += 60_000;
    expect(kit.control.waiting(person).map(({ kind }) => kind)).toEqual(['action']);
  });

  it('nobody could approve under any more is refused, with the way out', async () => {
    await using kit = await testControl();
    const alone = await adopt(kit, rules({ irreversible_action: { approvedByAnother: true } }));
    expect(!alone.ok && wordsOf(alone.refusal).wayOut).toContain('writ people add');
    const keyless = await adopt(kit, rules({ irreversible_action: { stepUp: true } }));
    expect(!keyless.ok && wordsOf(keyless.refusal).wayOut).toContain('writ people step-up');
  });

  it('that asks for two people takes two people to change', async () => {
    const { kit, ann } = await twoPeople();
    await using _ = kit;
    expect(got(await adopt(kit, rules({}), ann)).state).toBe('proposed');
    // The same person again is no second one, after a restart neither, and an approver is no admin.
    await kit.restart();
    expect(got(await adopt(kit, rules({}), ann)).state).toBe('proposed');
    expect(kit.control.policy().waiting).toEqual([
      { version: expect.stringContaining('policy-1.') as string, by: 'ann' },
    ]);
    expect(kit.control.policy().policy.rules.classes.consequential_write?.approvedByAnother).toBe(true);
    expect(got(await adopt(kit, rules({}))).state).toBe('adopted');
    expect(kit.control.policy().waiting).toEqual([]);
  });
});

describe('separation of duty', () => {
  it('refuses who proposed it or revised it, and says who may', async () => {
    const { kit, ann, bob, propose, approve } = await twoPeople();
    await using _ = kit;
    const m0 = await propose(ann);
    const refused = await approve(m0, ann);
    expect(codeOf(refused)).toBe('another_approver');
    expect(!refused.ok && wordsOf(refused.refusal).wayOut).toBe('ask owner, bob');
    expect(kit.control.waiting(ann).find(({ record }) => record.mandate.id === m0)?.mayNot?.code).toBe(
      'another_approver',
    );
    // By starting it at a terminal, or unattended, it is the same person.
    expect(codeOf(await approve(m0, ann, 'attended_start'))).toBe('another_approver');
    expect(codeOf(await approve(m0, ann, 'unattended'))).toBe('another_approver');
    // A new token is the same person.
    const renewed = got(await kit.control.renewToken('ann', { by: ann }));
    expect(codeOf(await approve(m0, kit.control.authenticate(renewed.token) as Person))).toBe('another_approver'); // a person's
    // Whoever writes on it asks for it too.
    const record = kit.control.answering(m0)!;
    const revised = { ...termsOf(kit), project: 'p', purpose: 'q', actor: 'builder', actorKey: null };
    got(await kit.control.govern(record.mandate.id, { type: 'revise', terms: revised, revision: null }, { by: bob }));
    expect(codeOf(await approve(m0, bob))).toBe('another_approver');
    got(await approve(m0, person));
    expect(got(await kit.control.evidence(m0, person)).consent.requested_by).toEqual(['ann', 'bob']);
  });

  it('holds for successors: alone by nobody, proposed by one and approved by another', async () => {
    const { kit, ann, bob, propose, approve } = await twoPeople();
    await using _ = kit;
    const m0 = await propose(ann);
    got(await approve(m0, bob));
    const extension = {
      expiresAt: kit.clock.now + 2 * hour,
      authority: undefined,
      budgets: undefined,
      reason: 'more time',
    };
    const alone = await kit.control.extend(m0, extension, { by: bob });
    expect(codeOf(alone)).toBe('another_approver');
    expect(!alone.ok && wordsOf(alone.refusal).wayOut).toContain('--propose');
    const next = got(await kit.control.proposeExtension(m0, extension, { by: bob })).mandate.id;
    expect(codeOf(await approve(next, bob))).toBe('another_approver');
    got(await approve(next, ann));
    expect(kit.control.answering(m0)?.mandate).toMatchObject({ id: next, expiresAt: kit.clock.now + 2 * hour });
  });

  it('holds for single actions: whoever proposed the mandate or started its agent is who asks, for children too', async () => {
    const { kit, ann, bob, propose, approve } = await twoPeople();
    await using _ = kit;
    const asks = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    const m0 = await propose(ann, { authority: asks });
    got(await approve(m0, bob));
    const issued = got(await kit.control.issue(m0, { id: 'run', expiresAt: undefined }, { by: bob }));
    const by = kit.control.authenticate(issued.credential);
    if (by?.kind !== 'actor') throw new Error('not an agent');
    const child = { purpose: 'c', actor: 'helper', authority: asks, expiresAt: undefined, delegation: undefined };
    const m0_1 = got(await kit.control.delegate(m0, child, { by })).mandate.id;
    const helper = { ...by, mandate: m0_1, actor: 'helper' };
    await kit.control.begin(kit.push(m0_1), 5_000, { by: helper, key: 'k' });
    const [asked] = kit.control.waiting(person);
    if (asked?.kind !== 'action') throw new Error('nothing is asked');
    const { id, textDigest } = asked.asked;
    const give = (who: Person) => kit.control.giveApproval(id, { textDigest }, { by: who });
    expect(codeOf(await give(ann))).toBe('another_approver');
    expect(codeOf(await give(bob))).toBe('another_approver');
    // Naming the action oneself is no way around it.
    const named = { ...kit.push(m0_1), expiresAt: kit.clock.now + 60_000 };
    expect(codeOf(await kit.control.approveAction(named, { by: ann }))).toBe('another_approver');
    got(await give(person));
    got(await kit.control.begin(kit.push(m0_1), 5_000, { by: helper, key: 'l' }));
  });

  it('is asked for the classes it names and no others', async () => {
    const { kit, ann, propose, approve } = await twoPeople();
    await using _ = kit;
    got(await approve(await propose(ann, { authority: pushTo('writ', ['git.fetch']) }), ann));
    // A family that could name such an action is one.
    expect(codeOf(await approve(await propose(ann, { authority: pushTo('writ', ['git.*']) }), ann))).toBe(
      'another_approver',
    );
  });
});
