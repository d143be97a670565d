// How far an entry may be handed on, compared and combined (draft, "Delegation Constraints" and the child-delegation draft's fan-out members).
// Delegation is policy beside the authority: it never widens down a chain, and it is never introduced where the parent has none.

import type { EntryDelegation } from './authority-set.ts';

const MEMBERS: ReadonlySet<string> = new Set([
  'maxDepth',
  'allowedDelegates',
  'maxChildren',
  'allowedChildActors',
  'maxChildDepth',
]);

/** Why the value is not a delegation policy, or undefined when it is. */
export function whyMalformedDelegation(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'its delegation is not an object';
  const members = new Map<string, unknown>(Object.entries(value).filter(([, member]) => member !== undefined));
  const stray = [...members.keys()].find((key) => !MEMBERS.has(key));
  if (stray !== undefined) return 'its delegation has a member we do not understand';
  const whole = (key: string, least: number) =>
    Number.isSafeInteger(members.get(key)) && Number(members.get(key)) >= least;
  if (!whole('maxDepth', 0)) return 'its delegation has no `maxDepth` of 0 or more';
  for (const key of ['maxChildren', 'maxChildDepth'])
    if (members.has(key) && !whole(key, 1)) return `its delegation's \`${key}\` is not 1 or more`;
  for (const key of ['allowedDelegates', 'allowedChildActors']) {
    if (members.has(key) && !isNameList(members.get(key))) return `its delegation's \`${key}\` is not a list of names`;
  }
  return undefined;
}

/** Whether the policy allows child mandates at all: any child member says so. */
export function allowsChildren(delegation: EntryDelegation): boolean {
  return (
    delegation.maxChildren !== undefined ||
    delegation.allowedChildActors !== undefined ||
    delegation.maxChildDepth !== undefined
  );
}

/** Whether `inner` hands on nothing that `outer` does not. Absent means not at all. */
export function delegationNoBroader(inner: EntryDelegation | undefined, outer: EntryDelegation | undefined): boolean {
  if (inner === undefined) return true;
  if (outer === undefined) return false;
  if (inner.maxDepth > outer.maxDepth || !namesWithin(inner.allowedDelegates, outer.allowedDelegates)) return false;
  if (!allowsChildren(inner)) return true;
  return (
    allowsChildren(outer) &&
    (inner.maxChildren ?? Infinity) <= (outer.maxChildren ?? Infinity) &&
    (inner.maxChildDepth ?? 1) <= (outer.maxChildDepth ?? 1) &&
    namesWithin(inner.allowedChildActors, outer.allowedChildActors)
  );
}

/** The widest policy no broader than either; undefined when one side hands on nothing. */
export function meetDelegation(
  a: EntryDelegation | undefined,
  b: EntryDelegation | undefined,
): EntryDelegation | undefined {
  if (a === undefined || b === undefined) return undefined;
  const allowedDelegates = meetNames(a.allowedDelegates, b.allowedDelegates);
  const own = { maxDepth: Math.min(a.maxDepth, b.maxDepth), ...(allowedDelegates && { allowedDelegates }) };
  if (!allowsChildren(a) || !allowsChildren(b)) return own;
  const maxChildren = Math.min(a.maxChildren ?? Infinity, b.maxChildren ?? Infinity);
  const allowedChildActors = meetNames(a.allowedChildActors, b.allowedChildActors);
  return {
    ...own,
    ...(maxChildren !== Infinity && { maxChildren }),
    ...(allowedChildActors && { allowedChildActors }),
    maxChildDepth: Math.min(a.maxChildDepth ?? 1, b.maxChildDepth ?? 1),
  };
}

function isNameList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
}

/** An absent list leaves the choice to policy, which is wider than any list. */
function namesWithin(inner: readonly string[] | undefined, outer: readonly string[] | undefined): boolean {
  return outer === undefined || (inner !== undefined && inner.every((name) => outer.includes(name)));
}

function meetNames(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.filter((name) => b.includes(name));
}
