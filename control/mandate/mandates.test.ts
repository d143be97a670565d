import { describe, expect, it } from 'vitest';
import { notFrozen, pushTo } from '../testing/scenario.ts';
import { codeOf, everywhere, got, hour, person, testControl } from '../testing/test-control.ts';
import { shown } from './shown.ts';

describe('child mandates', () => {
  it('are created by the parent’s own actor, strictly within the parent', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ delegation: { maxDepth: 2, maxChildren: 2, actors: ['helper', 'builder'] } });
    const by = await kit.actorOf(m0);
    const ask = (more: object) =>
      kit.control.delegate(
        m0,
        {
          purpose: 'part',
          actor: 'helper',
          authority: pushTo('writ/a'),
          expiresAt: undefined,
          delegation: undefined,
          ...more,
        },
        { by },
      );
    expect(codeOf(await ask({ authority: pushTo('main') }))).toBe('out_of_bounds');
    expect(codeOf(await ask({ authority: pushTo('writ', ['git.merge']) }))).toBe('out_of_bounds');
    expect(codeOf(await ask({ expiresAt: kit.clock.now + 2 * hour }))).toBe('out_of_bounds');
    expect(codeOf(await ask({ actor: 'stranger' }))).toBe('out_of_bounds');
    expect(codeOf(await ask({ delegation: { maxDepth: 2, maxChildren: 1, actors: ['helper'] } }))).toBe(
      'out_of_bounds',
    );
    expect(codeOf(await ask({ delegation: { maxDepth: 1, maxChildren: 1, actors: 'any' } }))).toBe('out_of_bounds');
    expect(
      codeOf(
        await kit.control.delegate(
          m0,
          { purpose: 'x', actor: 'helper', authority: [], expiresAt: undefined, delegation: undefined },
          { by: person },
        ),
      ),
    ).toBe('not_yours');
    const m0_1 = got(await ask({}));
    expect(m0_1.approval?.how).toBe('delegated');
    expect(m0_1.mandate.parent).toBe(m0);
    got(await ask({}));
    expect(codeOf(await ask({}))).toBe('out_of_bounds'); // two live children are the most
    got(await kit.control.relinquish(m0_1.mandate.id, 'done', { by: await kit.actorOf(m0_1.mandate.id) }));
    got(await ask({}));
  });

  it('are refused to a credential whose time is over', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const by = { ...(await kit.actorOf(m0)), expiresAt: kit.clock.now };
    const child = {
      purpose: 'x',
      actor: 'builder',
      authority: pushTo('writ'),
      expiresAt: undefined,
      delegation: undefined,
    };
    expect(codeOf(await kit.control.delegate(m0, child, { by }))).toBe('not_yours');
  });

  it('are refused while a condition above does not hold', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen({ onFailure: 'suspend' })] });
    const by = await kit.actorOf(m0);
    got(await kit.control.report({ subject: 'branch:p/x', value: 'frozen', source: 's', sequence: 1 }, { by: person }));
    expect(
      codeOf(
        await kit.control.delegate(
          m0,
          { purpose: 'x', actor: 'builder', authority: pushTo('writ'), expiresAt: undefined, delegation: undefined },
          { by },
        ),
      ),
    ).toBe('wrong_state');
  });

  it('an agent gives up its own mandate or a child, and nobody else’s', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const m0_1 = await kit.child(m0, { actor: 'one' });
    const m0_2 = await kit.child(m0, { actor: 'two' });
    const one = await kit.actorOf(m0_1);
    // A sibling is nothing it is shown, and so answered as what is not there.
    expect(codeOf(await kit.control.relinquish(m0_2, '', { by: one }))).toBe('not_found');
    expect(codeOf(await kit.control.relinquish(m0, '', { by: one }))).toBe('not_yours');
    got(await kit.control.relinquish(m0_1, '', { by: one }));
    got(await kit.control.relinquish(m0_2, '', { by: await kit.actorOf(m0) }));
    expect(kit.control.answering(m0)?.mandate.state.name).toBe('active');
  });

  it('what ended with an ancestor stays cascaded: no agent turns it into a completed one', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const m0_1 = await kit.child(m0, { actor: 'one' });
    const one = await kit.actorOf(m0_1);
    await kit.stop(m0);
    expect(codeOf(await kit.control.relinquish(m0_1, 'done', { by: one }))).toBe('wrong_state');
    expect(kit.control.answering(m0_1)?.mandate.state.name).toBe('active');
  });
});

describe('an extension', () => {
  it('carries live children that still fit over, their credentials and operations go on, and narrowings stay', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const m0_1 = await kit.child(m0, { deeper: 1 });
    const m0_1_1 = await kit.child(m0_1);
    const child = await kit.actorOf(m0_1_1);
    const { operation, permit } = await kit.begun(m0_1_1);
    got(await kit.control.stop(m0, { type: 'narrow', authority: pushTo('writ/x'), reason: 'only x' }, { by: person }));
    const m1 = got(
      await kit.control.extend(
        m0,
        { expiresAt: kit.clock.now + 2 * hour, authority: undefined, budgets: undefined, reason: 'more time' },
        { by: person },
      ),
    );

    expect(kit.control.state.mandates.get(m0)?.mandate.state).toMatchObject({
      name: 'superseded',
      successor: m1.mandate.id,
    });
    expect(m1.mandate.overlays).toHaveLength(1);
    expect(shown(m1).text).toContain(
      'it may:\n- push to branches `writ` and `writ/*` of `p`\nand of that, since owner narrowed it at 2030-01-01T00:00:00.000Z, only what this covers too:\n- push to branches `writ/x` and `writ/x/*` of `p`\n',
    );
    expect(m1.approval?.textDigest).toBe(shown(m1).digest);
    const carried = kit.control.answering(m0_1_1)!;
    expect(kit.control.mandateChain(carried.mandate.id).map(({ id }) => id)[0]).toBe(m1.mandate.id);
    expect(got(await kit.control.renew(operation.begun.id, 30_000, child)).state).toEqual({
      name: 'open',
      interrupt: null,
    });
    expect(await kit.redeem(permit)).toMatchObject({ current: true, mandate: carried.mandate.id });
    const check = got(await kit.control.check(kit.push(m0_1_1, { resource: 'git://p/refs/heads/writ/y' }), child));
    expect(check.verdict.reason.code).toBe('out_of_authority');
    // The carried child dies with the successor's chain as it would have with the old one.
    await kit.stop(m1.mandate.id);
    expect(codeOf(await kit.control.renew(operation.begun.id, 30_000, child))).toBe('ancestor_inactive');
  });

  it('leaves a child behind that does not fit any more, and interrupts what it was doing', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: [...pushTo('writ'), ...pushTo('other')] });
    const m0_1 = await kit.child(m0, { authority: pushTo('other') });
    const { operation } = await kit.begun(m0_1, 'k', { resource: 'git://p/refs/heads/other/x' });
    got(
      await kit.control.extend(
        m0,
        { expiresAt: undefined, authority: pushTo('writ'), budgets: undefined, reason: '' },
        { by: person },
      ),
    );
    expect(kit.control.answering(m0_1)?.mandate.id).toBe(m0_1);
    expect(kit.control.state.operations.get(operation.begun.id)?.state).toMatchObject({
      name: 'open',
      interrupt: { how: 'interrupt' },
    });
    expect(got(await kit.control.check(kit.push(m0_1), await kit.actorOf(m0_1))).verdict.reason.code).toBe(
      'ancestor_inactive',
    );
  });

  it('does not refill a budget that was not topped up', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: [{ kind: 'calls', limit: 2 }] });
    await kit.begun(m0, 'one');
    const m1 = got(
      await kit.control.extend(
        m0,
        { expiresAt: kit.clock.now + 2 * hour, authority: undefined, budgets: undefined, reason: '' },
        { by: person },
      ),
    );
    expect(m1.mandate.budgets).toEqual([{ kind: 'calls', limit: 1 }]);
    const by = await kit.actorOf(m0);
    got(await kit.control.begin(kit.push(m0), 30_000, { by, key: 'two', body: 2 }));
    expect(codeOf(await kit.control.begin(kit.push(m0), 30_000, { by, key: 'three', body: 3 }))).toBe('budget_spent');
  });

  it('is for a person, and of a mandate that is in force', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const extension = { expiresAt: kit.clock.now + 2 * hour, authority: undefined, budgets: undefined, reason: '' };
    expect(codeOf(await kit.control.extend(m0, extension, { by: await kit.actorOf(m0) }))).toBe('not_an_approver');
    await kit.stop(m0);
    expect(codeOf(await kit.control.extend(m0, extension, { by: person }))).toBe('wrong_state');
  });
});

describe('idempotency keys', () => {
  it('the same key and body do one thing; another body is refused; another caller is another key', async () => {
    await using kit = await testControl();
    const terms = kit.control.answering(await kit.approved())!.mandate;
    const asked = { by: person, key: 'k', body: { a: 1 } };
    const [first, second] = await Promise.all([kit.control.propose(terms, asked), kit.control.propose(terms, asked)]);
    expect(got(first).mandate.id).toBe(got(second).mandate.id);
    await kit.restart();
    expect(got(await kit.control.propose(terms, asked)).mandate.id).toBe(got(first).mandate.id);
    expect(codeOf(await kit.control.propose(terms, { ...asked, body: { a: 2 } }))).toBe('idempotency_conflict');
    expect(
      got(await kit.control.propose(terms, { ...asked, by: await kit.person('ann', { p: 'operator' }) })).mandate.id,
    ).not.toBe(got(first).mandate.id);
  });

  it('a child asked for twice is one child with one credential, which is kept nowhere', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const asked = { by: await kit.actorOf(m0), key: 'k', body: {} };
    const make = async () => {
      const child = got(
        await kit.control.delegate(
          m0,
          { purpose: 'p', actor: 'builder', authority: pushTo('writ'), expiresAt: undefined, delegation: undefined },
          asked,
        ),
      );
      return { id: child.mandate.id, ...got(await kit.control.issueWithChild(child.mandate.id, asked)) };
    };
    const first = await make();
    await kit.restart();
    expect(await make()).toEqual(first);
    expect(kit.control.authenticate(first.credential)).toMatchObject({ kind: 'actor', mandate: first.id });
    expect(JSON.stringify(await kit.journal.readAll())).not.toContain(first.credential.slice(-20));
  });
});

describe('expiry', () => {
  it('is judged by the clock before it is written, written once, and never to what stands under an ended mandate', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const m0_1 = await kit.child(m0);
    const waiting = await kit.proposed();
    const { operation } = await kit.begun(m0_1);
    kit.clock.now += hour;
    expect(got(await kit.control.check(kit.push(m0), person)).verdict.reason).toMatchObject({
      code: 'mandate_inactive',
      state: 'expired',
    });
    await kit.control.tick();
    await kit.control.tick();
    expect(kit.control.answering(m0)?.mandate.state.name).toBe('expired');
    expect(kit.control.answering(m0_1)?.mandate.state.name).toBe('active');
    expect(kit.control.answering(waiting)?.mandate.state.name).toBe('lapsed');
    expect((await kit.types()).filter((type) => type === 'mandate.expired')).toHaveLength(1);
    // Its lease was over as well, and nobody had said how it ended.
    expect(kit.control.state.operations.get(operation.begun.id)?.state).toMatchObject({
      name: 'settled',
      outcome: 'unknown',
    });
  });
});

describe('stopping everything', () => {
  it('is one append however many mandates there are, and shows first what it would hit', async () => {
    await using kit = await testControl();
    const roots = [await kit.approved(), await kit.approved(), await kit.approved({ project: 'q' })];
    const which = { ...everywhere, project: 'p', reason: 'all' };
    expect(got(await kit.control.stopAll(which, { by: person })).hits.map(({ mandate }) => mandate)).toEqual(
      roots.slice(0, 2),
    );
    const appends: number[] = [];
    using _ = kit.journal.project((events) => appends.push(events.length));
    const { receipts } = got(await kit.control.stopAll({ ...which, project: null, dryRun: false }, { by: person }));
    expect(receipts).toHaveLength(3);
    expect(appends).toHaveLength(1);
    expect(roots.map((id) => kit.control.answering(id)?.mandate.state.name)).toEqual(['revoked', 'revoked', 'revoked']);
  });
});

describe('what was approved', () => {
  it('is what was read: the digest is of the text, and the evidence keeps it', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const record = kit.control.answering(m0)!;
    expect(record.approval?.textDigest).toBe(shown(record).digest);
  });
});
