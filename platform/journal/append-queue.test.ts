import { expect, test } from 'vitest';
import { AppendQueue, maxBatchEvents, maxWaitingAppends, maxWaitingBytes } from './append-queue.ts';
import type { WaitingAppend } from './append-queue.ts';

function waiting(events: number, bytes = 0): WaitingAppend {
  return {
    append: { writes: [], expect: [], events, bytes, erase: [] },
    resolve: () => undefined,
    reject: () => undefined,
  };
}

test('a batch is the oldest appends up to its bound, and always at least one', () => {
  const queue = new AppendQueue();
  const entries = [waiting(maxBatchEvents - 1), waiting(1), waiting(1), waiting(maxBatchEvents + 1), waiting(0)];
  for (const entry of entries) queue.add(entry);
  expect(queue.takeBatch()).toEqual(entries.slice(0, 2));
  expect(queue.takeBatch()).toEqual(entries.slice(2, 3));
  expect(queue.takeBatch()).toEqual(entries.slice(3, 4));
  expect(queue.takeBatch()).toEqual(entries.slice(4));
  expect(queue.isEmpty).toBe(true);
  expect(queue.takeBatch()).toEqual([]);
});

test('it is bounded in data as well as in number, and what is taken makes room', () => {
  const queue = new AppendQueue();
  queue.add(waiting(maxBatchEvents, maxWaitingBytes - 1));
  expect(() => {
    queue.add(waiting(1, 2));
  }).toThrow(/takes no more/);
  queue.add(waiting(1, 1));
  queue.takeBatch();
  queue.add(waiting(1, maxWaitingBytes - 1));
  for (let i = 2; i < maxWaitingAppends; i++) queue.add(waiting(0));
  expect(() => {
    queue.add(waiting(0));
  }).toThrow(/takes no more/);
});
