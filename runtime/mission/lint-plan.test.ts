/** What is wrong with a plan, against the plainest account of it; and that a plan of twice the size is looked at twice as much. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lintPlan } from './lint-plan.ts';
import type { PlanTask } from './plan.ts';

const agent = { name: 'builder', driver: 'command', run: 'true', network: 'none' } as const;
const task = (id: string, after: readonly string[], line: number): PlanTask => ({
  ...({ id, title: 'a part', brief: '', kind: 'change', join: 'all', agent, run: null } as const),
  ...{ after, done: ['true'], touches: [`${id}/**`], priority: 0, line },
});

/** Whether there is a way from `id` back to itself: every way there is, followed. */
function isInCircle(id: string, parents: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const goes = (at: string): boolean =>
    (parents.get(at) ?? []).some((one) => one === id || (!seen.has(one) && (seen.add(one), goes(one))));
  return goes(id);
}

const names: readonly string[] = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
const plan = fc.uniqueArray(
  fc.record({ id: fc.constantFrom(...names), after: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 }) }),
  { selector: ({ id }) => id },
);

it('says each circle there is and no other, each task of one once', () => {
  fc.assert(
    fc.property(plan, (tasks) => {
      const parents = new Map(
        tasks.map(({ id, after }) => [id, after.filter((one) => tasks.some((other) => other.id === one))]),
      );
      const found = lintPlan(tasks.map(({ id, after }, at) => task(id, after, at)))
        .filter(({ message }) => message.includes('a circle'))
        .map(({ message }) => (/^`(.*)`: a circle/.exec(message)?.[1] ?? '').split('` waits for `'));
      for (const circle of found) {
        expect(circle.at(0)).toBe(circle.at(-1));
        // Each waits for the next.
        for (const [at, one] of circle.slice(1).entries()) expect(parents.get(circle[at] ?? '')).toContain(one);
      }
      const told = new Set(found.flat());
      for (const { id } of tasks) expect(told.has(id)).toBe(isInCircle(id, parents));
    }),
    { numRuns: 1_000 },
  );
});

it('looks at a plan of twice the size twice as much', () => {
  const looksAt = (size: number): number => {
    let looks = 0;
    const tasks = Array.from({ length: size }, (_, at) => {
      const after = at === 0 ? [] : [`T${String(at - 1)}`];
      return Object.defineProperty(task(`T${String(at)}`, after, at), 'id', { get: () => (looks++, `T${String(at)}`) });
    });
    expect(lintPlan(tasks)).toEqual([]);
    return looks;
  };
  expect(looksAt(4_000) / looksAt(2_000)).toBeLessThan(2.1);
});

it('names a few of the tasks there are, however many', () => {
  const tasks = Array.from({ length: 500 }, (_, at) => task(`T${String(at)}`, ['nobody'], at));
  const [first] = lintPlan(tasks);
  expect(first?.message).toMatch(/T19, and 480 more$/);
});
