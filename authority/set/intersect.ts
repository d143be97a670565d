// What two authority sets both allow (draft, intersection rules of "Common Constraints"), entry by entry.
// Refuses to guess: a pair with nothing in common, or with a constraint we do not understand, contributes nothing.
// INVARIANT: the result is within both, and permits exactly the requests both permit: resources, actions and domains nest or are apart.

import { reachWithin } from '../resource/uri.ts';
import { actionWithin } from './action.ts';
import type { AuthorityEntry, AuthoritySet, Constraints } from './authority-set.ts';
import { compileAuthoritySet, compileEntry, type CompiledEntry } from './compile.ts';
import { constraintKeys, constraintRules, type ConstraintKey } from './constraint.ts';
import { meetDelegation } from './delegation.ts';
import { entryWithin } from './subset.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The greatest set within both; empty when they have nothing in common or either is malformed. */
export function intersect(a: AuthoritySet, b: AuthoritySet): AuthoritySet {
  const left = compileAuthoritySet(a);
  const right = compileAuthoritySet(b);
  if (!left.ok || !right.ok) return [];
  const met = left.set.entries.flatMap((x) => right.set.entries.map((y) => meetEntry(x, y)));
  return withoutRedundant(met.filter((entry) => entry !== undefined)).map(({ entry }) => entry);
}

function meetEntry(a: CompiledEntry, b: CompiledEntry): CompiledEntry | undefined {
  if (a.unknownKeys.length > 0 || b.unknownKeys.length > 0) return undefined;
  const narrower = narrowerReach(a, b);
  const actions = meetActions(a.entry.actions, b.entry.actions);
  const constraints = meetConstraints(a.entry.constraints, b.entry.constraints);
  const digest = a.entry.catalogueDigest ?? b.entry.catalogueDigest;
  const pinnedApart = b.entry.catalogueDigest !== undefined && b.entry.catalogueDigest !== digest;
  if (!narrower || actions.length === 0 || !constraints || pinnedApart) return undefined;
  const delegation = meetDelegation(a.entry.delegation, b.entry.delegation);
  const entry: AuthorityEntry = {
    resource: narrower.resource,
    resourceMatch: narrower.resourceMatch,
    actions,
    constraints,
    ...(delegation && { delegation }),
    ...(digest !== undefined && { catalogueDigest: digest }),
  };
  const compiled = compileEntry(entry, a.index);
  return compiled.ok ? compiled.entry : undefined;
}

function narrowerReach(a: CompiledEntry, b: CompiledEntry): AuthorityEntry | undefined {
  if (reachWithin(a.reach, b.reach)) return a.entry;
  return reachWithin(b.reach, a.reach) ? b.entry : undefined;
}

/** Identifiers and families nest or are apart, so the narrower of each nesting pair is all there is. */
function meetActions(a: readonly string[], b: readonly string[]): readonly string[] {
  const fromA = a.filter((action) => b.some((other) => actionWithin(action, other)));
  const fromB = b.filter((action) => a.some((other) => actionWithin(action, other)));
  return [...new Set([...fromA, ...fromB])];
}

/** Every key of either side; undefined when one key's values have nothing in common. */
function meetConstraints(a: Constraints, b: Constraints): Constraints | undefined {
  const met: Mutable<Constraints> = {};
  const put = <K extends ConstraintKey>(key: K, value: Constraints[K]): void => {
    met[key] = value;
  };
  for (const key of constraintKeys) {
    if (a[key] === undefined && b[key] === undefined) continue;
    const value = meetValue(key, a[key], b[key]);
    if (value === undefined) return undefined;
    put(key, value);
  }
  return met;
}

/** A key on one side alone keeps its value: the other side has no bound there. */
function meetValue<K extends ConstraintKey>(key: K, a: Constraints[K], b: Constraints[K]): Constraints[K] | undefined {
  return a === undefined || b === undefined ? (a ?? b) : constraintRules[key].meet(a, b);
}

/** Drops each entry another one already covers, keeping the first of equals, so that long chains do not multiply. One that says more of how old a yes may be stays. */
function withoutRedundant(entries: readonly CompiledEntry[]): readonly CompiledEntry[] {
  return entries.filter(
    (inner, j) =>
      !entries.some(
        (outer, i) =>
          entryWithin(inner, outer) && freshness(outer) <= freshness(inner) && (i < j || !entryWithin(outer, inner)),
      ),
  );
}

const freshness = ({ entry }: CompiledEntry): number => entry.constraints.freshnessMs ?? Infinity;
