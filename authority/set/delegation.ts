// How far an entry may be handed on, compared and combined (draft, "Delegation Constraints" and the child-delegation draft's fan-out members).
// Delegation is policy beside the authority: it never widens down a chain, and it is never introduced where the parent has none.

import type { ActorMatcher, ChildBounds, EntryDelegation } from './authority-set.ts';
import { isList, readText } from './value.ts';

/** What each member has to be, beside being there or not. */
type Shape = ReadonlyMap<string, { readonly is: string; readonly test: (value: unknown) => boolean }>;

const wholeFrom = (least: number) => (value: unknown) => Number.isSafeInteger(value) && Number(value) >= least;
const countFromOne = { is: 'a whole number from 1', test: wholeFrom(1) };
const matchers = { is: 'a list of actors or kinds of actors', test: isMatcherList };

const childShape: Shape = new Map([
  ['maxChildren', countFromOne],
  ['allowedChildActors', matchers],
  ['maxChildDepth', countFromOne],
  ['childCreationPolicy', { is: 'the name of a policy', test: (value: unknown) => readText(value) !== undefined }],
]);
const shape: Shape = new Map([
  ['maxDepth', { is: 'a whole number from 0', test: wholeFrom(0) }],
  ['allowedDelegates', matchers],
  ['children', { is: 'an object', test: (value: unknown) => typeof value === 'object' }],
]);

/** Why the value is not a delegation policy, or undefined when it is. */
export function whyMalformedDelegation(value: unknown): string | undefined {
  const why = whyNot(value, shape, 'delegation');
  if (why !== undefined) return why;
  // The shape was just seen to hold.
  const { maxDepth, children } = value as EntryDelegation;
  if (maxDepth === undefined) return 'its delegation has no `maxDepth`';
  return children === undefined ? undefined : whyNot(children, childShape, 'delegation to children');
}

function whyNot(value: unknown, members: Shape, what: string): string | undefined {
  if (typeof value !== 'object' || value === null || isList(value)) return `its ${what} is not an object`;
  for (const [key, member] of Object.entries(value)) {
    const rule = members.get(key);
    if (member === undefined) continue;
    if (rule === undefined) return `its ${what} has a member we do not understand`;
    if (!rule.test(member)) return `its ${what}'s \`${key}\` is not ${rule.is}`;
  }
  return undefined;
}

/** Whether `inner` hands on nothing that `outer` does not. Absent means not at all. */
export function delegationNoBroader(inner: EntryDelegation | undefined, outer: EntryDelegation | undefined): boolean {
  if (inner === undefined) return true;
  if (outer === undefined) return false;
  return (
    inner.maxDepth <= outer.maxDepth &&
    actorsWithin(inner.allowedDelegates, outer.allowedDelegates) &&
    childrenNoBroader(inner.children, outer.children)
  );
}

function childrenNoBroader(inner: ChildBounds | undefined, outer: ChildBounds | undefined): boolean {
  if (inner === undefined) return true;
  if (outer === undefined) return false;
  return (
    (inner.maxChildren ?? Infinity) <= (outer.maxChildren ?? Infinity) &&
    (inner.maxChildDepth ?? 1) <= (outer.maxChildDepth ?? 1) &&
    actorsWithin(inner.allowedChildActors, outer.allowedChildActors) &&
    // Of two policies neither can be shown to be the stricter one.
    (outer.childCreationPolicy === undefined || inner.childCreationPolicy === outer.childCreationPolicy)
  );
}

export type HandingOn = {
  /** Who would get it. */
  readonly actor: string;
  /** How far below the mandate that has the entry: 1 for a child, 2 for a child's child. */
  readonly generations: number;
  /** Children of the mandate that has the entry that are alive; for one further down, 0. */
  readonly liveChildren: number;
};

/**
 * Whether an entry that says something of being handed on lets a child mandate have it. One that says nothing leaves it to the bounds of its mandate.
 * A policy by name permits nothing here, because nobody here knows it.
 */
export function mayHandOn(delegation: EntryDelegation | undefined, to: HandingOn): boolean {
  if (delegation === undefined) return true;
  const { children } = delegation;
  if (children === undefined || children.childCreationPolicy !== undefined) return false;
  return (
    to.generations <= (children.maxChildDepth ?? 1) &&
    to.liveChildren < (children.maxChildren ?? Infinity) &&
    actorsWithin([{ actor: to.actor }], children.allowedChildActors)
  );
}

/** The widest policy no broader than either; undefined when one side hands on nothing. */
export function meetDelegation(
  a: EntryDelegation | undefined,
  b: EntryDelegation | undefined,
): EntryDelegation | undefined {
  if (a === undefined || b === undefined) return undefined;
  const allowedDelegates = meetActors(a.allowedDelegates, b.allowedDelegates);
  const children = meetChildren(a.children, b.children);
  return {
    maxDepth: Math.min(a.maxDepth, b.maxDepth),
    ...(allowedDelegates && { allowedDelegates }),
    ...(children && { children }),
  };
}

function meetChildren(a: ChildBounds | undefined, b: ChildBounds | undefined): ChildBounds | undefined {
  if (a === undefined || b === undefined) return undefined;
  const childCreationPolicy = a.childCreationPolicy ?? b.childCreationPolicy;
  if (b.childCreationPolicy !== undefined && b.childCreationPolicy !== childCreationPolicy) return undefined;
  const maxChildren = Math.min(a.maxChildren ?? Infinity, b.maxChildren ?? Infinity);
  const allowedChildActors = meetActors(a.allowedChildActors, b.allowedChildActors);
  return {
    ...(maxChildren !== Infinity && { maxChildren }),
    ...(allowedChildActors && { allowedChildActors }),
    maxChildDepth: Math.min(a.maxChildDepth ?? 1, b.maxChildDepth ?? 1),
    ...(childCreationPolicy !== undefined && { childCreationPolicy }),
  };
}

function isMatcherList(value: unknown): boolean {
  return isList(value) && value.every(isMatcher);
}

function isMatcher(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const members: readonly (readonly [string, unknown])[] = Object.entries(value);
  return (
    members.length === 1 &&
    members.every(([key, name]) => (key === 'actor' || key === 'actorKind') && readText(name) !== undefined)
  );
}

/** An absent list leaves the choice to policy, which is wider than any list. */
function actorsWithin(inner: readonly ActorMatcher[] | undefined, outer: readonly ActorMatcher[] | undefined): boolean {
  return (
    outer === undefined || (inner !== undefined && inner.every((one) => outer.some((other) => isSame(one, other))))
  );
}

function meetActors(
  a: readonly ActorMatcher[] | undefined,
  b: readonly ActorMatcher[] | undefined,
): readonly ActorMatcher[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.filter((one) => b.some((other) => isSame(one, other)));
}

/** Which kinds an actor is of is not known here, so one actor is never shown to be within a kind. */
function isSame(a: ActorMatcher, b: ActorMatcher): boolean {
  return 'actor' in a ? 'actor' in b && a.actor === b.actor : 'actorKind' in b && a.actorKind === b.actorKind;
}
