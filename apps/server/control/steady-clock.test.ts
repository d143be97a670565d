import { describe, expect, it } from 'vitest';
import { createSteadyClock } from './steady-clock.ts';

/** A machine whose two clocks are moved by hand. */
function machine(start = 1_000_000) {
  const is = { wall: start, elapsed: 5 };
  const clock = createSteadyClock(
    () => is.wall,
    () => is.elapsed,
  );
  const pass = (ms: number): void => {
    is.wall += ms;
    is.elapsed += ms;
  };
  return { is, clock, pass };
}

describe('control’s clock', () => {
  it('is the machine’s, also after it slept or was set ahead', () => {
    const { is, clock, pass } = machine();
    pass(60_000);
    expect(clock.now()).toBe(is.wall);
    is.wall += 3_600_000; // the clock that is never set stood still
    expect(clock.now()).toBe(is.wall);
    expect(clock.aheadMs()).toBe(0);
  });

  it('goes on from where it was when the machine’s is set back, and says by how much', () => {
    const { is, clock, pass } = machine();
    const before = clock.now();
    is.wall -= 3_600_000;
    expect(clock.now()).toBe(before);
    pass(60_000);
    expect(clock.now() - before).toBeGreaterThan(59_000);
    expect(clock.now() - before).toBeLessThanOrEqual(60_000);
    expect(clock.aheadMs()).toBeGreaterThan(3_599_000);
  });

  it('comes together again with a clock that only drifts, however often it is read', () => {
    const { is, clock } = machine();
    for (let tick = 0; tick < 100_000; tick += 1) {
      is.elapsed += 10;
      is.wall += 9.999; // 100 parts in a million
      clock.now();
    }
    expect(clock.aheadMs()).toBeLessThanOrEqual(1);
    is.wall -= 500;
    for (let tick = 0; tick < 1_000; tick += 1) {
      is.elapsed += 1_000;
      is.wall += 1_000;
      clock.now();
    }
    expect(clock.aheadMs()).toBeLessThanOrEqual(1);
  });
});
