// Whether one authority set lies within another (draft, "Subset Rule"): resources, then actions, then every constraint of the outer entry, then delegation.
// Refuses whatever it cannot compare: a constraint missing inside, a key we do not understand outside, a malformed entry on either side.
// INVARIANT: if A is within B, every request A permits, B permits. The relation is a preorder over sets whose constraints are all understood.

import { reachWithin } from '../resource/uri.ts';
import { quoteBriefly } from '../resource/visible.ts';
import { actionWithin } from './action.ts';
import type { AuthoritySet, Constraints } from './authority-set.ts';
import { compileAuthoritySet, type CompiledEntry } from './compile.ts';
import { constraintKeys, constraintRules, type ConstraintKey } from './constraint.ts';
import { delegationNoBroader } from './delegation.ts';

export type SubsetAnswer =
  { readonly subset: true } | { readonly subset: false; readonly entry: number; readonly why: string };

/** How near an outer entry came to holding the inner one; the nearest miss is the one worth telling. */
type Miss = { readonly nearness: 0 | 1 | 2 | 3; readonly why: string };

/** Whether every entry of `a` is within some entry of `b`. `entry` is the index in `a` at fault, 0 when `b` itself is malformed. */
export function isSubset(a: AuthoritySet, b: AuthoritySet): SubsetAnswer {
  const inner = compileAuthoritySet(a);
  if (!inner.ok) return { subset: false, entry: inner.at, why: inner.why };
  const outer = compileAuthoritySet(b);
  if (!outer.ok) return { subset: false, entry: 0, why: `the set it is compared with is malformed: ${outer.why}` };
  for (const entry of inner.set.entries) {
    const miss = nearestMiss(entry, outer.set.entries);
    if (miss !== undefined) return { subset: false, entry: entry.index, why: miss.why };
  }
  return { subset: true };
}

/** Whether one compiled entry is within another. */
export function entryWithin(inner: CompiledEntry, outer: CompiledEntry): boolean {
  return whyNotWithin(inner, outer) === undefined;
}

function nearestMiss(inner: CompiledEntry, outers: readonly CompiledEntry[]): Miss | undefined {
  let nearest = apartFrom(inner);
  for (const outer of outers) {
    const miss = whyNotWithin(inner, outer);
    if (miss === undefined) return undefined;
    if (miss.nearness > nearest.nearness) nearest = miss;
  }
  return nearest;
}

function apartFrom({ entry, reach }: CompiledEntry): Miss {
  const beneath = reach.stem === undefined ? '' : ' and everything beneath it';
  return { nearness: 0, why: `nothing approved covers ${quoteBriefly(entry.resource)}${beneath}` };
}

function whyNotWithin(inner: CompiledEntry, outer: CompiledEntry): Miss | undefined {
  if (!reachWithin(inner.reach, outer.reach)) return apartFrom(inner);
  const action = inner.entry.actions.find((a) => !outer.entry.actions.some((b) => actionWithin(a, b)));
  if (action !== undefined)
    return {
      nearness: 1,
      why: `action ${quoteBriefly(action)} is not approved on ${quoteBriefly(inner.entry.resource)}`,
    };
  const constraint = whyConstraintsBroader(inner.entry.constraints, outer);
  if (constraint !== undefined) return { nearness: 2, why: constraint };
  if (outer.entry.catalogueDigest !== undefined && inner.entry.catalogueDigest !== outer.entry.catalogueDigest) {
    return {
      nearness: 2,
      why: `the catalogue of ${quoteBriefly(outer.entry.resource)} is pinned, and this is not the pinned one`,
    };
  }
  if (!delegationNoBroader(inner.entry.delegation, outer.entry.delegation))
    return { nearness: 3, why: 'its delegation reaches further than the approved one' };
  return undefined;
}

function whyConstraintsBroader(inner: Constraints, outer: CompiledEntry): string | undefined {
  const unknownKey = outer.unknownKeys[0];
  if (unknownKey !== undefined)
    return `constraint ${quoteBriefly(unknownKey)} is not one we understand, so nothing can be shown to be within it`;
  const broader = constraintKeys.find((key) => isBroader(key, inner[key], outer.entry.constraints[key]));
  if (broader === undefined) return undefined;
  return inner[broader] === undefined
    ? `constraint \`${broader}\` is missing, which is broader than any value`
    : `constraint \`${broader}\` is broader than approved`;
}

function isBroader<K extends ConstraintKey>(key: K, inner: Constraints[K], outer: Constraints[K]): boolean {
  if (outer === undefined) return false;
  return inner === undefined || !constraintRules[key].noBroader(inner, outer);
}
