/** The part of the conformance suite that is about retention: `describeJournal` runs it for every adapter. */
import { expect, test } from 'vitest';
import type { Journal } from './journal.ts';
import { Retention } from './retention/retention.ts';

type Open = (options?: { store?: string; now?: () => number }) => Promise<Journal>;

const day = 24 * 3_600_000;
const noon = Date.UTC(2026, 10, 21, 12);

/** Declares these tests for one adapter. */
export function describeRetention(open: Open): void {
  test('what is over its time goes, by the rule of its project before the one of all, and never what is worked from', async () => {
    const clock = { now: noon };
    await using journal = await open({ now: () => clock.now });
    const busy = new Set(['busy']);
    const retention = (): Retention =>
      new Retention(journal, {
        plane: 'runtime',
        erasable: new Set(['said', 'seen']),
        isKept: ({ stream }) => busy.has(stream),
        now: () => clock.now,
        tell: () => undefined,
      });
    const write = (stream: string, type: string, project: string, times = 1) =>
      journal.append(
        [{ stream, events: Array.from({ length: times }, () => ({ type, project, actor: 'a', data: 'words' })) }],
        [],
      );
    await using one = retention();
    await write('x', 'said', 'app', 1_200);
    await write('x', 'said', 'law');
    await write('busy', 'said', 'app');
    await write('x', 'seen', 'app');
    await write('x', 'done', 'app');
    clock.now += 2 * day;
    await write('x', 'said', 'app');
    /** How many events of a type, stream and project still have their data. */
    const left = async (): Promise<Readonly<Record<string, number>>> => {
      const counts: Record<string, number> = {};
      for (const { stream, type, project, data } of await journal.readAll())
        if (data === 'words')
          counts[`${stream} ${type} ${project}`] = (counts[`${stream} ${type} ${project}`] ?? 0) + 1;
      return counts;
    };
    const all = { 'busy said app': 1, 'x said law': 1, 'x seen app': 1, 'x done app': 1 };
    expect(await one.sweep()).toBe(0);
    expect(await left()).toEqual({ ...all, 'x said app': 1_201 });
    for (const type of ['said', 'done']) await one.set({ project: null, type, days: 1 }, 'user:ada');
    await one.set({ project: 'law', type: 'said', days: null }, 'user:ada');
    expect(await one.sweep()).toBe(1_200);
    expect(await left()).toEqual({ ...all, 'x said app': 1 });
    expect(await one.sweep()).toBe(0);
    // Later, when work is over and time has passed; on another node, or after a restart, it is the same.
    busy.clear();
    clock.now += 2 * day;
    expect(await one.sweep()).toBe(2);
    expect(await left()).toEqual({ 'x said law': 1, 'x seen app': 1, 'x done app': 1 });
    await using other = retention();
    expect(await other.sweep()).toBe(0);
    expect(await other.rules()).toMatchObject([
      { project: null, type: 'said', days: 1, setBy: 'user:ada' },
      { project: null, type: 'done', days: 1 },
      { project: 'law', type: 'said', days: null },
    ]);
    const report = await journal.verify();
    expect([report.ok, report.erased.length]).toEqual([true, 1_202]);
    // A matcher, typed as anything.
    expect(report.erased[0]).toMatchObject({
      by: 'runtime',
      reason: expect.stringContaining('as user:ada said') as string,
    });
    // The exception is taken back.
    await one.set({ project: 'law', type: 'said', days: 1 }, 'user:ben');
    expect(await one.sweep()).toBe(1);
  });
}
