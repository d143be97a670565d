import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reading } from './clock.ts';
import { elapsedMs, heard, heardMsAgo, isFresh, neverHeard, tick } from './freshness.ts';

const at = (wall: number, monotonic = wall): Reading => ({ wall, monotonic });

describe('how old the last word is', () => {
  test('never heard is not fresh', () => {
    expect(isFresh(neverHeard(at(0)), at(0), 1_000_000)).toBe(false);
  });

  test('fresh strictly before the bound, by the larger of both clocks', () => {
    const state = heard(neverHeard(at(0)), at(0));
    expect(isFresh(state, at(1_999), 2_000)).toBe(true);
    expect(isFresh(state, at(2_000), 2_000)).toBe(false);
    expect(isFresh(state, at(10, 2_000), 2_000)).toBe(false);
    expect(isFresh(state, at(2_000, 10), 2_000)).toBe(false);
  });

  test('a closed lid, a set clock and a late tick are jumps, and forget what was heard', () => {
    const state = heard(neverHeard(at(0)), at(0));
    for (const now of [at(60_000, 100), at(-60_000, 100), at(5_000, 5_000)]) {
      const next = tick(state, now, 100);
      expect(next.jumped).toBe(true);
      expect(heardMsAgo(next.state, now)).toBeNull();
    }
    expect(tick(state, at(150, 140), 100).jumped).toBe(false);
  });

  test('an answer to what was asked before a jump is no news', () => {
    const { state } = tick(heard(neverHeard(at(0)), at(0)), at(60_000, 5_000), 100);
    expect(heard(state, at(10, 10)).heardAt).toBeNull();
    expect(isFresh(heard(state, at(60_000, 5_000)), at(60_001, 5_001), 2_000)).toBe(true);
  });

  test('an older answer never makes the last word younger or older', () => {
    const state = heard(neverHeard(at(0)), at(500));
    expect(heard(state, at(400))).toBe(state);
  });

  test('elapsed time is never negative and never less than either clock says', () => {
    const reading = fc.record({ wall: fc.integer(), monotonic: fc.integer() });
    fc.assert(
      fc.property(reading, reading, (from, to) => {
        const elapsed = elapsedMs(from, to);
        expect(elapsed).toBeGreaterThanOrEqual(Math.max(0, to.wall - from.wall, to.monotonic - from.monotonic));
      }),
    );
  });
});
