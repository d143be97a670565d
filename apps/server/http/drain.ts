/**
 * The end of a server without cutting anybody off: from the first word of it on new calls are refused, with when to come again; what is under way has a while to finish.
 *
 * It never waits longer than it is told, and knows nothing of what the calls do.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ProblemWire } from '@writ/protocol';
import { problem } from './problem.ts';

/** How soon somebody may try again, milliseconds: about as long as a restart takes. */
const againAfterMs = 2_000;

/** How long refusals go on after the last call was over, milliseconds. */
const lingerMs = 50;

export interface Drain {
  readonly isClosing: boolean;
  /** A call begins. The returned function says that it is over; a problem where none begins any more. */
  begin(): (() => void) | ProblemWire;
  /** Refuses from now on. Resolves a moment after nothing is under way any more, or after `boundMs`; with how many were left then. */
  close(boundMs: number): Promise<number>;
}

/** `plane`: as a person calls it. */
export function createDrain(plane: string): Drain {
  let underWay = 0;
  let isClosing = false;
  let empty: (() => void) | undefined;
  const end = (): void => {
    underWay -= 1;
    if (underWay === 0) empty?.();
  };
  return {
    get isClosing() {
      return isClosing;
    },
    begin() {
      if (isClosing) return closing(plane);
      underWay += 1;
      let isOver = false;
      return () => {
        if (!isOver) end();
        isOver = true;
      };
    },
    async close(boundMs) {
      isClosing = true;
      if (underWay > 0)
        await new Promise<void>((resolve) => {
          const bound = setTimeout(resolve, boundMs);
          empty = () => {
            clearTimeout(bound);
            resolve();
          };
        });
      // Who was on the way here is told too, instead of finding a connection that ends.
      await sleep(lingerMs);
      return underWay;
    },
  };
}

/** To who comes while a plane ends: nothing was done. */
const closing = (plane: string): ProblemWire => ({
  ...problem(
    503,
    'closing',
    `${plane} is shutting down; nothing was done with this call`,
    'make it again when it is back',
  ),
  retry_after_ms: againAfterMs,
});
