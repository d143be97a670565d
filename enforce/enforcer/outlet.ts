/**
 * A way on which effects leave a run: pushes, calls of MCP tools, connections. All have one shape, so that a stop that reaches one reaches every one.
 *
 * An outlet judges nothing and begins nothing by this face: whoever stops things is all that speaks to it here.
 */

import type { Word } from './attest.ts';

export interface Outlet {
  /** Ends what is under way for the runs concerned, at once. */
  stop(why: string, concerns: (run: string) => boolean): void;
  /** Ends what an operation stands for. */
  interrupt(operation: string, why: string): void;
  /** Asks control anew about what is under way for the runs concerned, where it is not asked anyway. */
  ask(concerns: (run: string) => boolean): void;
  /** The run is over, or never began: nothing of it stays open. */
  forget(run: string, why: string): Promise<void>;
  /** What became of an operation; null while it is under way, undefined when it never was one of this outlet. */
  word(operation: string): Word | null | undefined;
}

/** Several as one. */
export const outletOf = (outlets: readonly Outlet[]): Outlet => ({
  stop(why, concerns) {
    for (const outlet of outlets) outlet.stop(why, concerns);
  },
  interrupt(operation, why) {
    for (const outlet of outlets) outlet.interrupt(operation, why);
  },
  ask(concerns) {
    for (const outlet of outlets) outlet.ask(concerns);
  },
  async forget(run, why) {
    await Promise.all(outlets.map((outlet) => outlet.forget(run, why)));
  },
  word(operation) {
    for (const outlet of outlets) {
      const said = outlet.word(operation);
      if (said !== undefined) return said;
    }
    return undefined;
  },
});
