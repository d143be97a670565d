/** What control keeps in memory, for how long, and that forgetting repeats nothing. */

import { expect, it } from 'vitest';
import { emptyProjection, fold } from './projection.ts';
import { keptMs } from './forget.ts';
import { terms } from './testing/scenario.ts';
import { codeOf, got, hour, person, testControl } from './testing/test-control.ts';

const day = 24 * hour;

it('settled operations are forgotten a day after they ended; open and unknown ones are not', async () => {
  await using kit = await testControl();
  const m0 = await kit.approved({ expiresAt: kit.clock.now + 30 * day, budgets: [{ kind: 'calls', limit: 100 }] });
  const by = await kit.actorOf(m0);
  const begun = async (key: string) => (await kit.begun(m0, key)).operation.begun.id;
  const settle = async (id: string, as: 'done' | 'unknown') => got(await kit.control.settle(id, as, '', by));
  const [first, second, lost] = [await begun('a'), await begun('b'), await begun('c')];
  await settle(second, 'done');
  await settle(lost, 'unknown');
  kit.clock.now += hour;
  await settle(first, 'done');
  const { state } = kit.control;
  const kept = () => [first, second, lost].map((id) => state.operations.has(id));
  kit.clock.now += keptMs - hour - 1;
  const open = await begun('d');
  expect(kept()).toEqual([true, true, true]);
  kit.clock.now += 1;
  await settle(await begun('e'), 'done');
  expect(kept()).toEqual([true, false, true]);
  kit.clock.now += hour;
  const last = await begun('f');
  expect(kept()).toEqual([false, false, true]);
  // Nothing of it is left but the place where it began.
  const leftovers = [state.draws, state.begunAt, state.settled, state.receiptsOfOperation] as const;
  for (const map of leftovers) expect([first, second].some((id) => map.has(id))).toBe(false);
  expect([first, second].some((id) => state.versions.has(`operation-${id}`))).toBe(false);
  expect(state.forgotten).toHaveLength(2);
  // What it drew is not forgotten.
  expect(kit.control.statements(m0)[0]?.lines[0]).toMatchObject({ kind: 'calls', spent: 6 });
  // And it can be read, as it was.
  expect(await kit.control.operation(second)).toMatchObject({ begun: { id: second }, state: { outcome: 'done' } });
  expect(await kit.control.operation('op-none')).toBeUndefined();
  const page = async (before: number) => {
    const { items, next } = await kit.control.forgottenOperations(before, { limit: 1, keep: () => true });
    return { ids: items.map(({ begun: { id } }) => id), next };
  };
  const newest = await page(state.position + 1);
  expect(newest.ids).toEqual([second]);
  expect(await page(newest.next ?? 0)).toEqual({ ids: [first], next: null });
  const none = await kit.control.forgottenOperations(state.position + 1, { limit: 9, keep: () => false });
  expect(none).toEqual({ items: [], next: null });
  // A replay forgets the same.
  const replayed = emptyProjection();
  for (const envelope of await kit.journal.readAll()) fold(replayed, envelope);
  for (const name of ['operations', 'settled', 'begunAt', 'forgotten', 'versions', 'draws'] as const)
    expect(replayed[name]).toEqual(state[name]);
  await kit.restart();
  expect([...kit.control.state.operations.keys()].toSorted()).toEqual(
    [lost, open, last, ...[...state.operations.keys()].filter((id) => ![lost, open, last].includes(id))].toSorted(),
  );
});

it('a resent key is answered the same for a day, and after it refused, never done again', async () => {
  await using kit = await testControl();
  const m0 = await kit.approved({ expiresAt: kit.clock.now + 30 * day });
  const by = await kit.actorOf(m0);
  const begin = () => kit.control.begin(kit.push(m0), 5_000, { by, key: 'k', body: 1 });
  const propose = () =>
    kit.control.propose(terms({ expiresAt: kit.clock.now + hour }), { by: person, key: 'p', body: 1 });
  const first = got(await begin());
  const { mandate } = got(await propose());
  got(await kit.control.settle(first.operation.begun.id, 'done', '', by));
  kit.clock.now += keptMs - 1;
  // Something else happens: it is by what happens that time passes.
  await kit.proposed();
  expect(got(await begin()).operation.begun.id).toBe(first.operation.begun.id);
  expect(got(await propose()).mandate.id).toBe(mandate.id);
  kit.clock.now += 1;
  await kit.proposed();
  for (const restarted of [false, true]) {
    if (restarted) await kit.restart();
    expect(codeOf(await begin())).toBe('idempotency_expired');
    expect(codeOf(await propose())).toBe('idempotency_expired');
  }
  const types = await kit.types();
  expect(types.filter((type) => type === 'operation.begun')).toHaveLength(1);
  expect(kit.control.state.requests.size).toBe(0);
  got(await kit.control.begin(kit.push(m0), 5_000, { by, key: 'new', body: 1 }));
});

it('a key that is too old refuses its own begin, and none beside it on the same account', async () => {
  await using kit = await testControl();
  const m0 = await kit.approved({ expiresAt: kit.clock.now + 30 * day, budgets: [{ kind: 'calls', limit: 100 }] });
  const by = await kit.actorOf(m0);
  const begin = (key: string) => kit.control.begin(kit.push(m0), 5_000, { by, key, body: 1 });
  got(await kit.control.settle(got(await begin('old')).operation.begun.id, 'done', '', by));
  kit.clock.now += keptMs + 1;
  await kit.proposed();
  const outcomes = await Promise.all(['a', 'old', 'b', 'c'].map(begin));
  expect(outcomes.map(codeOf)).toEqual(['not refused', 'idempotency_expired', 'not refused', 'not refused']);
});
