/** What counts as a word of control's now, where the machine slept. */

import { expect, test } from 'vitest';
import type { CallResult } from '../client/caller.ts';
import type { ControlClient } from '../client/control-client.ts';
import { createHeartbeat } from './heartbeat.ts';

/** A heart over clocks that the test moves, and a control that answers when the test says so. */
function heart() {
  const at = { wall: 1_000_000, monotonic: 0 };
  let jumps = 0;
  const answers: ((answer: CallResult<unknown>) => void)[] = [];
  // Of a client only what a heart calls.
  const control = { call: () => new Promise((resolve) => void answers.push(resolve)) } as unknown as ControlClient;
  const heartbeat = createHeartbeat({
    control,
    point: 'enforcer',
    boot: 'b',
    now: () => ({ ...at }),
    live: () => [],
    position: () => 0,
    onHeard: () => undefined,
    onJump: () => void (jumps += 1),
  });
  return {
    heartbeat,
    pass(ms: number) {
      at.wall += ms;
      at.monotonic += ms;
      heartbeat.sense();
    },
    sleep: (ms: number) => void (at.wall += ms),
    now: () => ({ ...at }),
    answer: () => answers.shift()?.({ ok: true, value: { position: 0, stop_deadline_ms: 2_000 } }),
    jumps: () => jumps,
  };
}

test('what waited on the change stream while the machine slept is not a word of now', () => {
  const { heartbeat, pass, sleep, jumps } = heart();
  heartbeat.streamHeard(0);
  expect(heartbeat.isFresh).toBe(true);
  pass(100);
  sleep(60_000);
  heartbeat.streamHeard(0);
  expect(jumps()).toBe(1);
  expect(heartbeat.isFresh).toBe(false);
  pass(50);
  heartbeat.streamHeard(0);
  expect(heartbeat.isFresh).toBe(true);
});

test('an answer to a question from before a sleep says nothing about now, also where it is the first to notice', async () => {
  const { heartbeat, pass, sleep, now, answer } = heart();
  const beating = heartbeat.beat();
  const asked = now();
  pass(10);
  sleep(60_000);
  answer();
  await beating;
  expect(heartbeat.isFresh).toBe(false);
  expect(heartbeat.isFromBefore(asked)).toBe(true);
  expect(heartbeat.isFromBefore(now())).toBe(false);
});
