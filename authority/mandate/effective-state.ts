/**
 * What a mandate's state is now, which is not always what was last stored: expiry is judged before the stored state, and a
 * descendant of an ended mandate is reported `cascaded` although nothing was ever written to it.
 */

import type { JudgedMandate as Mandate } from './mandate.ts';
import { isTerminal } from './lifecycle.ts';

export type EffectiveState =
  | {
      readonly name:
        'proposed' | 'active' | 'suspended' | 'revoked' | 'expired' | 'completed' | 'superseded' | 'refused' | 'lapsed';
      readonly because: string;
    }
  /** Ended because `because` (an ancestor's id) ended. */
  | { readonly name: 'cascaded'; readonly because: string }
  /** Held because `because` (an ancestor's id) is suspended. */
  | { readonly name: 'held'; readonly because: string };

/** The state of one mandate at `now`, its ancestors left aside. */
export function ownState(mandate: Mandate, now: number): EffectiveState {
  const stored = mandate.state.name;
  const open = stored === 'active' || stored === 'suspended';
  // INVARIANT: expiry wins over the stored state, strictly before `expiresAt` being the only time that permits.
  // Written so that a `now` or an expiry that is not a number is past.
  const isOver = !(now < mandate.expiresAt);
  if (open && isOver) return { name: 'expired', because: mandate.id };
  if (stored === 'proposed' && isOver) return { name: 'lapsed', because: mandate.id };
  return { name: stored, because: mandate.id };
}

/** The state of the last mandate of `chain` (root first) at `now`. An empty chain has no state: callers refuse it first. */
export function effectiveState(chain: readonly Mandate[], now: number): EffectiveState | undefined {
  const leaf = chain.at(-1);
  if (leaf === undefined) return undefined;
  const own = ownState(leaf, now);
  if (own.name !== 'active' && own.name !== 'suspended') return own;
  let held: EffectiveState | undefined;
  for (const ancestor of chain.slice(0, -1)) {
    const state = ownState(ancestor, now);
    if (state.name === 'active') continue;
    if (state.name === 'suspended') held ??= { name: 'held', because: ancestor.id };
    else if (state.name === 'cascaded' || state.name === 'held' || isTerminal(state.name) || state.name === 'proposed')
      return { name: 'cascaded', because: ancestor.id };
  }
  return held ?? own;
}
