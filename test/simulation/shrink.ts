/** Makes a failing run shorter: leaves out steps, more and more finely, for as long as something still goes wrong (delta debugging, Zeller and Hildebrandt 2002). */

import { real } from './engine/engine.ts';
import type { How, Outcome } from './world/simulate.ts';
import { simulate } from './world/simulate.ts';

/** The steps that are left, and what goes wrong with them. `limitMs`: of real time. `share`: of the steps there were, with which it is short enough. */
export async function shrink(
  failed: Outcome,
  how: How,
  { limitMs, share }: { readonly limitMs: number; readonly share: number },
): Promise<{ readonly steps: readonly number[]; readonly outcome: Outcome }> {
  const end = real.now() + limitMs;
  const enough = Math.max(1, failed.steps.length * share);
  let outcome = failed;
  let steps: readonly number[] = failed.steps;
  for (let parts = 2; steps.length > enough && real.now() < end;) {
    const size = Math.ceil(steps.length / parts);
    let isShorter = false;
    for (let from = 0; from < steps.length && real.now() < end; from += size) {
      const rest = [...steps.slice(0, from), ...steps.slice(from + size)];
      const tried = await simulate(failed.seed, { ...how, only: new Set(rest) });
      if (tried.wrong.length === 0) continue;
      // What comes after the failure has no part in it.
      [outcome, steps, isShorter] = [tried, tried.steps, true];
      break;
    }
    if (isShorter) parts = Math.max(2, parts - 1);
    else if (parts >= steps.length) break;
    else parts = Math.min(steps.length, parts * 2);
  }
  return { steps, outcome };
}
