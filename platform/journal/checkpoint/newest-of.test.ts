import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Envelope } from '../journal.ts';
import { newestOf } from './newest-of.ts';

test('finds the last version and the newest that says something, in few reads', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(5_000), fc.nat(3), async (length, silent) => {
      let reads = 0;
      const journal = {
        read: (_stream: string, { after = 0, limit = 1 } = {}) => {
          reads += 1;
          const versions = Array.from(
            { length: Math.max(0, Math.min(limit, length - after)) },
            (_, at) => after + at + 1,
          );
          // Of an envelope, this is what is read.
          return Promise.resolve(versions.map((version) => ({ version, data: version }) as unknown as Envelope));
        },
      };
      const found = await newestOf(journal, 's', (data) =>
        Number(data) <= length - silent ? Number(data) : undefined,
      );
      expect(found).toEqual({ version: length, said: length > silent ? length - silent : undefined });
      expect(reads).toBeLessThan(40);
    }),
    { numRuns: 200 },
  );
});
