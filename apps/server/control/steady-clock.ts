/**
 * Control's clock: the machine's, and never behind where it was. INVARIANT: nothing that was over is in force again because somebody set the clock back: a yes that
 * lapsed, a lease that ended, a mandate that expired.
 *
 * While the machine's clock is behind, time goes on from where it was by a clock that is never set, and a little slower, so that clocks that only drift come together
 * again. It starts anew with its process: a clock that was ahead by mistake holds nobody up for longer.
 */

export type SteadyClock = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How far the machine's clock is behind it, in milliseconds; 0 where it is not. */
  readonly aheadMs: () => number;
};

/** Of a second, while the machine's clock is behind. */
const pace = 0.999;

/** Over the machine's clock, and one that is never set. */
export function createSteadyClock(wall: () => number, elapsed: () => number): SteadyClock {
  let at = wall();
  let read = elapsed();
  const now = (): number => {
    const passed = elapsed();
    at = Math.max(wall(), at + (passed - read) * pace);
    read = passed;
    return Math.floor(at);
  };
  return { now, aheadMs: () => Math.max(0, now() - wall()) };
}
