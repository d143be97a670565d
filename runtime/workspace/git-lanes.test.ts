import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inLane, lanes } from './git-lanes.ts';

test('as many as there are lanes work side by side, the others in the order they came, and one that fails leaves its lane to the next', async () => {
  let working = 0;
  let most = 0;
  const begun: number[] = [];
  const done = await Promise.allSettled(
    Array.from({ length: 5 * lanes }, (_, at) =>
      inLane(async () => {
        begun.push(at);
        most = Math.max(most, (working += 1));
        await setImmediate();
        working -= 1;
        if (at % 3 === 0) throw new Error(`no ${String(at)}`);
        return at;
      }),
    ),
  );
  expect(most).toBe(lanes);
  expect(begun).toEqual(begun.toSorted((a, b) => a - b));
  expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(done.filter((_, at) => at % 3 !== 0).length);
});
