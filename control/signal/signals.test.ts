import { describe, expect, it } from 'vitest';
import { notFrozen } from '../testing/scenario.ts';
import { codeOf, got, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';

const say = async (kit: TestControl, value: string | number, sequence?: number, source = 'github') =>
  got(await kit.control.report({ subject: 'branch:p/x', value, source, sequence }, { by: person }));
const stateOf = (kit: TestControl, id: string) => kit.control.answering(id)?.mandate.state.name;
const second = notFrozen({ id: 'second', subject: 'other' });

describe('a signal', () => {
  it('suspends every mandate that depends on it in the same append, each with a receipt', async () => {
    await using kit = await testControl();
    const ids = [await kit.approved({ conditions: [notFrozen()] }), await kit.approved({ conditions: [notFrozen()] })];
    const untouched = await kit.approved();
    const appends: string[][] = [];
    using _ = kit.journal.project((events) => appends.push(events.map(({ type }) => type)));
    const { receipts } = await say(kit, 'frozen');
    expect(appends).toHaveLength(1);
    expect(appends[0]?.slice(0, 3)).toEqual(['signal.reported', 'mandate.suspended', 'receipt.opened']);
    expect(receipts).toHaveLength(2);
    expect(ids.map((id) => stateOf(kit, id))).toEqual(['suspended', 'suspended']);
    expect(stateOf(kit, untouched)).toBe('active');
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
    expect((await kit.types()).filter((type) => type === 'signal.reported')).toHaveLength(2);
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
