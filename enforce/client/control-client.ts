/**
 * Control, as everybody else sees it: the calls of `controlApi` and its change stream. It decides nothing and remembers nothing.
 */

import type { Caller, CallerOptions } from './caller.ts';
import { createCaller } from './caller.ts';
import type { Watch, WatchOptions } from './watch.ts';
import { watch } from './watch.ts';

export interface ControlClient extends Caller {
  /** Follows the change stream until the signal aborts. */
  watch(options: WatchOptions): Watch;
}

/** A client of control; `call(controlApi.check, …)` and the rest, and `watch`. */
export function createControlClient(options: CallerOptions): ControlClient {
  const caller = createCaller(options);
  return {
    call: caller.call,
    watch: (watching) => watch(options, watching),
    [Symbol.dispose]: () => {
      caller[Symbol.dispose]();
    },
  };
}
