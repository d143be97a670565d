import { expect, it } from 'vitest';
import { codeOf, got, person, testControl } from '../testing/test-control.ts';

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
