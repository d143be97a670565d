import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agendaOf, due, moved } from './agenda.ts';
import type { ScheduledTask, TaskStanding } from './schedule.ts';
import { schedule } from './schedule.ts';
import { SharedList } from './shared-list.ts';

const standings: fc.Arbitrary<TaskStanding> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<TaskStanding>({ name: 'waiting' }) },
  { weight: 4, arbitrary: fc.constant<TaskStanding>({ name: 'done' }) },
  fc.constant<TaskStanding>({ name: 'claimed' }),
  fc.constant<TaskStanding>({ name: 'running' }),
  fc.constant<TaskStanding>({ name: 'asking', item: 'i' }),
  fc.constant<TaskStanding>({ name: 'failed', reason: 'it broke' }),
  fc.constant<TaskStanding>({ name: 'cancelled', reason: 'no more' }),
  fc.integer({ min: 0, max: 20 }).map((notBefore): TaskStanding => ({ name: 'retrying', notBefore })),
);

/** Any plan, over more than one word of ready tasks and one chunk of a list; also with circles, edges named twice and parents that are not there. */
const plans = fc
  .array(
    fc.record({
      standing: standings,
      after: fc.array(fc.nat(1_000), { maxLength: 2 }),
      folder: fc.nat(8),
      priority: fc.nat(2),
    }),
    { maxLength: 80 },
  )
  .map((rows) =>
    rows.map(({ standing, after, folder, priority }, index): ScheduledTask => ({
      id: `t${String(index)}`,
      after: after.map((n) => `t${String(n % (rows.length + 1))}`),
      touches: folder === 8 ? [] : [folder === 7 ? '**' : `f${String(folder)}/**`],
      priority,
      standing,
    })),
  );
const questions = fc.record({
  limit: fc.integer({ min: 1, max: 6 }),
  held: fc.constantFrom(null, null, null, 'paused'),
  now: fc.nat(20),
});

describe('an agenda', () => {
  it('after any changes is the one of the plan as it stands, and says what the scheduler says of the whole', () => {
    const changes = fc.array(fc.tuple(fc.nat(), standings, questions), { minLength: 10, maxLength: 40 });
    fc.assert(
      fc.property(plans, changes, (plan, steps) => {
        let tasks = plan;
        let agenda = agendaOf(tasks);
        for (const [any, to, question] of steps) {
          const nth = any % Math.max(1, plan.length);
          const before = tasks[nth];
          if (before !== undefined) {
            tasks = tasks.with(nth, { ...before, standing: to });
            const now = tasks;
            agenda = moved(agenda, nth, before.standing, to, (at) => now[at]?.standing);
          }
          const anew = agendaOf(tasks);
          const inOrder = (positions: readonly number[]) => positions.toSorted((a, b) => a - b);
          expect({ ...agenda, busy: inOrder(agenda.busy), retrying: inOrder(agenda.retrying) }).toEqual(anew);
          const { start, wakeAt } = schedule({ tasks, ...question });
          expect(due(agenda, (at) => tasks[at], question)).toEqual({ start, wakeAt });
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a shared list', () => {
  it('is what an array with the same changes is, and leaves the one before as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 200 }), fc.array(fc.tuple(fc.nat(), fc.nat())), (items, changes) => {
        let list = SharedList.from(items);
        let array: readonly number[] = items;
        for (const [where, item] of items.length === 0 ? [] : changes) {
          const before = { list, array };
          list = list.with(where % items.length, item);
          array = array.with(where % items.length, item);
          expect([...before.list]).toEqual(before.array);
        }
        expect(list.toArray()).toEqual(array);
        expect([list.length, list.at(list.length), list.at(-1)]).toEqual([array.length, undefined, undefined]);
      }),
    );
  });

  it('replaces nothing that is not in it', () => {
    expect(() => SharedList.from([1]).with(64, 2)).toThrow(RangeError);
  });
});
