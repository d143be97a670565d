/** Attack 52: whether nothing is permitted while nothing can be written. */

import { JournalError } from '@writ/journal';
import type { AppendResult } from '@writ/journal';
import { expect, it } from 'vitest';
import { createWriting } from './writing.ts';

/** A journal that answers each append with the next of these. */
const answering = (...answers: readonly (AppendResult | Error)[]) => {
  const left = [...answers];
  return createWriting({
    append: () => {
      const next = left.shift();
      return next === undefined || next instanceof Error
        ? Promise.reject(next ?? new Error('none left'))
        : Promise.resolve(next);
    },
  });
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
      writing.assertOpen();
    }).toThrow(why);
    await writing.append([], []);
    await writing.append([], []);
    expect(writing.isFailing).toBe(true);
    await writing.append([], []);
    expect(writing.isFailing).toBe(false);
    writing.assertOpen();
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
