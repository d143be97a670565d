/**
 * How old the last word from control is. Pure: readings of the clocks arrive as arguments.
 *
 * It refuses to be optimistic: elapsed time is the larger of both clocks, and when the clocks disagree, or a tick comes later than it
 * was due, the machine may have slept and nothing heard before counts until control is heard again.
 */

import type { Reading } from './clock.ts';

/** How far the clocks may drift apart, or a tick may be late, before it counts as a jump, in milliseconds. */
export const jumpMs = 1_000;

export type Freshness = {
  /** When the question was asked whose answer was the last word; null when control was never heard or a jump made it worthless. */
  readonly heardAt: Reading | null;
  /** When the last jump was noticed: what was asked before says nothing about now. */
  readonly jumpedAt: Reading | null;
  readonly lastTick: Reading;
};

export const neverHeard = (now: Reading): Freshness => ({ heardAt: null, jumpedAt: null, lastTick: now });

/** The time between two readings: the larger of both clocks, never negative. */
export const elapsedMs = (from: Reading, to: Reading): number =>
  Math.max(0, to.wall - from.wall, to.monotonic - from.monotonic);

/** Whether the machine may have slept, or a clock was set, between two readings expected `dueMs` apart at most. */
export function isJump(from: Reading, to: Reading, dueMs: number): boolean {
  const wall = to.wall - from.wall;
  const monotonic = to.monotonic - from.monotonic;
  return Math.abs(wall - monotonic) > jumpMs || Math.max(wall, monotonic) > dueMs + jumpMs;
}

/** Whether an answer to what was asked at `askedAt` says nothing about now: the machine may have slept since. */
export const isFromBeforeJump = ({ jumpedAt }: Freshness, askedAt: Reading): boolean =>
  jumpedAt !== null && askedAt.monotonic < jumpedAt.monotonic;

/** Control answered something that was asked at `askedAt`. An answer asked for before the last jump is not news. */
export function heard(state: Freshness, askedAt: Reading): Freshness {
  if (isFromBeforeJump(state, askedAt)) return state;
  if (state.heardAt !== null && askedAt.monotonic <= state.heardAt.monotonic) return state;
  return { ...state, heardAt: askedAt };
}

/** A tick that was due `dueMs` after the last one. A jump forgets what was heard. */
export function tick(
  state: Freshness,
  now: Reading,
  dueMs: number,
): { readonly state: Freshness; readonly jumped: boolean } {
  const jumped = isJump(state.lastTick, now, dueMs);
  return { state: jumped ? { heardAt: null, jumpedAt: now, lastTick: now } : { ...state, lastTick: now }, jumped };
}

/** Milliseconds since control was last heard; null when nothing it said counts any more. */
export const heardMsAgo = (state: Freshness, now: Reading): number | null =>
  state.heardAt === null ? null : elapsedMs(state.heardAt, now);

/** Whether the last word from control is younger than `boundMs`. */
export function isFresh(state: Freshness, now: Reading, boundMs: number): boolean {
  const ago = heardMsAgo(state, now);
  return ago !== null && ago < boundMs;
}
