/** How long to wait before a process that died is started again: doubling, and forgotten once it has lived a while. Pure. */

const firstMs = 200;
const mostMs = 10_000;
const forgottenAfterMs = 30_000;

/** The wait after a life of `livedMs`, the previous wait having been `previousMs` (0 = none). Milliseconds. */
export const nextWait = (previousMs: number, livedMs: number): number =>
  previousMs === 0 || livedMs >= forgottenAfterMs ? firstMs : Math.min(mostMs, previousMs * 2);
