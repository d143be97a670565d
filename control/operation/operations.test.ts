import { describe, expect, it } from 'vitest';
import { compactVerify, importJWK } from 'jose';
import { notFrozen, pushTo } from '../testing/scenario.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';

describe('begin', () => {
  it('gives the same permit for a resent key, also after a restart, and refuses the key for another request', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const by = await kit.actorOf(m0);
    const asked = { by, key: 'k', body: { a: 1 } };
    const [first, second] = await Promise.all([
      kit.control.begin(kit.push(m0), 5_000, asked),
      kit.control.begin(kit.push(m0), 5_000, asked),
    ]);
    expect(got(second).permit).toBe(got(first).permit);
    await kit.restart();
    expect(got(await kit.control.begin(kit.push(m0), 5_000, asked)).permit).toBe(got(first).permit);
    expect((await kit.types()).filter((type) => type === 'operation.begun')).toHaveLength(1);
    expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { ...asked, body: { a: 2 } }))).toBe(
      'idempotency_conflict',
    );
    expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { by, body: {} }))).toBe('idempotency_key_required');
    expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { by: person, key: 'k' }))).toBe('not_yours');
  });

  it('is refused with the reason of the mandate when the credential outlived it, and the refusal is recorded', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const by = await kit.actorOf(m0);
    await kit.stop(m0);
    expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { by, key: 'k' }))).toBe('mandate_inactive');
    expect((await kit.journal.read(`verdicts-${m0}`)).at(-1)).toMatchObject({
      type: 'verdict.refused',
      actor: 'agent:builder',
      data: { asked: 'begin', reason: { code: 'mandate_inactive' } },
    });
  });

  it('refuses another mandate’s credential, an expired one, and what policy gives no agent', async () => {
    await using kit = await testControl();
    const [m0, m1] = [
      await kit.approved(),
      await kit.approved({ authority: pushTo('writ', ['mandate.administer', 'git.push']) }),
    ];
    const by = await kit.actorOf(m0);
    expect(codeOf(await kit.control.begin(kit.push(m1), 5_000, { by, key: 'k' }))).toBe('unknown_mandate');
    const m0_1 = await kit.child(m0);
    expect(codeOf(await kit.control.begin(kit.push(m0_1), 5_000, { by, key: 'k' }))).toBe('credential_unusable');
    expect(
      codeOf(
        await kit.control.begin(kit.push(m1, { action: 'mandate.administer' }), 5_000, {
          by: await kit.actorOf(m1),
          key: 'k',
        }),
      ),
    ).toBe('policy_refused');
    const { credential } = got(
      await kit.control.issue(m0, { id: 'short', expiresAt: kit.clock.now + 1 }, { by: person }),
    );
    const short = kit.control.authenticate(credential)!;
    kit.clock.now += 1;
    expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { by: short, key: 'k' }))).toBe('credential_unusable');
    expect(codeOf(await kit.control.issue(m0, { id: 'more', expiresAt: undefined }, { by: short }))).toBe('not_yours');
  });

  it('never spends more of a budget than there is, however many begin at once, a child’s on its parent’s budget included', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ budgets: [{ kind: 'calls', limit: 5 }] });
    const m0_1 = await kit.child(m0);
    const [root, child] = [await kit.actorOf(m0), await kit.actorOf(m0_1)];
    const begins = Array.from({ length: 16 }, (_, index) => {
      const [mandate, by] = index % 2 === 0 ? [m0, root] : [m0_1, child];
      return kit.control.begin(kit.push(mandate), 5_000, { by, key: `k${String(index)}` });
    });
    const outcomes = await Promise.all(begins);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(5);
    expect(new Set(outcomes.filter(({ ok }) => !ok).map(codeOf))).toEqual(new Set(['budget_spent']));
    const [done] = outcomes.filter((outcome) => outcome.ok);
    // The budget being spent does not stop what was begun within it.
    got(
      await kit.control.renew(
        got(done!).operation.begun.id,
        5_000,
        got(done!).operation.begun.boundTo === m0 ? root : child,
      ),
    );
  });

  it('holds where a person has to say yes each time', async () => {
    await using kit = await testControl();
    const asks = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    const m0 = await kit.approved({ authority: asks });
    expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { by: await kit.actorOf(m0), key: 'k' }))).toBe(
      'approval_required',
    );
  });

  it('says of a yes how long it counts: by its class, its mandate and the entries that permit it', async () => {
    await using kit = await testControl();
    const reads = (resource: string, constraints = {}) =>
      ({ resource, resourceMatch: 'prefix', actions: ['file.read'], constraints }) as const;
    const m0 = await kit.approved({
      authority: [reads('workspace://app/'), reads('workspace://app/records', { freshnessMs: 700 })],
    });
    const by = await kit.actorOf(m0);
    const counts = async (resource: string): Promise<number> => {
      const checked = got(await kit.control.check(kit.push(m0, { action: 'file.read', resource }), by));
      expect(checked.verdict.decision).toBe('permit');
      return checked.verdict.validUntil - kit.clock.now;
    };
    expect(await counts('workspace://app/src/a')).toBe(5_000);
    expect(await counts('workspace://app/records/a')).toBe(700);
  });

  it('never leases beyond the earliest expiry of the chain', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    kit.clock.now += hour - 1_000;
    expect((await kit.begun(m0)).operation.leaseUntil).toBe(kit.clock.now + 1_000);
  });
});

describe('the permit', () => {
  it('is a JWS that verifies with the published key, and carries what it was given for', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const { permit, operation } = await kit.begun(m0);
    const key = kit.control.keySet().keys.find((one) => one['writ_use'] === 'permit')!; // there is one for every use
    const { payload, protectedHeader } = await compactVerify(permit, await importJWK(key, 'EdDSA'));
    expect(protectedHeader).toMatchObject({
      alg: 'EdDSA',
      typ: 'writ-permit+jwt',
      kid: key['kid'],
    });
    expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({
      iss: 'urn:writ:control',
      jti: operation.begun.id,
      mandate: m0,
      epochs: [{ mandate: m0, epoch: 1 }],
      action: 'git.push',
      parameter_digest: operation.begun.parameterDigest,
      single_use: true,
      exp: Math.ceil(operation.leaseUntil / 1_000),
    });
    expect(kit.control.keySet().keys.every((one) => !('d' in one))).toBe(true);
  });

  it('is redeemed once, for exactly what it was given for, and every answer is recorded', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const { permit } = await kit.begun(m0);
    const asked = { permit, action: 'git.push', resource: 'git://p/refs/heads/writ/x', parameters: { oid: 'abc' } };
    const by = { kind: 'point', name: 'sink' } as const;
    for (const wrong of [
      { action: 'git.merge' },
      { resource: 'git://p/refs/heads/writ/y' },
      { parameters: { oid: 'abd' } },
      { permit: `${permit.slice(0, -4)}AAAA` },
      { permit: 'nothing' },
    ])
      expect(got(await kit.control.redeem({ ...asked, ...wrong }, by)).current).toBe(false);
    const answers = await Promise.all([kit.redeem(permit), kit.redeem(permit), kit.redeem(permit)]);
    expect(answers.map(({ current }) => current).sort()).toEqual([false, false, true]);
    expect((await kit.types()).filter((type) => type === 'redemption.refused')).toHaveLength(7);
    expect((await kit.types()).filter((type) => type === 'operation.redeemed')).toHaveLength(1);
  });

  it('is not current after a stop, nor when its lease is over, nor when the work was settled', async () => {
    await using kit = await testControl();
    const stopped = await kit.approved();
    const one = await kit.begun(stopped);
    await kit.stop(stopped);
    expect(await kit.redeem(one.permit)).toMatchObject({ current: false, reason: expect.stringContaining('revoked') });
    const m0 = await kit.approved();
    const two = await kit.begun(m0);
    got(await kit.control.settle(two.operation.begun.id, 'done', '', await kit.actorOf(m0)));
    expect((await kit.redeem(two.permit)).reason).toContain('settled');
    const three = await kit.begun(m0, 'another');
    kit.clock.now = three.operation.leaseUntil;
    expect((await kit.redeem(three.permit)).reason).toContain('lease');
  });

  it('is void for ever once a mandate above was suspended, also after the reinstatement', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: pushTo('writ', ['git.push', 'git.commit']) });
    const m0_1 = await kit.child(m0, { authority: pushTo('writ', ['git.commit']) });
    // A workspace write is frozen by a suspension, not interrupted: the operation goes on, its permit does not.
    const { permit, operation } = await kit.begun(m0_1, 'k', { action: 'git.commit' });
    await kit.suspend(m0);
    got(await kit.control.govern(m0, { type: 'reinstate', reason: '' }, { by: person }));
    got(await kit.control.renew(operation.begun.id, 5_000, await kit.actorOf(m0_1)));
    const answer = got(
      await kit.control.redeem(
        { permit, action: 'git.commit', resource: operation.begun.resource, parameters: { oid: 'abc' } },
        { kind: 'point', name: 'sink' },
      ),
    );
    expect(answer).toMatchObject({ current: false, reason: expect.stringContaining('voids it for ever') });
  });

  it('is judged again after a narrowing, and refused only when now outside', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const inside = await kit.begun(m0, 'inside');
    const outside = await kit.begun(m0, 'outside', { resource: 'git://p/refs/heads/writ/y' });
    got(await kit.control.stop(m0, { type: 'narrow', authority: pushTo('writ/x'), reason: '' }, { by: person }));
    expect(kit.control.state.operations.get(outside.operation.begun.id)?.state).toMatchObject({
      interrupt: { how: 'interrupt' },
    });
    expect(kit.control.state.operations.get(inside.operation.begun.id)?.state).toEqual({
      name: 'open',
      interrupt: null,
    });
    expect((await kit.redeem(inside.permit)).current).toBe(true);
  });
});

describe('renew and settle', () => {
  it('are for the run’s own credential; an actor above may settle what its child left', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const [m0_1, m0_2] = [await kit.child(m0, { actor: 'one' }), await kit.child(m0, { actor: 'two' })];
    const { operation } = await kit.begun(m0_1);
    const id = operation.begun.id;
    const [root, two] = [await kit.actorOf(m0), await kit.actorOf(m0_2)];
    expect(codeOf(await kit.control.renew(id, 5_000, two))).toBe('not_found');
    expect(codeOf(await kit.control.settle(id, 'done', '', two))).toBe('not_found');
    expect(codeOf(await kit.control.renew(id, 5_000, root))).toBe('not_yours');
    got(await kit.control.settle(id, 'unknown', 'the child is gone', root));
    got(await kit.control.settle(id, 'unknown', 'again', root));
    expect(codeOf(await kit.control.settle(id, 'done', '', root))).toBe('operation_over');
  });

  it('settling is accepted on an ended mandate, and is the word its receipt waits for', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const { operation } = await kit.begun(m0);
    const receipt = await kit.stop(m0);
    expect(receipt.lines.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['operation', 'pending'],
      ['permit', 'void'],
    ]);
    got(await kit.control.settle(operation.begun.id, 'interrupted', 'killed', await kit.actorOf(m0)));
    const after = kit.control.state.receipts.get(receipt.id)!;
    expect(after.closedAt).not.toBeNull();
    expect(after.lines[0]).toMatchObject({ outcome: 'interrupted', attestedBy: 'runtime' });
  });

  it('a signal stops the next renewal', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen()] });
    const { operation } = await kit.begun(m0);
    got(
      await kit.control.report(
        { subject: 'branch:p/x', value: 'frozen', source: 's', sequence: undefined },
        { by: person },
      ),
    );
    expect(codeOf(await kit.control.renew(operation.begun.id, 5_000, await kit.actorOf(m0)))).toBe('mandate_inactive');
  });
});

describe('an operation that an enforcement point began', () => {
  it('is renewed and settled only with a point beside: the agent never says how it ended', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const by = await kit.actorOf(m0);
    const { operation } = await kit.begun(m0, 'k', { vouchedBy: 'enforcer' });
    const { id } = operation.begun;
    expect(codeOf(await kit.control.renew(id, 5_000, by))).toBe('not_yours');
    expect(codeOf(await kit.control.settle(id, 'failed', 'it never landed', by))).toBe('not_yours');
    got(await kit.control.renew(id, 5_000, by, 'enforcer'));
    expect(got(await kit.control.settle(id, 'done', 'landed', by, 'enforcer')).state).toMatchObject({
      outcome: 'done',
      by: 'agent:builder beside point:enforcer',
    });
  });

  it('told to stop, by itself: is not renewed nor redeemed, says so after its end too, and what runs beside it goes on', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const by = await kit.actorOf(m0);
    const { operation } = await kit.begun(m0, 'k', { vouchedBy: 'enforcer' });
    const beside = await kit.begun(m0, 'beside', { vouchedBy: 'enforcer' });
    const { id } = operation.begun;
    // Not by the agent alone, which may not say how it ended either, and not by who holds another mandate.
    expect(codeOf(await kit.control.interrupt(id, by))).toBe('not_yours');
    expect(codeOf(await kit.control.interrupt(id, await kit.actorOf(await kit.approved()), 'enforcer'))).toBe(
      'not_found',
    );
    got(await kit.control.interrupt(id, by, 'enforcer'));
    got(await kit.control.interrupt(id, by, 'enforcer'));
    expect(codeOf(await kit.control.renew(id, 5_000, by, 'enforcer'))).toBe('operation_over');
    got(await kit.control.renew(beside.operation.begun.id, 5_000, by, 'enforcer'));
    kit.clock.now = operation.leaseUntil + 5_000;
    await kit.control.tick();
    expect(kit.control.state.operations.get(id)?.state).toMatchObject({ outcome: 'unknown', wasInterrupted: true });
    got(await kit.control.settle(id, 'interrupted', 'killed, verified', by, 'enforcer'));
    got(await kit.control.interrupt(id, by, 'enforcer'));
    await kit.restart();
    expect(kit.control.state.operations.get(id)?.state).toMatchObject({ outcome: 'interrupted', wasInterrupted: true });
    expect((await kit.types()).filter((type) => type === 'operation.interrupt_requested')).toHaveLength(1);
  });

  it('is called unknown when its lease ended and nobody spoke, is never renewed again, and can be learned about', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const by = await kit.actorOf(m0);
    const { operation } = await kit.begun(m0, 'k', { vouchedBy: 'enforcer' });
    const { id } = operation.begun;
    kit.clock.now = operation.leaseUntil + 4_999;
    await kit.control.tick();
    expect(kit.control.state.operations.get(id)?.state.name).toBe('open');
    kit.clock.now += 1;
    await kit.control.tick();
    await kit.control.tick();
    const state = kit.control.state.operations.get(id)?.state;
    expect(state).toMatchObject({ name: 'settled', outcome: 'unknown', by: 'control' });
    expect(state).toMatchObject({
      evidence: expect.stringMatching(/`builder` in run `run` owes an account.*until 20/) as unknown,
    });
    expect(codeOf(await kit.control.renew(id, 5_000, by, 'enforcer'))).toBe('operation_over');
    // The agent alone does not settle it; the enforcer that was away does, and only once.
    expect(codeOf(await kit.control.settle(id, 'done', 'trust me', by))).toBe('not_yours');
    got(await kit.control.settle(id, 'interrupted', 'killed, verified', by, 'enforcer'));
    expect(codeOf(await kit.control.settle(id, 'done', 'or not', by, 'enforcer'))).toBe('operation_over');
    expect((await kit.types()).filter((type) => type.startsWith('operation.'))).toEqual([
      'operation.begun',
      'operation.settled',
      'operation.reconciled',
    ]);
    await kit.restart();
    expect(kit.control.state.operations.get(id)?.state).toMatchObject({ outcome: 'interrupted' });
  });

  it('that whoever watched it called unknown never becomes stopped, only landed, and only for a day', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ expiresAt: kit.clock.now + 100 * 3_600_000 });
    const by = await kit.actorOf(m0);
    const one = (await kit.begun(m0, 'one', { vouchedBy: 'enforcer' })).operation.begun.id;
    const two = (await kit.begun(m0, 'two', { vouchedBy: 'enforcer' })).operation.begun.id;
    for (const id of [one, two]) got(await kit.control.settle(id, 'unknown', 'killed in flight', by, 'enforcer'));
    expect(codeOf(await kit.control.settle(one, 'interrupted', 'surely', by, 'enforcer'))).toBe('operation_over');
    expect(codeOf(await kit.control.settle(one, 'failed', 'surely', by, 'enforcer'))).toBe('operation_over');
    got(await kit.control.settle(one, 'unknown', 'not there yet', by, 'enforcer'));
    expect(got(await kit.control.settle(one, 'done', 'the remote has it', by, 'enforcer')).state).toMatchObject({
      outcome: 'done',
      evidence: 'killed in flight; not there yet; the remote has it',
    });
    kit.clock.now += 25 * 3_600_000;
    expect(codeOf(await kit.control.settle(two, 'done', 'too late', by, 'enforcer'))).toBe('operation_over');
  });
});

describe('a credential', () => {
  it('is given to an agent only beside a point, and to nobody while the mandate is not in force', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const by = await kit.actorOf(m0);
    const run = { id: 'more', expiresAt: undefined };
    expect(codeOf(await kit.control.issue(m0, run, { by }))).toBe('not_yours');
    got(await kit.control.issue(m0, run, { by }, 'runtime'));
    await kit.suspend(m0);
    expect(codeOf(await kit.control.issue(m0, run, { by: person }))).toBe('out_of_bounds');
    await kit.stop(m0);
    expect(codeOf(await kit.control.issue(m0, run, { by: person }))).toBe('out_of_bounds');
  });

  it('that is over renews nothing, and one given for as long as the mandate goes on with its extension', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const hour = 3_600_000;
    const short = got(await kit.control.issue(m0, { id: 'run', expiresAt: kit.clock.now + 1_000 }, { by: person }));
    const by = kit.control.authenticate(short.credential)!;
    const whole = await kit.actorOf(m0);
    const { operation } = got(await kit.control.begin(kit.push(m0), 30_000, { by, key: 'k' }));
    kit.clock.now += 1_000;
    expect(codeOf(await kit.control.renew(operation.begun.id, 5_000, by))).toBe('credential_unusable');
    got(
      await kit.control.extend(
        m0,
        { expiresAt: kit.clock.now + 3 * hour, authority: undefined, budgets: undefined, reason: '' },
        { by: person },
      ),
    );
    kit.clock.now += 2 * hour;
    expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { by, key: 'l' }))).toBe('credential_unusable');
    got(await kit.control.begin(kit.push(m0), 5_000, { by: whole, key: 'm' }));
  });
});
