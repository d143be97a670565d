import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayOverlap } from './plan-paths.ts';
import type { ScheduledTask, TaskStanding } from './schedule.ts';
import { explainWhyNot, schedule } from './schedule.ts';

const task = (
  id: string,
  standing: TaskStanding = { name: 'waiting' },
  after: string[] = [],
  touches: string[] = [`${id}/**`],
): ScheduledTask => ({
  id,
  after,
  touches,
  priority: 0,
  standing,
});
const run = (tasks: ScheduledTask[], more: { limit?: number; held?: string | null; now?: number } = {}) =>
  schedule({ tasks, limit: more.limit ?? 4, held: more.held ?? null, now: more.now ?? 0 });

describe('schedule', () => {
  it('starts nothing after one of two parents only (cline#473)', () => {
    const at = run([task('a', { name: 'done' }), task('b', { name: 'running' }), task('c', undefined, ['a', 'b'])]);
    expect(at.start).toEqual([]);
    expect(at.whyNot.get('c')).toEqual({ code: 'waits_for', tasks: ['b'] });
  });

  it('does not take "claimed" for done', () => {
    expect(run([task('a', { name: 'claimed' }), task('b', undefined, ['a'])]).start).toEqual([]);
  });

  it('keeps two writers of one path apart, and says who is in the way', () => {
    const at = run([task('a', undefined, [], ['src/**']), task('b', undefined, [], ['src/x.ts'])]);
    expect(at.start).toEqual(['a']);
    expect(at.whyNot.get('b')).toEqual({ code: 'same_paths', as: 'a' });
  });

  it('takes a task that declares nothing for one that may write anything', () => {
    expect(run([task('a', undefined, [], []), task('b')]).start).toEqual(['a']);
  });

  it('admits nothing while the mission is held, and gives the reason (codex#37869)', () => {
    const at = run([task('a')], { held: 'its mandate is suspended: the branch is frozen' });
    expect(at.start).toEqual([]);
    expect(at.whyNot.get('a')).toEqual({ code: 'held', sentence: 'its mandate is suspended: the branch is frozen' });
  });

  it('waits for the time of a retry and says when to ask again', () => {
    const retrying = task('a', { name: 'retrying', notBefore: 500 });
    expect(run([retrying], { now: 100 })).toMatchObject({ start: [], wakeAt: 500 });
    expect(run([retrying], { now: 500 }).start).toEqual(['a']);
  });

  it('says of what comes after a failure that it never starts', () => {
    const at = run([task('a', { name: 'failed', reason: 'x' }), task('b', undefined, ['a'])]);
    expect(at.whyNot.get('b')).toMatchObject({ code: 'never_starts', because: 'a' });
  });

  it('goes by priority, then by the order of the plan', () => {
    const at = run([task('a'), { ...task('b'), priority: 1 }, task('c')], { limit: 2 });
    expect(at.start).toEqual(['b', 'a']);
  });
});

/** Any plan whose edges go backwards, in any state, over a few folders that overlap often. */
const standings: fc.Arbitrary<TaskStanding> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<TaskStanding>({ name: 'waiting' }) },
  { weight: 3, arbitrary: fc.constant<TaskStanding>({ name: 'done' }) },
  fc.constant<TaskStanding>({ name: 'claimed' }),
  fc.constant<TaskStanding>({ name: 'running' }),
  fc.constant<TaskStanding>({ name: 'asking', item: 'i' }),
  fc.constant<TaskStanding>({ name: 'failed', reason: 'it broke' }),
  fc.constant<TaskStanding>({ name: 'cancelled', reason: 'no more' }),
  fc.integer({ min: 0, max: 20 }).map((notBefore): TaskStanding => ({ name: 'retrying', notBefore })),
);
const plans = fc
  .array(
    fc.record({
      standing: standings,
      after: fc.array(fc.nat(30), { maxLength: 3 }),
      folder: fc.nat(6),
      priority: fc.nat(2),
    }),
    { maxLength: 14 },
  )
  .map((rows) =>
    rows.map(({ standing, after, folder, priority }, index): ScheduledTask => ({
      id: `t${String(index)}`,
      after: index === 0 ? [] : [...new Set(after.map((n) => `t${String(n % index)}`))],
      touches: [folder === 6 ? '**' : `f${String(folder)}/**`],
      priority,
      standing,
    })),
  );

describe('schedule, against a naive oracle', () => {
  const inputs = fc.record({
    tasks: plans,
    limit: fc.integer({ min: 1, max: 4 }),
    held: fc.constantFrom(null, 'paused'),
    now: fc.nat(20),
  });

  it('starts only what the oracle calls ready, never two writers of one path, never over the limit', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { start } = schedule(input);
        const find = (id: string) => input.tasks.find((t) => t.id === id)!;
        const isReady = (t: ScheduledTask): boolean =>
          input.held === null &&
          (t.standing.name === 'waiting' || (t.standing.name === 'retrying' && t.standing.notBefore <= input.now)) &&
          t.after.every((parent) => find(parent).standing.name === 'done');
        const busy = input.tasks.filter((t) => t.standing.name === 'running' || t.standing.name === 'claimed');
        const started = start.map(find);
        expect(started.every(isReady)).toBe(true);
        if (start.length > 0) expect(busy.length + start.length).toBeLessThanOrEqual(input.limit);
        started.forEach((one, index) => {
          for (const other of [...busy, ...started.slice(index + 1)])
            expect(mayOverlap(one.touches, other.touches)).toBe(false);
        });
      }),
    );
  });

  it('is never idle: with nothing running and something ready, something starts', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { start, whyNot } = schedule(input);
        const blocked = [...whyNot.values()].some((why) => why.code === 'limit' || why.code === 'same_paths');
        const busy = input.tasks.some((t) => t.standing.name === 'running' || t.standing.name === 'claimed');
        expect(blocked && !busy && start.length === 0).toBe(false);
      }),
    );
  });

  it('gives a reason for every task that neither runs, starts nor is done', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { start, whyNot } = schedule(input);
        for (const { id, standing } of input.tasks) {
          const speaks = standing.name !== 'running' && standing.name !== 'done' && !start.includes(id);
          expect(whyNot.has(id)).toBe(speaks);
          const why = whyNot.get(id);
          if (why !== undefined) expect(explainWhyNot(why)).not.toBe('');
        }
      }),
    );
  });
});

describe('mayOverlap', () => {
  it.each([
    [['src/x/**'], ['src/y/**'], false],
    [['src/**'], ['src/y/a.ts'], true],
    [['src/*.ts'], ['src/a.js'], false],
    [['**/*.ts'], ['src/deep/a.ts'], true],
    [['src/'], ['src/a.ts'], true],
    [['a.ts'], ['./a.ts'], true],
    [['docs'], ['docs/a.md'], true],
    [[], ['a.ts'], true],
  ])('%j and %j: %s', (a, b, expected) => {
    expect(mayOverlap(a, b)).toBe(expected);
    expect(mayOverlap(b, a)).toBe(expected);
  });
});
