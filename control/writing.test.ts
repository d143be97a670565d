/** Attack 52: whether nothing is permitted while nothing can be written. */

import { JournalError } from '@writ/journal';
import type { AppendResult } from '@writ/journal';
import { expect, it } from 'vitest';
import { createWriting } from './writing.ts';

/** A journal that answers each append with the next of these. */
const answering = (...answers: readonly (AppendResult | Error)[]) => {
  const left = [...answers];
  return createWriting(
    {
      append: () => {
        const next = left.shift();
        return next === undefined || next instanceof Error
          ? Promise.reject(next ?? new Error('none left'))
          : Promise.resolve(next);
      },
      silentMs: () => 0,
    },
    () => 0,
  );
};
const taken: AppendResult = {
  ok: true,
  position: 1,
  events: [
    {
      position: 1,
      stream: 's',
      version: 1,
      type: 't',
      at: '',
      organisation: 'o',
      project: 'p',
      actor: 'a',
      lineage: {},
      data: null,
      hash: '',
    },
  ],
};
const nothing: AppendResult = { ok: true, position: 1, events: [] };
const moved: AppendResult = { ok: false, conflict: { stream: 's', expected: 0, actual: 1 } };

it.each([
  ['store', 'the store failed'],
  ['unknown', 'the database went away'],
] as const)(
  'an append that the store failed (%s) closes it, and only one that was taken opens it',
  async (kind, why) => {
    const writing = answering(new JournalError(kind, why), nothing, moved, taken);
    await expect(writing.append([], [])).rejects.toThrow(why);
    expect(() => {
      writing.assertOpen(Infinity);
    }).toThrow(why);
    await writing.append([], []);
    await writing.append([], []);
    expect(writing.isFailing).toBe(true);
    await writing.append([], []);
    expect(writing.isFailing).toBe(false);
    writing.assertOpen(Infinity);
  },
);

it.each(['busy', 'input', 'closed'] as const)(
  'what is no failing of the store (%s) does not close it',
  async (kind) => {
    const writing = answering(new JournalError(kind, 'no'));
    await expect(writing.append([], [])).rejects.toThrow();
    expect(writing.isFailing).toBe(false);
  },
);

it('an append that is not answered closes it once a yes would be too old, and so do others’ events that nobody could look for', async () => {
  const [answer, now, silentMs] = [Promise.withResolvers<AppendResult>(), { ms: 0 }, { ms: 0 }];
  const journal = { append: () => answer.promise, silentMs: () => silentMs.ms };
  const writing = createWriting(journal, () => now.ms);
  const isOpen = (boundMs: number): boolean => {
    try {
      writing.assertOpen(boundMs);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ name: 'JournalError', kind: 'store' });
      return false;
    }
  };
  const appending = writing.append([], []);
  now.ms = 699;
  expect(isOpen(700)).toBe(true);
  now.ms = 700;
  expect([isOpen(700), isOpen(Infinity)]).toEqual([false, true]);
  now.ms = 5_000;
  // However long a yes may be used: it is never older than the class table lets the oldest be.
  expect([isOpen(Infinity), isOpen(60_000)]).toEqual([false, false]);
  answer.resolve(nothing);
  await appending;
  expect(isOpen(700)).toBe(true);
  silentMs.ms = 1_000;
  expect([isOpen(1_000), isOpen(1_001)]).toEqual([false, true]);
  expect(() => {
    writing.assertCurrent(1_000);
  }).toThrow('the store has not answered for 1000 ms');
});
