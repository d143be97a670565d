import { describe, expect, it } from 'vitest';
import { notFrozen, pushTo } from '../testing/scenario.ts';
import { codeOf, got, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';

const say = async (kit: TestControl, value: string | number, sequence?: number, source = 'github') =>
  got(await kit.control.report({ subject: 'branch:p/x', value, source, sequence }, { by: person }));
const stateOf = (kit: TestControl, id: string) => kit.control.answering(id)?.mandate.state.name;
const second = notFrozen({ id: 'second', subject: 'other' });

describe('a signal', () => {
  it('suspends every mandate that depends on it: in the same append, with a receipt, where something runs under it', async () => {
    await using kit = await testControl();
    const running = await kit.approved({ conditions: [notFrozen()] });
    const idle = await kit.approved({ conditions: [notFrozen()] });
    const untouched = await kit.approved();
    const { operation, permit } = await kit.begun(await kit.child(running));
    const appends: string[][] = [];
    using _ = kit.journal.project((events) => appends.push(events.map(({ type }) => type)));
    const { receipts, dependents } = await say(kit, 'frozen');
    expect(appends).toEqual([
      ['signal.reported', 'mandate.suspended', 'receipt.opened', 'operation.interrupt_requested'],
    ]);
    expect({ receipts: receipts.length, dependents }).toEqual({ receipts: 1, dependents: 2 });
    expect(kit.control.state.operations.get(operation.begun.id)?.state).toMatchObject({
      interrupt: { how: 'interrupt' },
    });
    expect(await kit.redeem(permit)).toMatchObject({ current: false });
    expect([running, idle, untouched].map((id) => stateOf(kit, id))).toEqual(['suspended', 'suspended', 'active']);
    expect(kit.control.answering(idle)?.mandate.state).toMatchObject({
      cause: { kind: 'condition', subject: 'branch:p/x', reading: 'frozen' },
    });
    expect(codeOf(await kit.control.begin(kit.push(idle), 5_000, { by: await kit.actorOf(idle), key: 'k' }))).toBe(
      'mandate_inactive',
    );
  });

  it('is one event, however many depend on it and stand still', async () => {
    await using kit = await testControl();
    const ids = [];
    for (let index = 0; index < 50; index++) ids.push(await kit.approved({ conditions: [notFrozen()] }));
    const before = (await kit.types()).length;
    const { dependents } = await say(kit, 'frozen');
    expect((await kit.types()).slice(before)).toEqual(['signal.reported']);
    expect(dependents).toBe(50);
    expect(new Set(ids.map((id) => stateOf(kit, id)))).toEqual(new Set(['suspended']));
    await kit.restart();
    expect(new Set(ids.map((id) => stateOf(kit, id)))).toEqual(new Set(['suspended']));
  });

  it('is written down on the mandate as soon as somebody acts on it, and looks the same before and after', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen()] });
    await say(kit, 'frozen');
    kit.clock.now += 10;
    await say(kit, 'open');
    const derived = kit.control.answering(m0)?.mandate;
    expect(derived).toMatchObject({ state: { name: 'suspended', since: kit.clock.now - 10 }, version: 3, epoch: 2 });
    got(await kit.control.govern(m0, { type: 'reinstate', reason: 'looked' }, { by: person }));
    expect((await kit.types()).slice(-2)).toEqual(['mandate.suspended', 'mandate.reinstated']);
    expect(kit.control.answering(m0)?.mandate).toMatchObject({ state: { name: 'active' }, version: 4, epoch: 2 });
  });

  it('voids what was given before, also where nothing was written and it is back by itself', async () => {
    await using kit = await testControl();
    const asks = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    const m0 = await kit.approved({ authority: asks, conditions: [notFrozen({ returns: 'automatically' })] });
    const approve = async () =>
      got(await kit.control.approveAction({ ...kit.push(m0), expiresAt: kit.clock.now + 60_000 }, { by: person }));
    const by = await kit.actorOf(m0);
    const begin = (key: string) => kit.control.begin(kit.push(m0), 5_000, { by, key });
    for (const round of ['a', 'b']) {
      await approve();
      await say(kit, 'frozen');
      await say(kit, 'open');
      expect(stateOf(kit, m0)).toBe('active');
      expect(codeOf(await begin(round))).toBe('approval_required');
    }
    await approve();
    got(await begin('c'));
    expect((await kit.types()).filter((type) => type === 'mandate.suspended')).toHaveLength(2);
  });

  it('does not count against a yes that was given after it', async () => {
    await using kit = await testControl();
    const automatic = notFrozen({ returns: 'automatically' });
    const other = async (value: string) =>
      got(await kit.control.report({ subject: 'other', value, source: 's', sequence: undefined }, { by: person }));
    const before = await kit.approved({ conditions: [second, automatic] });
    await other('frozen');
    await other('open');
    got(await kit.control.govern(before, { type: 'reinstate', reason: '' }, { by: person }));
    const since = await kit.approved({ conditions: [second, automatic] });
    await say(kit, 'frozen');
    await say(kit, 'open');
    expect([before, since].map((id) => stateOf(kit, id))).toEqual(['active', 'active']);
  });

  it('that fails as another holds again leaves the mandate to the person who has to bring it back', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen({ returns: 'automatically' }), second] });
    await kit.begun(m0);
    await say(kit, 'frozen');
    await Promise.all([
      kit.control.report({ subject: 'other', value: 'frozen', source: 's', sequence: undefined }, { by: person }),
      say(kit, 'open'),
    ]);
    await kit.control.report({ subject: 'other', value: 'open', source: 's', sequence: undefined }, { by: person });
    expect(stateOf(kit, m0)).toBe('suspended');
  });

  it('has a line in a receipt for what was beginning as it came', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen()] });
    const by = await kit.actorOf(m0);
    const [begun, { receipts }] = await Promise.all([
      kit.control.begin(kit.push(m0), 5_000, { by, key: 'k' }),
      say(kit, 'frozen'),
    ]);
    const { operation } = got(begun);
    const lines = receipts.flatMap((id) => kit.control.state.receipts.get(id)?.lines ?? []);
    expect(lines.map(({ subject }) => subject)).toContain(operation.begun.id);
  });

  it('does not get in the way of a stop, however fast it comes', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen({ returns: 'automatically' })] });
    const noise = Array.from({ length: 150 }, (_, index) => say(kit, index % 2 === 0 ? 'frozen' : 'open'));
    const [revoked] = await Promise.all([
      kit.control.stop(m0, { type: 'revoke', reason: '' }, { by: person }),
      ...noise,
    ]);
    got(revoked);
    expect(stateOf(kit, m0)).toBe('revoked');
  });

  it('ends where the approver chose that', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen({ onFailure: 'revoke' })] });
    await say(kit, 'frozen');
    expect(stateOf(kit, m0)).toBe('revoked');
    await say(kit, 'open');
    expect(stateOf(kit, m0)).toBe('revoked');
  });

  it('brings back only what it suspended, and only where the approver chose automatic return', async () => {
    await using kit = await testControl();
    const automatic = await kit.approved({ conditions: [notFrozen({ returns: 'automatically' })] });
    const byPerson = await kit.approved({ conditions: [notFrozen()] });
    const paused = await kit.approved({ conditions: [notFrozen({ returns: 'automatically' })] });
    await kit.suspend(paused);
    await say(kit, 'frozen');
    await say(kit, 'open');
    expect([automatic, byPerson, paused].map((id) => stateOf(kit, id))).toEqual(['active', 'suspended', 'suspended']);
    got(await kit.control.govern(byPerson, { type: 'reinstate', reason: '' }, { by: person }));
  });

  it('does not bring back what another condition still holds, or what needs a person since', async () => {
    await using kit = await testControl();
    const both = await kit.approved({
      conditions: [notFrozen({ returns: 'automatically' }), { ...second, returns: 'automatically' }],
    });
    const needsPerson = await kit.approved({ conditions: [notFrozen({ returns: 'automatically' }), second] });
    await say(kit, 'frozen');
    kit.clock.now += 10;
    const other = async (value: string) =>
      got(await kit.control.report({ subject: 'other', value, source: 's', sequence: undefined }, { by: person }));
    await other('frozen');
    await say(kit, 'open');
    expect([both, needsPerson].map((id) => stateOf(kit, id))).toEqual(['suspended', 'suspended']);
    await other('open');
    expect([both, needsPerson].map((id) => stateOf(kit, id))).toEqual(['active', 'suspended']);
  });

  it('is ordered by its source’s own count; an old one changes nothing, also when resent', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen()] });
    await say(kit, 'open', 7);
    await say(kit, 'frozen', 7);
    await say(kit, 'frozen', 6);
    expect(stateOf(kit, m0)).toBe('active');
    await say(kit, 'frozen', 1, 'another source');
    expect(stateOf(kit, m0)).toBe('suspended');
    expect((await kit.types()).filter((type) => type.startsWith('signal.'))).toEqual([
      'signal.reported',
      'signal.ignored',
      'signal.ignored',
      'signal.reported',
    ]);
  });

  it('a value that cannot be compared holds nothing and permits nothing', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen({ test: 'less_than', value: 70 })] });
    await say(kit, 'high');
    expect(stateOf(kit, m0)).toBe('active');
    expect(got(await kit.control.check(kit.push(m0), person)).verdict.reason.code).toBe('condition_unknown');
    expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { by: await kit.actorOf(m0), key: 'k' }))).toBe(
      'condition_unknown',
    );
  });

  it('that races an approval leaves no mandate active against it', async () => {
    await using kit = await testControl();
    for (let round = 0; round < 10; round++) {
      const id = await kit.proposed({ conditions: [notFrozen()] });
      const { mandate, revision } = kit.control.answering(id)!;
      const { shown } = await import('../mandate/shown.ts');
      const approve = kit.control.govern(
        id,
        { type: 'approve', revision, textDigest: shown(kit.control.answering(id)!).digest, how: 'owner_token' },
        { by: person },
      );
      const [approved] = await Promise.all([approve, say(kit, 'frozen')]);
      expect(approved.ok ? stateOf(kit, mandate.id) : 'refused').not.toBe('active');
      await say(kit, 'open');
    }
  });
});

describe('the hold against flapping', () => {
  const held = notFrozen({ returns: 'automatically', holdMs: 1_000 });
  const pass = async (kit: TestControl, ms: number) => {
    kit.clock.now += ms;
    await kit.control.tick();
  };

  it('lets a mandate return only after it has held without a break, and takes a failing at once', async () => {
    await using kit = await testControl();
    const idle = await kit.approved({ conditions: [held] });
    const running = await kit.approved({ conditions: [held] });
    await kit.begun(running);
    const states = () => [idle, running].map((id) => stateOf(kit, id));
    await say(kit, 'frozen');
    await say(kit, 'open');
    await pass(kit, 600);
    expect(states()).toEqual(['suspended', 'suspended']);
    await say(kit, 'frozen');
    await say(kit, 'open');
    await pass(kit, 999);
    await say(kit, 'still open');
    expect(states()).toEqual(['suspended', 'suspended']);
    await pass(kit, 1);
    expect(states()).toEqual(['active', 'active']);
    expect((await kit.types()).slice(-2)).toEqual(['signal.held', 'mandate.reinstated']);
    await say(kit, 'frozen');
    expect(states()).toEqual(['suspended', 'suspended']);
    await say(kit, 'open');
    await kit.restart();
    await pass(kit, 1_000);
    expect(states()).toEqual(['active', 'active']);
  });

  it('does not count a time of which nobody knows', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [{ ...held, maxAgeMs: 600 }] });
    await say(kit, 'frozen');
    await say(kit, 'open');
    await pass(kit, 1_000);
    expect(stateOf(kit, m0)).toBe('suspended');
    await say(kit, 'open');
    await pass(kit, 500);
    await say(kit, 'open');
    await pass(kit, 499);
    expect(stateOf(kit, m0)).toBe('suspended');
    await pass(kit, 1);
    expect(stateOf(kit, m0)).toBe('active');
  });
});

describe('who may report', () => {
  const add = async (kit: TestControl, id: string, kind: 'api' | 'cli' | 'github', subjects: readonly string[]) => {
    const settings = kind === 'github' ? ({ kind, names: {} } as const) : { kind };
    return got(await kit.control.addSource({ id, subjects, settings }, { by: person }));
  };
  const asSource = (kit: TestControl, token: string | null) => {
    const by = kit.control.authenticate(token ?? '');
    if (by === undefined) throw new Error('the token is nobody’s');
    return (subject: string, sequence?: number) =>
      kit.control.report({ subject, value: 'frozen', source: undefined, sequence }, { by });
  };

  it('a source reports on what it speaks for and on nothing else, until it is removed', async () => {
    await using kit = await testControl();
    const { credential } = await add(kit, 'ci', 'api', ['ci:acme/app', 'vendor:']);
    const report = asSource(kit, credential);
    expect(got(await report('ci:acme/app/main')).reading).toMatchObject({ source: 'ci', sequence: 0 });
    expect(got(await report('ci:acme/app/main')).reading).toMatchObject({ sequence: 1 });
    expect(got(await report('vendor:x')).isApplied).toBe(true);
    for (const subject of ['ci:acme/app-evil/main', 'ci:acme', 'branch:p/x', 'Vendor:x'])
      expect(codeOf(await report(subject))).toBe('out_of_bounds');
    const other = { subject: 'vendor:x', value: 'ok', source: 'ci', sequence: 9 };
    expect(codeOf(await kit.control.report(other, { by: person }))).toBe('out_of_bounds');
    got(await kit.control.removeSource('ci', { by: person }));
    expect(kit.control.authenticate(credential ?? '')).toBeUndefined();
    await kit.restart();
    expect(kit.control.authenticate(credential ?? '')).toBeUndefined();
    expect(codeOf(await report('vendor:x'))).toBe('not_yours');
  });

  it('a subject with a star at its end is refused, as it covers no other name, with the one that does', async () => {
    await using kit = await testControl();
    const settings = { kind: 'api' } as const;
    const starred = await kit.control.addSource({ id: 'ci', subjects: ['ci:', 'risk:*'], settings }, { by: person });
    expect(starred).toMatchObject({ refusal: { sentence: expect.stringContaining('such as `risk:`') } });
    expect([...kit.control.state.sources.keys()]).toEqual([]);
  });

  it('people report where nobody was registered, or through a source for people, and are told so', async () => {
    await using kit = await testControl();
    const by = { by: person };
    const report = (source?: string) =>
      kit.control.report({ subject: 'branch:p/x', value: 'open', source, sequence: undefined }, by);
    expect(got(await report()).reading.source).toBe('person:owner');
    await add(kit, 'gh', 'github', ['branch:']);
    for (const source of [undefined, 'gh', 'another word']) expect(codeOf(await report(source))).toBe('out_of_bounds');
    await add(kit, 'desk', 'cli', ['branch:p/']);
    expect(got(await report()).reading.source).toBe('desk');
    expect(got(await report('desk')).reading.source).toBe('desk');
  });

  it('no agent reports or administers sources, and no source does anything else', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen()] });
    const agent = await kit.actorOf(m0);
    const settings = { kind: 'api' } as const;
    expect(codeOf(await kit.control.addSource({ id: 'x', subjects: ['a'], settings }, { by: agent }))).toBe(
      'not_an_approver',
    );
    expect(codeOf(await kit.control.removeSource('x', { by: agent }))).toBe('not_an_approver');
    const frozen = { subject: 'branch:p/x', value: 'frozen', source: undefined, sequence: undefined };
    expect(codeOf(await kit.control.report(frozen, { by: agent }))).toBe('not_yours');
    const { credential } = await add(kit, 'ci', 'api', ['branch:']);
    const source = kit.control.authenticate(credential ?? '')!;
    expect(codeOf(await kit.control.govern(m0, { type: 'reinstate', reason: '' }, { by: source }))).toBe('not_found');
    expect(codeOf(await kit.control.addSource({ id: 'x', subjects: ['a'], settings }, { by: source }))).toBe(
      'not_an_approver',
    );
    expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { by: source, key: 'k' }))).toBe('not_yours');
  });

  it.each(['', 'branch:p/x ', 'branch:p/\u200bx', 'branch:p/e\u0301', 'time', 'a'.repeat(513), 'x\ud800'])(
    'nobody reports on %j, which is no subject a person could read',
    async (subject) => {
      await using kit = await testControl();
      const report = { subject, value: 'frozen', source: undefined, sequence: undefined };
      expect(codeOf(await kit.control.report(report, { by: person }))).toBe('malformed_request');
      expect((await kit.types()).filter((type) => type.startsWith('signal.'))).toEqual([]);
    },
  );

  it('a reading is as old as its source saw it, and never from a time to come', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen({ maxAgeMs: 1_000, whenUnreported: 'unknown' })] });
    const at = async (observedAt: number) => {
      const report = { subject: 'branch:p/x', value: 'open', source: undefined, sequence: undefined, observedAt };
      return got(await kit.control.report(report, { by: person })).reading.at - kit.clock.now;
    };
    const code = async () => got(await kit.control.check(kit.push(m0), person)).verdict.reason.code;
    expect(await at(kit.clock.now - 1_001)).toBe(-1_001);
    expect(await code()).toBe('condition_unknown');
    expect(await at(kit.clock.now + 5_000)).toBe(0);
    expect(await code()).toBe('permitted');
  });
});
