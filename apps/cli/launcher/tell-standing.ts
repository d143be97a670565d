/**
 * What the person is told of how their session stands, on the terminal that is the program's: each sentence lands in the middle of its screen. So one about standing still is said only
 * where it lasts, as it does not after `fg`, when the mandate is asked anew for a moment; and that it goes on, only to who was told that it did not. The end is always said.
 */

import type { GuardEvent } from './guard.ts';

/** Runs something later, unless the function it gives is called before. */
type Later = (run: () => void) => () => void;

/** Long enough to have been noticed. */
const lastsMs = 1_000;

const later: Later = (run) => {
  const timer = setTimeout(run, lastsMs);
  timer.unref();
  return () => clearTimeout(timer);
};

/** Tells of each event in its turn. */
export function tellStanding(tell: (sentence: string) => void, after: Later = later): (event: GuardEvent) => void {
  let isTold = false;
  let leave: () => void = () => undefined;
  return ({ kind, why }) => {
    leave();
    switch (kind) {
      case 'frozen':
        leave = after(() => {
          isTold = true;
          tell(`frozen: ${why}`);
        });
        return;
      case 'thawed':
        if (isTold) tell(`going on: ${why}`);
        isTold = false;
        return;
      case 'ended':
        tell(`ended: ${why}`);
    }
  };
}
