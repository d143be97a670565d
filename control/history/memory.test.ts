import { expect, it } from 'vitest';
import type { HistoryEvent } from './events.ts';
import { emptyMemory, mostRemembered, recalled, remember } from './memory.ts';

it('forgets the oldest rather than grow for ever, and what was done again is not old', () => {
  const memory = emptyMemory();
  let position = 0;
  const did = (operation: string): void => {
    const notes = [
      { rule: 'new', role: 'use', target: operation },
      { rule: 'first', role: 'success', subject: operation },
    ] as const;
    const events: readonly HistoryEvent[] = [
      { type: 'history.began', data: { at: 1, mandate: 'm0', operation, notes } },
      { type: 'history.ended', data: { at: 1, mandate: 'm0', operation, outcome: 'done', isWatched: true } },
    ];
    for (const event of events) remember(memory, event, (position += 1));
  };
  for (let n = 0; n < mostRemembered; n += 1) did(`t${String(n)}`);
  did('t0');
  did('more');
  const [uses, successes] = [recalled(memory, 'new')!.targets, recalled(memory, 'first')!.successes];
  expect([uses.size, successes.size, memory.open.size]).toEqual([mostRemembered, mostRemembered, 0]);
  expect(['t0', 't1', 'more'].map((target) => [uses.has(target), successes.has(target)])).toEqual([
    [true, true],
    [false, false],
    [true, true],
  ]);
});

it('learns nothing from an end of what it did not see begin', () => {
  const memory = emptyMemory();
  remember(
    memory,
    { type: 'history.ended', data: { at: 1, mandate: 'm0', operation: 'o', outcome: 'done', isWatched: true } },
    1,
  );
  expect(recalled(memory, 'new')).toBeUndefined();
});
