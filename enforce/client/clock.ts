/**
 * The two clocks of this machine, read together, as an argument of everything that judges elapsed time.
 *
 * `wall` can be set back and counts sleep; `monotonic` cannot be set and does not count sleep. Neither is trusted alone.
 */

/** Both clocks at one instant, in milliseconds. */
export type Reading = { readonly wall: number; readonly monotonic: number };

export interface Clock {
  wall(): number;
  monotonic(): number;
}

export const systemClock: Clock = { wall: () => Date.now(), monotonic: () => performance.now() };

export const readClock = (clock: Clock): Reading => ({ wall: clock.wall(), monotonic: clock.monotonic() });
