/**
 * The runtime's heartbeat: follows control's changes, reports what it holds, and asks every mandate again on each change and at least every beat. Push is
 * an optimisation; the beat is what bounds how old a belief here can be.
 */

import type { ControlClient } from '@writ/enforce';
import type { Ports } from './ports.ts';
import { acknowledgeReceipts, holdings, report } from './point.ts';
import type { Reconciler } from './reconcile.ts';
import { settleLeftovers } from './recover.ts';

export type InStep = {
  /** One beat now; resolves at its end. */
  readonly now: () => Promise<void>;
  /** How long ago control heard this runtime and answered, in milliseconds; null while it never did. */
  readonly heardMsAgo: () => number | null;
  /** Resolves after the last beat, once `closing` aborted. */
  readonly done: Promise<void>;
};

type Parts = {
  readonly ports: Ports;
  readonly control: ControlClient;
  readonly reconciler: Reconciler;
  readonly heartbeatMs: number;
  readonly closing: AbortSignal;
};

/** How often operations are looked for whose end control never heard. */
const leftoverMs = 15_000;

/** Starts the beat. */
export function keepInStep({ ports, control, reconciler, heartbeatMs, closing }: Parts): InStep {
  let position = 0;
  let reported = '';
  let heardAt: number | null = null;
  let leftoversAt = ports.now() + leftoverMs;
  let wake: (() => void) | null = null;
  let isDue = true;
  const ring = (): void => {
    isDue = true;
    wake?.();
  };
  const watching = control.watch({
    after: null,
    signal: closing,
    onChange: (change) => {
      position = Math.max(position, change.position);
      if (/^(mandate|signal|receipt|approval|budget)\./.test(change.type)) ring();
    },
    onHeard: () => undefined,
    onGap: ring,
  });
  // What is held is reported as it changes, so that a stop finds it listed.
  const following = ports.records.onChange(() => {
    if (JSON.stringify(holdings(ports)) !== reported) ring();
  });

  const beat = async (): Promise<void> => {
    const held = JSON.stringify(holdings(ports));
    if (await report(ports, position)) {
      reported = held;
      heardAt = performance.now();
    }
    await reconciler.pass();
    await acknowledgeReceipts(ports);
    if (ports.now() < leftoversAt) return;
    leftoversAt = ports.now() + leftoverMs;
    await settleLeftovers(ports);
  };
  let beating: Promise<void> = Promise.resolve();
  const next = (): Promise<void> => (beating = beating.then(beat, beat));

  const run = async (): Promise<void> => {
    while (!closing.aborted) {
      isDue = false;
      await next();
      if (!isDue) await sleep(heartbeatMs, closing, (ringing) => (wake = ringing));
      wake = null;
    }
    following[Symbol.dispose]();
    await watching.done;
  };
  return {
    now: next,
    heardMsAgo: () => (heardAt === null ? null : performance.now() - heardAt),
    done: run(),
  };
}

function sleep(ms: number, signal: AbortSignal, onWaker: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms);
    function finish(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    }
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
    onWaker(finish);
  });
}
