/**
 * The enforcer's word to control that it is there and what it holds, and control's answer: the freshness everything here rests on.
 *
 * INVARIANT: what was heard counts from when it was asked for, and nothing asked before a jump of the clocks counts after it. Control counts as
 * heard only while its change stream has brought everything up to what it answered last: one that answers and tells nothing is silent.
 */

import { controlApi } from '@writ/protocol';
import type { Reading } from '../client/clock.ts';
import type { ControlClient } from '../client/control-client.ts';
import type { Freshness } from '../client/freshness.ts';
import { heard, heardMsAgo, isFresh, isFromBeforeJump, neverHeard, tick } from '../client/freshness.ts';
import type { Run } from '../supervisor/run.ts';

export type HeartbeatDeps = {
  readonly control: ControlClient;
  readonly point: string;
  readonly boot: string;
  readonly now: () => Reading;
  readonly live: () => readonly Run[];
  /** The last journal position seen. */
  readonly position: () => number;
  /** Control answered, after `silent` ms in which it did not (null: for the first time, or after a jump). */
  readonly onHeard: (wasFresh: boolean) => void;
  readonly onJump: () => void;
};

export interface Heartbeat {
  /** Looks at the clocks. Everything that is about to act on what was heard calls this first. */
  sense(): void;
  /** Something arrived on the change stream just now; everything up to `position` has. */
  streamHeard(position: number | null): void;
  readonly isFresh: boolean;
  /** Whether an answer to what was asked at `askedAt` says nothing about now. Looks at the clocks first. */
  isFromBefore(askedAt: Reading): boolean;
  readonly heardMsAgo: number | null;
  readonly stopDeadlineMs: number;
  /** Says it once more, now. Resolves to whether control was heard. */
  beat(): Promise<boolean>;
  /** Says that this point ends and holds nothing any more; nobody waits for it from then on. No beat follows. */
  leave(): Promise<void>;
}

export const tickMs = 100;
const defaultStopDeadlineMs = 2_000;

/** A heart that has not beaten yet. */
export function createHeartbeat(deps: HeartbeatDeps): Heartbeat {
  let state: Freshness = neverHeard(deps.now());
  let stopDeadlineMs = defaultStopDeadlineMs;
  let beating: Promise<boolean> | null = null;
  let delivered: number | null = null;
  let answered: number | null = null;
  let left = false;
  const caughtUp = (): boolean => answered === null || (delivered !== null && delivered >= answered);
  const fresh = (): boolean => isFresh(state, deps.now(), stopDeadlineMs);

  function sense(): void {
    const { state: next, jumped } = tick(state, deps.now(), tickMs);
    state = next;
    if (jumped) deps.onJump();
  }

  function hear(askedAt: Reading): void {
    sense();
    const before = fresh();
    state = heard(state, askedAt);
    if (fresh()) deps.onHeard(before);
  }

  async function beatOnce(): Promise<boolean> {
    sense();
    const askedAt = deps.now();
    const holdings = deps.live().map((run) => ({
      kind: 'process_group' as const,
      subject: run.request.id,
      mandate: run.request.mandate,
      residual_until: new Date(askedAt.wall + run.lease.lengthMs).toISOString(),
    }));
    const answer = await deps.control.call(controlApi.registerPoint, {
      params: { id: deps.point },
      body: { kind: 'enforcer', boot: deps.boot, position: deps.position(), holdings },
    });
    if (!answer.ok) return false;
    stopDeadlineMs = answer.value.stop_deadline_ms;
    // What it answered the last time has had a heartbeat's time to arrive.
    const heard = caughtUp();
    answered = answer.value.position;
    if (heard) hear(askedAt);
    return heard;
  }

  return {
    sense,
    streamHeard(position) {
      const { jumpedAt } = state;
      sense();
      // What waited in a buffer while the machine slept was said before.
      if (state.jumpedAt !== jumpedAt) return;
      delivered = position;
      if (caughtUp()) hear(deps.now());
    },
    isFromBefore(askedAt) {
      sense();
      return isFromBeforeJump(state, askedAt);
    },
    get isFresh() {
      return fresh();
    },
    get heardMsAgo() {
      return heardMsAgo(state, deps.now());
    },
    get stopDeadlineMs() {
      return stopDeadlineMs;
    },
    beat: () =>
      left
        ? Promise.resolve(false)
        : (beating ??= beatOnce().finally(() => {
            beating = null;
          })),
    async leave() {
      left = true;
      await beating;
      const { point, boot } = deps;
      // A control that is gone has nobody waiting.
      await deps.control.call(controlApi.leavePoint, { params: { id: point }, body: { boot } });
    },
  };
}
