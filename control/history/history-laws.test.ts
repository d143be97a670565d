/** The laws of history rules, over random interleavings on a real journal, beside a reckoning that reads nothing but the operations in the log. */

import fc from 'fast-check';
import type { Envelope } from '@writ/journal';
import { expect, it } from 'vitest';
import { eventIn } from '../event.ts';
import { emptyProjection, fold } from '../projection.ts';
import { pushTo } from '../testing/scenario.ts';
import { got, hour, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';

const actions = ['git.push', 'git.tag', 'test.run', 'file.write'] as const;
const authority = pushTo('writ', actions);
const history = [
  { id: 'new', kind: 'first_use', actions: ['git.tag'], target: 'resource' },
  {
    id: 'tested',
    kind: 'before',
    first: ['test.run'],
    then: ['git.push'],
    staleAfter: ['file.write'],
    sameTarget: true,
    sameParameter: null,
    maxAgeMs: null,
  },
] as const;

type Act =
  /** `did`: and ended as done before the next act of its batch. */
  | {
      readonly what: 'begin' | 'did';
      readonly action: (typeof actions)[number];
      readonly name: 'x' | 'y';
      readonly on: number;
    }
  | { readonly what: 'end'; readonly which: number; readonly as: 'done' | 'failed' | 'interrupted' | 'unknown' }
  | { readonly what: 'extend' };

const name = fc.constantFrom('x' as const, 'y' as const);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constantFrom('begin' as const, 'did' as const),
      action: fc.constantFrom(...actions, 'git.push' as const, 'test.run' as const),
      name,
      on: fc.nat(1),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('end' as const),
      which: fc.nat(4),
      as: fc.oneof(
        { weight: 5, arbitrary: fc.constant('done' as const) },
        fc.constantFrom('failed', 'interrupted', 'unknown'),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'extend' as const }) },
);
/** The acts of one batch are under way at once. */
const batches = fc.array(fc.array(act, { minLength: 1, maxLength: 4 }), { minLength: 3, maxLength: 9 });

const resourceOf = (of: 'x' | 'y'): string => `git://p/refs/heads/writ/${of}`;

async function perform(kit: TestControl, mandates: readonly string[], one: Act, key: string): Promise<void> {
  const { control } = kit;
  if (one.what === 'extend') {
    const longer = { expiresAt: kit.clock.now + 2 * hour, authority: undefined, budgets: undefined, reason: '' };
    await control.extend(control.answering(mandates[0]!)!.mandate.id, longer, { by: person });
  } else if (one.what !== 'end') {
    const mandate = mandates[one.on]!;
    const ask = kit.push(mandate, { action: one.action, resource: resourceOf(one.name), vouchedBy: 'enforcer' });
    const by = await kit.actorOf(mandate);
    const begun = await control.begin(ask, 30_000, { by, key, body: key });
    if (begun.ok && one.what === 'did')
      await control.settle(begun.value.operation.begun.id, 'done', '', by, 'enforcer');
  } else {
    const open = [...control.state.operations.values()].filter(
      ({ state }) => state.name === 'open' || state.outcome === 'unknown',
    );
    const operation = open[one.which];
    if (operation === undefined) return;
    const by = await kit.actorOf(operation.begun.mandate);
    await control.settle(operation.begun.id, one.as, `seen by ${key}`, by, 'enforcer');
  }
}

type Seen = {
  readonly action: string;
  readonly resource: string;
  readonly approval: boolean;
  readonly begun: number;
  /** The position from which it is known to be over, and whether it was done then. */
  over: number;
  done: boolean;
};

/** The operations, and whether each that began was allowed to by all that came before it. */
function reckon(log: readonly Envelope[]): { readonly seen: readonly Seen[]; readonly wrong: readonly Seen[] } {
  const seen = new Map<string, Seen>();
  const wrong: Seen[] = [];
  for (const envelope of log) {
    const { type, data } = eventIn(envelope);
    const { position } = envelope;
    if (type === 'operation.begun') {
      const { action, resource, approval } = data;
      const one: Seen = {
        action,
        resource,
        approval: approval !== undefined,
        begun: position,
        over: Infinity,
        done: false,
      };
      if (!one.approval && !mayBegin([...seen.values()], action, resource)) wrong.push(one);
      seen.set(data.id, one);
    } else if (type === 'operation.settled' || type === 'operation.reconciled') {
      const one = seen.get(envelope.stream.slice('operation-'.length))!;
      if (data.outcome !== 'unknown') Object.assign(one, { over: position, done: data.outcome === 'done' });
    }
  }
  return { seen: [...seen.values()], wrong };
}

function mayBegin(before: readonly Seen[], action: string, resource: string): boolean {
  const done = before.filter((one) => one.done && one.resource === resource);
  if (action === 'git.tag') return done.some((one) => one.action === 'git.tag');
  if (action !== 'git.push') return true;
  const changes = before.filter((one) => one.action === 'file.write');
  return done.some((one) => one.action === 'test.run' && changes.every(({ over }) => over < one.begun));
}

it('nothing begins that history is against, whatever is under way beside it; what it is for is permitted; replay remembers the same', async () => {
  let pushed = 0;
  await fc.assert(
    fc.asyncProperty(batches, async (acts) => {
      await using kit = await testControl();
      const m0 = await kit.approved({ authority, history });
      const mandates = [m0, await kit.child(m0, { authority })];
      // What came first on each name was approved, so that some are covered.
      for (const [index, batch] of acts.entries()) {
        const { action, facts, parameters } = kit.push(m0, { action: 'git.tag' });
        const asked = { mandate: m0, action, resource: resourceOf('x'), facts, parameters };
        if (index === 1)
          await kit.control.approveAction({ ...asked, expiresAt: kit.clock.now + hour }, { by: person, key: 'yes' });
        await Promise.all(batch.map((one, at) => perform(kit, mandates, one, `${String(index)}.${String(at)}`)));
        const { seen, wrong } = reckon(await kit.journal.readAll());
        expect(wrong).toEqual([]);
        pushed += seen.filter((one) => one.action === 'git.push').length;
        for (const of of ['x', 'y'] as const) {
          const { verdict } = got(
            await kit.control.check(kit.push(m0, { action: 'git.push', resource: resourceOf(of) }), person),
          );
          expect(verdict.decision === 'permit').toBe(mayBegin(seen, 'git.push', resourceOf(of)));
        }
      }
      const replayed = emptyProjection();
      for (const envelope of await kit.journal.readAll()) fold(replayed, envelope);
      expect(replayed.memories).toEqual(kit.control.state.memories);
    }),
    { numRuns: 25 },
  );
  // The law is of something.
  expect(pushed).toBeGreaterThan(0);
}, 60_000);
