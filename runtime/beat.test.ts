import { expect, test } from 'vitest';
import { JournalError } from '@writ/journal';
import { Beat } from './beat.ts';

const failing = (kind: 'store' | 'unknown') => {
  let times = 0;
  const closing = new AbortController();
  const beat = new Beat(
    () => {
      times += 1;
      if (times === 1) return Promise.reject(new JournalError(kind, 'no space left on device'));
      closing.abort();
      return Promise.resolve();
    },
    { everyMs: 1, closing: closing.signal },
  );
  return { beat, times: () => times };
};

test('a disk that takes nothing for a moment ends no heartbeat', async () => {
  const { beat, times } = failing('store');
  await beat.done;
  expect(times()).toBe(2);
});

test('a store that cannot be trusted any more ends it, and what was asked for by name fails', async () => {
  const { beat, times } = failing('unknown');
  await expect(beat.done).rejects.toMatchObject({ kind: 'unknown' });
  expect(times()).toBe(1);
});
