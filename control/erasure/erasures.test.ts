import { describe, expect, it } from 'vitest';
import { codeOf, got, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';

it('erases what was said of attempts, for good, and control is the same without it', async () => {
  await using kit = await testControl();
  const m0 = await kit.approved();
  const by = await kit.actorOf(m0);
  await kit.control.begin(kit.push(m0, { action: 'git.delete', resource: 'git://p/refs/heads/main' }), 5_000, {
    by,
    key: 'k',
  });
  await kit.control.recordAttempt({ attempted: 'approve', target: 'm-secret-name', code: 'not_an_approver' }, by);
  const of = async (type: string): Promise<number> =>
    (await kit.journal.readAll()).find((event) => event.type === type)?.position ?? 0;
  const positions = [await of('verdict.refused'), await of('attempt.refused')];
  expect(positions).not.toContain(0);
  const { erased } = got(await kit.control.erase({ positions, reason: 'a customer asked' }, person));
  expect(erased).toBe(2);
  expect(await kit.journal.verify()).toMatchObject({
    ok: true,
    erased: positions.map((position) => ({ position, by: 'owner', reason: 'a customer asked' })),
  });
  await kit.restart();
  expect(kit.control.state.mandates.get(m0)?.mandate.state.name).toBe('active');
  expect(got(await kit.control.suggestions({ mandate: m0 }, person)).mandate).toBe(m0);
});

it('never erases what authority rests on, says which and why, and erases none of the others either', async () => {
  await using kit = await testControl();
  const m0 = await kit.approved();
  await kit.begun(m0);
  await kit.control.recordAttempt({ attempted: 'approve', target: null, code: 'not_an_approver' }, person);
  const attempt = (await kit.journal.readAll()).find(({ type }) => type === 'attempt.refused')?.position ?? 0;
  for (const { position, type } of await kit.journal.readAll()) {
    if (position === attempt) continue;
    const refused = await kit.control.erase({ positions: [attempt, position], reason: 'to hide it' }, person);
    expect(refused).toMatchObject({
      ok: false,
      refusal: { sentence: expect.stringContaining(`\`${String(position)}\` is \`${type}\``) as string },
    });
  }
  const after = await kit.journal.verify();
  expect([after.ok, after.erased]).toEqual([true, []]);
});

it('takes the role of an admin everywhere, and no agent has it', async () => {
  await using kit = await testControl();
  const m0 = await kit.approved();
  const ask = { positions: [1], reason: 'to hide it' };
  const people = [await kit.person('ann', { '*': 'approver' }), await kit.person('ben', { p: 'admin' })];
  for (const somebody of people) expect(codeOf(await kit.control.erase(ask, somebody))).toBe('not_allowed');
  expect(codeOf(await kit.control.erase(ask, await kit.actorOf(m0)))).toBe('not_an_approver');
});

const day = 24 * 3_600_000;

describe('retention', () => {
  const attempts = async (kit: TestControl): Promise<readonly unknown[]> =>
    (await kit.journal.readAll()).filter(({ type }) => type === 'attempt.refused').map(({ data }) => data !== null);
  const attempt = (kit: TestControl, target: string) =>
    kit.control.recordAttempt({ attempted: 'approve', target, code: 'not_an_approver' }, person);

  it('keeps everything unless somebody says otherwise; then what is older goes, and it is told by which rule', async () => {
    await using kit = await testControl();
    await attempt(kit, 'old');
    kit.clock.now += 20 * day;
    await attempt(kit, 'young');
    await kit.control.tick();
    await kit.restart();
    expect(await attempts(kit)).toEqual([true, true]);
    got(await kit.control.setRetention({ project: null, type: 'attempt.refused', days: 10 }, person));
    await kit.control.tick();
    await kit.restart(); // which waits for the sweep
    expect(await attempts(kit)).toEqual([false, true]);
    const report = await kit.journal.verify();
    expect(report).toMatchObject({
      ok: true,
      erased: [
        {
          by: 'control',
          reason: expect.stringMatching(
            /^retention: `attempt.refused` of every project is kept 10 days, as owner said at 2030/,
          ) as string,
        },
      ],
    });
    expect(got(await kit.control.retention(person)).rules).toMatchObject([
      { project: null, type: 'attempt.refused', days: 10, setBy: 'owner' },
    ]);
    // What was too young then goes when its time has come, and nothing else with it.
    kit.clock.now += 10 * day + 1;
    await kit.control.tick();
    await kit.restart();
    expect(await attempts(kit)).toEqual([false, false]);
    expect((await kit.journal.verify()).erased).toHaveLength(2);
  });

  it('never takes what authority rests on, and no word of a person makes it', async () => {
    await using kit = await testControl();
    await kit.begun(await kit.approved());
    const types = new Set(await kit.types());
    for (const type of [...types, 'operation.*', '*']) {
      const said = await kit.control.setRetention({ project: null, type, days: 0 }, person);
      expect(said).toMatchObject({
        ok: false,
        refusal: { sentence: expect.stringContaining('kept for ever') as string },
      });
    }
    // Not even one that is in the journal, however it came there.
    for (const type of types)
      await kit.journal.append(
        [
          {
            stream: 'journal/retention',
            events: [
              { type: 'journal.retention_set', data: { project: null, type, days: 0 }, project: '_', actor: 'eve' },
            ],
          },
        ],
        [],
      );
    kit.clock.now += day;
    await kit.control.tick();
    await kit.restart();
    expect(await kit.journal.verify()).toMatchObject({ ok: true, erased: [] });
  });

  it('takes the role of an admin everywhere, and no agent has it', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const change = { project: null, type: 'attempt.refused', days: 0 };
    const people = [await kit.person('ann', { '*': 'approver' }), await kit.person('ben', { p: 'admin' })];
    for (const somebody of people) expect(codeOf(await kit.control.setRetention(change, somebody))).toBe('not_allowed');
    expect(codeOf(await kit.control.setRetention(change, await kit.actorOf(m0)))).toBe('not_an_approver');
  });
});
