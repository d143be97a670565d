/**
 * What a mandate's state is now, which is not always what was last stored: expiry is judged before the stored state, and a
 * descendant of an ended mandate is reported `cascaded` although nothing was ever written to it.
 */

import type { JudgedMandate as Mandate } from './mandate.ts';
import type { MandateStateName } from './lifecycle.ts';

/** What a mandate is by itself; `because` is its own id. */
export type OwnState = { readonly name: MandateStateName; readonly because: string };

export type EffectiveState =
  | OwnState
  /** Ended because `because` (an ancestor's id) ended. */
  | { readonly name: 'cascaded'; readonly because: string }
  /** Held because `because` (an ancestor's id) is suspended. */
  | { readonly name: 'held'; readonly because: string };

/** The state of one mandate at `now`, its ancestors left aside. */
export function ownState(mandate: Mandate, now: number): OwnState {
  return { name: ownName(mandate, now), because: mandate.id };
}

function ownName({ state: { name: stored }, expiresAt }: Mandate, now: number): MandateStateName {
  // INVARIANT: expiry wins over the stored state, strictly before `expiresAt` being the only time that permits.
  // Written so that a `now` or an expiry that is not a number is past.
  if (now < expiresAt) return stored;
  if (stored === 'active' || stored === 'suspended') return 'expired';
  return stored === 'proposed' ? 'lapsed' : stored;
}

/** The state of the last mandate of `chain` (root first) at `now`. An empty chain has no state: callers refuse it first. */
export function effectiveState(chain: readonly Mandate[], now: number): EffectiveState | undefined {
  const leaf = chain.at(-1);
  if (leaf === undefined) return undefined;
  const own = ownState(leaf, now);
  if (own.name !== 'active' && own.name !== 'suspended') return own;
  let held: EffectiveState | undefined;
  for (const ancestor of chain) {
    const name = ownName(ancestor, now);
    if (name === 'active' || ancestor === leaf) continue;
    if (name !== 'suspended') return { name: 'cascaded', because: ancestor.id };
    held ??= { name: 'held', because: ancestor.id };
  }
  return held ?? own;
}
