import { expect, it } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

const rate = { burst: 3, perSecond: 10 };

it('lets a burst through, then as many as the rate, and says how long to wait', () => {
  let now = 0;
  const limit = createRateLimit(() => now);
  const take = (key = 'a') => limit.take(key, rate);
  expect([take(), take(), take(), take(), take()]).toEqual([0, 0, 0, 100, 100]);
  // Another credential has its own.
  expect(take('b')).toBe(0);
  now = 99;
  expect(take()).toBe(1);
  now = 100;
  expect([take(), take()]).toEqual([0, 100]);
  now = 10_000;
  expect([take(), take(), take(), take()]).toEqual([0, 0, 0, 100]);
});

it('forgets no bucket that is not full, however many strangers come', () => {
  let now = 0;
  const limit = createRateLimit(() => now);
  for (let n = 0; n < 4; n += 1) limit.take('a', rate);
  now = 50;
  for (let n = 0; n < 30_000; n += 1) limit.take(`s${String(n)}`, rate);
  expect(limit.take('a', rate)).toBe(50);
});
