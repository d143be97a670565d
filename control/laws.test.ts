/** The laws of authority, over random histories on a real journal. */

import fc from 'fast-check';
import { effectiveState, ownState } from '@writ/authority';
import { describe, expect, it } from 'vitest';
import { emptyProjection, fold } from './projection.ts';
import type { Projection } from './projection.ts';
import { notFrozen, pushTo } from './testing/scenario.ts';
import { got, hour, person, testControl } from './testing/test-control.ts';
import type { TestControl } from './testing/test-control.ts';

/** One act on the mandate with this index, taken modulo how many there are. */
type Act = {
  readonly on: number;
  readonly what:
    | 'delegate'
    | 'suspend'
    | 'reinstate'
    | 'revoke'
    | 'complete'
    | 'narrow'
    | 'extend'
    | 'freeze'
    | 'thaw'
    | 'wait'
    | 'begin'
    | 'settle';
};

const kinds = [
  'delegate',
  'suspend',
  'reinstate',
  'revoke',
  'complete',
  'narrow',
  'extend',
  'freeze',
  'thaw',
  'wait',
  'begin',
  'settle',
] as const;
const act: fc.Arbitrary<Act> = fc.record({
  on: fc.nat(50),
  what: fc.oneof(
    { weight: 12, arbitrary: fc.constant('delegate' as const) },
    { weight: 12, arbitrary: fc.constantFrom(...kinds) },
  ),
});
const history = fc.array(act, { minLength: 4, maxLength: 20 });

const ids = (kit: TestControl): readonly string[] => [...kit.control.state.mandates.keys()];

/** Does one act; what is refused is refused. */
async function perform(kit: TestControl, { on, what }: Act): Promise<void> {
  const { control } = kit;
  const id = ids(kit)[on % ids(kit).length]!;
  const by = await kit.actorOf(id);
  const delegation = { maxDepth: 4 - control.mandateChain(id).length, maxChildren: 9, actors: 'any' } as const;
  const bySignal = (value: string) =>
    control.report({ subject: 'branch:p/x', value, source: 's', sequence: undefined }, { by: person });
  switch (what) {
    case 'delegate':
      if (delegation.maxDepth >= 0)
        await control.delegate(
          id,
          { purpose: 'part', actor: 'builder', authority: pushTo('writ'), expiresAt: undefined, delegation },
          { by },
        );
      return;
    case 'suspend':
      await control.stop(id, { type: 'suspend', reason: '' }, { by: person });
      return;
    case 'reinstate':
      await control.govern(id, { type: 'reinstate', reason: '' }, { by: person });
      return;
    case 'revoke':
    case 'complete':
      await control.stop(id, { type: what, reason: '' }, { by: person });
      return;
    case 'narrow':
      await control.stop(
        id,
        { type: 'narrow', authority: pushTo(on % 2 === 0 ? 'writ/x' : 'writ/y'), reason: '' },
        { by: person },
      );
      return;
    case 'extend':
      await control.extend(
        id,
        { expiresAt: kit.clock.now + 2 * hour, authority: undefined, budgets: undefined, reason: '' },
        { by: person },
      );
      return;
    case 'freeze':
    case 'thaw':
      await bySignal(what === 'freeze' ? 'frozen' : 'open');
      return;
    case 'wait':
      kit.clock.now += hour / 3;
      await control.tick();
      return;
    case 'begin':
      await control.begin(kit.push(id), 5_000, { by, key: `k${String(on)}` });
      return;
    case 'settle':
      for (const operation of control.state.openOperations) await control.settle(operation, 'done', '', by);
  }
}

async function tree(): Promise<TestControl> {
  const kit = await testControl();
  await kit.approved({
    conditions: [notFrozen({ returns: 'automatically' })],
    delegation: { maxDepth: 4, maxChildren: 9, actors: 'any' },
  });
  return kit;
}

/** Everything a fold holds, as plain data. */
const plain = (value: unknown): unknown =>
  value instanceof Map
    ? [...value].map(([key, member]) => [key, plain(member)])
    : value instanceof Set
      ? [...value]
      : Array.isArray(value)
        ? value.map(plain)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
          : value;
const comparable = ({ expiries: _, returns: __, mandates, ...projection }: Projection) =>
  plain({ ...projection, mandates: [...mandates.values()] });

describe('laws', () => {
  it('no permit under an ancestor that is not active, at any depth; and the state is the replay of the log', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (acts) => {
        await using kit = await tree();
        for (const one of acts) {
          await perform(kit, one);
          for (const id of ids(kit)) {
            const { verdict } = got(await kit.control.check(kit.push(id), person));
            const answering = kit.control.answering(id)!.mandate.id;
            const chain = kit.control.mandateChain(answering);
            const isOpen = chain.every((mandate) => ownState(mandate, kit.clock.now).name === 'active');
            const isFrozen = kit.control.state.subjects.get('branch:p/x')?.reading.value === 'frozen';
            const isInside = chain.every(({ overlays }) =>
              overlays.every(({ authority }) => authority[0]?.resource.endsWith('/x') === true),
            );
            expect({ id, permit: verdict.decision === 'permit' }).toEqual({
              id,
              permit: isOpen && !isFrozen && isInside,
            });
          }
        }
        const replayed = emptyProjection();
        for (const envelope of await kit.journal.readAll()) fold(replayed, envelope);
        expect(comparable(replayed)).toEqual(comparable(kit.control.state as Projection));
        expect(await kit.journal.verify()).toMatchObject({ ok: true });
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  it('after any history, whatever is in flight under a mandate that is not in force was told to stop', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (acts) => {
        await using kit = await tree();
        for (const one of acts) await perform(kit, one);
        for (const id of kit.control.state.openOperations) {
          const { begun, state } = kit.control.state.operations.get(id)!;
          const chain = kit.control.mandateChain(kit.control.answering(begun.mandate)!.mandate.id);
          const effective = effectiveState(chain, kit.clock.now)?.name;
          const isDraining = chain.some(({ state: own }) => own.name === 'completed');
          if (effective !== 'active' && !isDraining)
            expect(state).toMatchObject({ name: 'open', interrupt: { how: 'interrupt' } });
        }
      }),
      { numRuns: 12 },
    );
  }, 60_000);

  it('revoking is idempotent and does not depend on the order', async () => {
    const chosen = fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(9), { minLength: 6, maxLength: 6 }), chosen, async (parents, revoked) => {
        const outcome = async (order: readonly number[]): Promise<unknown> => {
          await using kit = await tree();
          for (const on of parents) await perform(kit, { on, what: 'delegate' });
          const all = ids(kit);
          for (const index of order) await kit.stop(all[index % all.length]!);
          return all.map((id) => effectiveState(kit.control.mandateChain(id), kit.clock.now)?.name);
        };
        const once = await outcome(revoked);
        expect(await outcome([...revoked].reverse())).toEqual(once);
        expect(await outcome([...revoked, ...revoked])).toEqual(once);
      }),
      { numRuns: 8 },
    );
  }, 60_000);

  it('narrowing never widens', async () => {
    const prefixes = ['writ', 'writ/x', 'writ/x/deep', 'writ/y', 'main', ''];
    const requests = prefixes.flatMap((prefix) =>
      ['git.push', 'git.merge'].map((action) => ({ action, resource: `git://p/refs/heads/${prefix}` })),
    );
    const set = fc
      .record({
        prefix: fc.constantFrom(...prefixes),
        actions: fc.constantFrom(['git.push'], ['git.*'], ['git.push', 'git.merge']),
      })
      .map(({ prefix, actions }) => pushTo(prefix, actions));
    await fc.assert(
      fc.asyncProperty(set, fc.array(set, { minLength: 1, maxLength: 4 }), async (first, overlays) => {
        await using kit = await testControl();
        const m0 = await kit.approved({ authority: first });
        const permitted = async () => {
          const asked = await Promise.all(
            requests.map(
              async (request) =>
                got(await kit.control.check(kit.push(m0, request), person)).verdict.decision === 'permit',
            ),
          );
          return new Set(
            requests.filter((_, index) => asked[index]).map(({ action, resource }) => `${action} ${resource}`),
          );
        };
        let before = await permitted();
        for (const authority of overlays) {
          got(await kit.control.stop(m0, { type: 'narrow', authority, reason: '' }, { by: person }));
          const after = await permitted();
          expect([...after].filter((one) => !before.has(one))).toEqual([]);
          before = after;
        }
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  it('begin racing a stop above it: either begin is refused, or the operation is told to stop', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.nat(2),
        fc.constantFrom('revoke' as const, 'suspend' as const, 'signal' as const),
        async (scheduler, depth, how) => {
          await using kit = await tree();
          const chain = [ids(kit)[0]!];
          for (let level = 0; level < 2; level++) chain.push(await kit.child(chain.at(-1)!, { deeper: 1 - level }));
          const leaf = chain[2]!;
          const by = await kit.actorOf(leaf);
          const begins = Array.from({ length: 6 }, (_, index) =>
            scheduler
              .schedule(Promise.resolve(), `begin ${String(index)}`)
              .then(() => kit.control.begin(kit.push(leaf), 5_000, { by, key: String(index) })),
          );
          const halt = async (): Promise<{ readonly ok: boolean }> => {
            if (how === 'signal')
              return kit.control.report(
                { subject: 'branch:p/x', value: 'frozen', source: 's', sequence: undefined },
                { by: person },
              );
            return kit.control.stop(chain[depth]!, { type: how, reason: '' }, { by: person });
          };
          const stop = scheduler.schedule(Promise.resolve(), how).then(halt);
          await scheduler.waitIdle();
          const outcomes = await Promise.all(begins);
          const stopped = await stop;
          expect(stopped.ok).toBe(true);
          for (const outcome of outcomes) {
            if (!outcome.ok) continue;
            const { begun } = outcome.value.operation;
            expect(kit.control.state.operations.get(begun.id)?.state).toMatchObject({
              name: 'open',
              interrupt: { how: 'interrupt' },
            });
            expect((await kit.redeem(outcome.value.permit)).current).toBe(false);
          }
          expect(kit.control.state.openOperations.size).toBe(outcomes.filter(({ ok }) => ok).length);
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
});
