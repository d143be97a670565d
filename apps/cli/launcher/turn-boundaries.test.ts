import { expect, it } from 'vitest';
import { createTurnBoundaries } from './turn-boundaries.ts';

it('keeps the files before and after each turn, in order, also of one that was interrupted', async () => {
  const asked: string[] = [];
  const turns = createTurnBoundaries(async (why, turn) => {
    await new Promise((resolve) => setImmediate(resolve));
    asked.push(`${why} ${turn}`);
  });
  await turns.begins();
  expect(asked).toEqual(['before_turn attended-1']);
  await turns.begins();
  turns.ends();
  turns.ends();
  await turns.close();
  expect(asked).toEqual([
    'before_turn attended-1',
    'after_turn attended-1',
    'before_turn attended-2',
    'after_turn attended-2',
  ]);
});

it('goes on without the runtime', async () => {
  const turns = createTurnBoundaries(() => Promise.reject(new Error('nobody answers')));
  await turns.begins();
  await expect(turns.close()).resolves.toBeUndefined();
});
