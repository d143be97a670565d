import { describe, expect, it } from 'vitest';
import { wordsOf } from '../refusal.ts';
import { pushTo } from '../testing/scenario.ts';
import { codeOf, got, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';
import { mostWaiting } from './approvals.ts';

const asks = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));

/** A mandate that asks each time, its agent, and the shortest ways to push and to answer. */
async function held(kit: TestControl, mandate?: string) {
  const m0 = mandate ?? (await kit.approved({ authority: asks }));
  const by = await kit.actorOf(m0);
  let tries = 0;
  return {
    m0,
    by,
    push: (more = {}) => kit.control.begin(kit.push(m0, more), 5_000, { by, key: `try-${String(tries++)}` }),
    waiting: () => kit.control.waiting(person).flatMap((one) => (one.kind === 'action' ? [one.asked] : [])),
    give: (id: string, as = person) => {
      const digest = kit.control.state.approvals.get(id)?.asked?.textDigest ?? '';
      return kit.control.giveApproval(id, { textDigest: digest }, { by: as });
    },
  };
}

describe('a held action', () => {
  it('waits with its exact parameters; one yes, and the same again goes through exactly once (attack 13)', async () => {
    await using kit = await testControl();
    const { push, waiting, give } = await held(kit);
    expect(codeOf(await push())).toBe('approval_required');
    const [question, ...others] = waiting();
    expect(others).toEqual([]);
    expect(question).toMatchObject({ action: 'git.push', askedBy: 'agent:builder', parameters: { oid: 'abc' } });
    expect(question?.text).toContain('- oid: "abc"');
    got(await give(question!.id));
    expect(waiting()).toEqual([]);
    expect(codeOf(await push({ parameters: { oid: 'evil' } }))).toBe('approval_required');
    const { operation, permit } = got(await push());
    expect(operation.begun.approval).toBe(question!.id);
    expect(await kit.redeem(permit)).toMatchObject({ current: true });
    expect(codeOf(await push())).toBe('approval_required');
    // What was changed, and what was used up, are questions of their own.
    expect(waiting().map(({ parameters }) => parameters)).toEqual([{ oid: 'evil' }, { oid: 'abc' }]);
    expect(new Set([question!.id, ...waiting().map(({ id }) => id)]).size).toBe(3);
  });

  it('asked again is the same question, also by many at once and after a restart', async () => {
    await using kit = await testControl();
    const { push, waiting } = await held(kit);
    const all = await Promise.all(Array.from({ length: 8 }, () => push()));
    expect(new Set(all.map(codeOf))).toEqual(new Set(['approval_required']));
    const before = waiting();
    expect(before).toHaveLength(1);
    await kit.restart();
    await push();
    expect(waiting()).toEqual(before);
  });

  it('refused stays refused, and the agent gets the reason; a person may think again', async () => {
    await using kit = await testControl();
    const { m0, push, waiting, give } = await held(kit);
    await push();
    const [question] = waiting();
    got(await kit.control.refuseApproval(question!.id, 'not on a Friday', { by: person }));
    got(await kit.control.refuseApproval(question!.id, 'again', { by: person }));
    const again = await push();
    expect(!again.ok && wordsOf(again.refusal)).toMatchObject({
      code: 'approval_refused',
      sentence: 'owner refused it: not on a Friday',
    });
    expect(waiting()).toEqual([]);
    expect(codeOf(await give(question!.id))).toBe('already_answered');
    const expiresAt = kit.clock.now + 60_000;
    got(await kit.control.approveAction({ ...kit.push(m0), expiresAt }, { by: person }));
    got(await push());
  });

  it('is void once anything above it paused or changed, for ever; it is asked anew (attack 12)', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: asks });
    const m0_1 = await kit.child(m0, { authority: asks });
    const { push, waiting, give } = await held(kit, m0_1);
    const stop = (type: 'suspend' | 'narrow') =>
      type === 'suspend'
        ? kit.control.stop(m0, { type, reason: '' }, { by: person })
        : kit.control.stop(m0, { type, authority: pushTo('writ'), reason: '' }, { by: person });
    for (const type of ['suspend', 'narrow'] as const) {
      await push();
      const [question] = waiting();
      // A yes that was given before is void too.
      if (type === 'narrow') got(await give(question!.id));
      got(await stop(type));
      expect(waiting()).toEqual([]);
      if (type === 'suspend') {
        expect(codeOf(await give(question!.id))).toBe('approval_void');
        got(await kit.control.govern(m0, { type: 'reinstate', reason: '' }, { by: person }));
        expect(codeOf(await give(question!.id))).toBe('approval_void');
      }
      expect(codeOf(await push())).toBe('approval_required');
      const [anew] = waiting();
      expect(anew?.id).not.toBe(question!.id);
      got(await give(anew!.id));
      got(await push());
    }
  });

  it('is void once an extension took the place of the mandate, and asked anew of that', async () => {
    await using kit = await testControl();
    const { m0, push, waiting, give } = await held(kit);
    await push();
    const [question] = waiting();
    await push({ parameters: { oid: 'other' } });
    const given = waiting().find(({ id }) => id !== question!.id)!.id;
    got(await give(given));
    const extension = { expiresAt: kit.clock.now + 9e6, authority: undefined, budgets: undefined, reason: '' };
    got(await kit.control.extend(m0, extension, { by: person }));
    expect(waiting()).toEqual([]);
    expect(codeOf(await give(question!.id))).toBe('approval_void');
    expect(kit.control.isUsable(kit.control.state.approvals.get(given)!)).toBe(false);
    expect(codeOf(await push())).toBe('approval_required');
    const [anew] = waiting();
    got(await give(anew!.id));
    got(await push());
  });

  it('is answered as it was shown, by who may approve, and never by an agent (attack 47)', async () => {
    await using kit = await testControl();
    const { by, push, waiting, give } = await held(kit);
    const operator = await kit.person('olga', { p: 'operator' });
    const stranger = await kit.person('sam', { q: 'admin' });
    await push();
    const [{ id, textDigest } = { id: '', textDigest: '' }] = waiting();
    expect(codeOf(await kit.control.giveApproval(id, { textDigest: 'another text' }, { by: person }))).toBe(
      'text_changed',
    );
    expect(codeOf(await give(id, operator))).toBe('not_allowed');
    expect(codeOf(await give(id, stranger))).toBe('not_found');
    expect(codeOf(await kit.control.giveApproval(id, { textDigest }, { by }))).toBe('not_an_approver');
    expect(codeOf(await kit.control.refuseApproval(id, '', { by }))).toBe('not_an_approver');
    expect(kit.control.waiting(stranger)).toEqual([]);
    expect(kit.control.waiting(operator).map(({ mayNot }) => mayNot?.code)).toEqual(['not_allowed']);
    expect(codeOf(await push())).toBe('approval_required');
    const digests = kit.control.state.approvals.get(id)?.asked;
    expect(digests?.textDigest).toBe(textDigest);
  });

  it('is one of a bounded number: an agent cannot bury people in questions', async () => {
    await using kit = await testControl();
    const { push, waiting } = await held(kit);
    for (let index = 0; index <= mostWaiting; index++) await push({ parameters: { oid: String(index) } });
    expect(waiting()).toHaveLength(mostWaiting);
    const more = await push({ parameters: { oid: 'more' } });
    expect(!more.ok && wordsOf(more.refusal).sentence).toContain('nobody was asked');
    await push({ parameters: { text: 'x'.repeat(20_000) } });
    expect(waiting()).toHaveLength(mostWaiting);
  });

  it('is asked about only when a yes would help: not what is permitted, refused, or another’s', async () => {
    await using kit = await testControl();
    const open = await kit.approved();
    const { m0, by } = await held(kit);
    const ask = (mandate: string, more = {}) => kit.control.askApproval(kit.push(mandate, more), { by });
    expect(codeOf(await ask(m0, { resource: 'git://p/refs/heads/main' }))).toBe('out_of_authority');
    expect(codeOf(await ask(open))).toBe('not_found');
    expect(codeOf(await kit.control.askApproval(kit.push(open), { by: await kit.actorOf(open) }))).toBe(
      'malformed_request',
    );
    expect(codeOf(await kit.control.askApproval(kit.push(m0), { by: person }))).toBe('not_yours');
    got(await ask(m0));
  });
});

it('a yes nobody used in time is over, and the same is asked anew', async () => {
  await using kit = await testControl();
  const { push, waiting, give } = await held(
    kit,
    await kit.approved({ authority: asks, expiresAt: kit.clock.now + 9e6 }),
  );
  await push();
  const [first] = waiting();
  got(await give(first!.id));
  kit.clock.now += 3_600_000;
  expect(codeOf(await push())).toBe('approval_required');
  expect(waiting().map(({ id }) => id === first!.id)).toEqual([false]);
});
