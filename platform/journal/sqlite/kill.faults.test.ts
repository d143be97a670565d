/** A thousand killed writers, side by side, on files. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compiledOnce, killCycles, seeded } from '../kill-cycles.ts';
import { openJournalReadOnly } from './open.ts';
import { TestStore } from './test-store.ts';

const program = fileURLToPath(new URL('./test-child.ts', import.meta.url));
const cycles = 1000;
// The store grows, and is verified after each kill: a new one now and then keeps that short.
const perStore = 20;

test(`nothing acknowledged is lost in ${String(cycles)} kills`, async () => {
  const seed = Date.now();
  using first = new TestStore();
  const env = await compiledOnce(join(first.folder, 'compiled'), [program, first.path, '1']);
  let left = cycles / perStore;
  let acknowledged = 0;
  const lane = async (number: number): Promise<void> => {
    const random = seeded(seed + number);
    while (left-- > 0) {
      using store = new TestStore();
      const more = await killCycles(
        {
          start: () =>
            spawn(process.execPath, [program, store.path, 'loop'], {
              env,
              stdio: ['ignore', 'pipe', 'ignore'],
            }),
          open: async () => {
            // One that was killed before it made the store left none, or an empty one.
            await (await store.open())[Symbol.asyncDispose]();
            return openJournalReadOnly(store.path);
          },
        },
        perStore,
        random,
      );
      acknowledged += more;
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, (_, number) => lane(number))).catch(
    (error: unknown) => {
      throw new Error(`with the seed ${String(seed)}`, { cause: error });
    },
  );
  // The law is of something.
  expect(acknowledged).toBeGreaterThan(cycles);
}, 900_000);
