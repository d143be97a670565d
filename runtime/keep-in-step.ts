/**
 * The runtime's two heartbeats. One says to control what is held here and what was seen of its journal; it waits for nothing else, because a journal of control that was set back stays in
 * force until its witness has spoken. The other follows: it asks every mandate again on each change and at least every beat. Push is an optimisation; the beats are what bounds how old a
 * belief can be, on either side.
 */

import type { ControlClient } from '@writ/enforce';
import { Beat } from './beat.ts';
import type { Ports } from './ports.ts';
import type { Held } from './held.ts';
import { acknowledgeReceipts, report, upkeep } from './point.ts';
import type { Reconciler } from './reconcile.ts';
import { LostRuns } from './runner/lost-runs.ts';
import { settleLeftovers } from './recover.ts';

type Parts = {
  readonly ports: Ports;
  /** What is held here now. */
  readonly held: () => Held;
  readonly control: ControlClient;
  readonly heartbeatMs: number;
  readonly closing: AbortSignal;
};

export type Told = {
  /** Says it once more; resolves with when it was said. */
  readonly now: () => Promise<void>;
  /** Called when control changed something that what is bound to a mandate has to follow. */
  readonly onChange: (listener: () => void) => void;
  /** How long ago control heard this runtime and answered, in milliseconds; null while it never did. */
  readonly heardMsAgo: () => number | null;
  /** Resolves after the last time, once `closing` aborted. */
  readonly done: Promise<void>;
};

/** Starts saying what is held here and what was witnessed. */
export function keepTold({ ports, held, control, heartbeatMs, closing }: Parts): Told {
  const listeners: (() => void)[] = [];
  let position = 0;
  let reported: string | null = null;
  let heardAt: number | null = null;
  const beat = new Beat(
    async () => {
      const now = held();
      if (await report(ports, now, reported, position)) {
        reported = now.name;
        heardAt = performance.now();
      }
      // After it: a disk that takes nothing is no reason to tell control nothing.
      await upkeep(ports);
    },
    { everyMs: heartbeatMs, closing },
  );
  const ring = (): void => {
    beat.ring();
    for (const listener of listeners) listener();
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
  const following = ports.records.onChange(
    thrifty(() => {
      if (held().name !== reported) beat.ring();
    }),
  );
  return {
    now: () => beat.now(),
    onChange: (listener) => void listeners.push(listener),
    heardMsAgo: () => (heardAt === null ? null : performance.now() - heardAt),
    done: beat.done.then(async () => {
      following[Symbol.dispose]();
      await watching.done;
    }),
  };
}

/** Calls `look` at once where that costs next to nothing; else so seldom that it takes a tenth of the time: with ten thousand missions, a look at each commit would be all that is done. */
function thrifty(look: () => void): () => void {
  let costMs = 0;
  let isDue = false;
  const timed = (): void => {
    isDue = false;
    const begin = performance.now();
    look();
    costMs = performance.now() - begin;
  };
  return () => {
    if (isDue) return;
    if (costMs < 1) timed();
    else {
      isDue = true;
      setTimeout(timed, 9 * costMs).unref();
    }
  };
}

export type InStep = {
  /** Says what is held and follows every mandate once, now; resolves at its end. */
  readonly now: () => Promise<void>;
  /** Resolves after the last beat, once `closing` aborted. */
  readonly done: Promise<void>;
};

/** How often operations are looked for whose end control never heard. */
const leftoverMs = 15_000;

/** Starts to follow. */
export function keepInStep(
  { ports, heartbeatMs: everyMs, closing }: Parts,
  told: Told,
  reconciler: Reconciler,
): InStep {
  let leftoversAt = ports.now() + leftoverMs;
  const lostRuns = new LostRuns(ports);
  const beat = new Beat(
    async () => {
      await reconciler.pass();
      await acknowledgeReceipts(ports);
      await lostRuns.look();
      if (ports.now() < leftoversAt) return;
      leftoversAt = ports.now() + leftoverMs;
      await settleLeftovers(ports);
    },
    { everyMs, closing },
  );
  told.onChange(() => {
    beat.ring();
  });
  return {
    async now() {
      await told.now();
      await beat.now();
    },
    done: beat.done,
  };
}
