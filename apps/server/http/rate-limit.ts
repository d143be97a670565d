/**
 * How many calls one credential may make: a bucket that fills steadily and empties with each call (a token bucket). It tells how long to wait, and decides
 * nothing about what is asked.
 */

export type Rate = {
  /** The most at once. */
  readonly burst: number;
  readonly perSecond: number;
};

export interface RateLimit {
  /** Takes one call of `key`: 0 where there was one, else the milliseconds until there is. */
  take(key: string, rate: Rate): number;
}

type Bucket = { left: number; at: number };

/** The most buckets that are kept, those that are not full again aside. */
const mostBuckets = 10_000;

/** `monotonic`: milliseconds by a clock that only goes forward. */
export function createRateLimit(monotonic: () => number): RateLimit {
  const buckets = new Map<string, Bucket>();

  /** What was used longest ago is full first. */
  function forgetFull(now: number, { burst, perSecond }: Rate): void {
    for (const [key, { left, at }] of buckets) {
      if (buckets.size < mostBuckets || left + ((now - at) / 1_000) * perSecond < burst) return;
      buckets.delete(key);
    }
  }

  return {
    take(key, rate) {
      const { burst, perSecond } = rate;
      const now = monotonic();
      const bucket = buckets.get(key) ?? { left: burst, at: now };
      bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1_000) * perSecond);
      bucket.at = now;
      buckets.delete(key);
      forgetFull(now, rate);
      buckets.set(key, bucket);
      if (bucket.left < 1) return Math.max(1, Math.ceil(((1 - bucket.left) / perSecond) * 1_000 - 0.001));
      bucket.left -= 1;
      return 0;
    },
  };
}
