// Authority sets made ready for judging: checked, normalised and parsed once, so that a request costs comparisons only.
// Refuses a set with any malformed entry as a whole: half of what was approved is not what was approved. A constraint we do not understand is
// not malformed; its entry is kept and permits nothing.

import { isCatalogue } from '../resource/scheme.ts';
import { compileReach, type CompiledReach } from '../resource/uri.ts';
import { quoteBriefly } from '../resource/visible.ts';
import { familyStem, isAction, isInFamily } from './action.ts';
import type { AuthorityEntry, AuthoritySet, Constraints } from './authority-set.ts';
import { constraintKeys, constraintRules, type ConstraintKey } from './constraint.ts';
import type { ConstraintCheck } from './constraint-rule.ts';
import { whyMalformedDelegation } from './delegation.ts';
import { parseInstant } from './instant.ts';
import { isList } from './value.ts';

export type PermittedAnswer = {
  readonly permitted: true;
  readonly entry: number;
  readonly requiresActionApproval: boolean;
  /** The last whole millisecond of the time window it lies in; `Infinity` when time does not close it. */
  readonly lastMoment: number;
};

export type CompiledEntry = {
  readonly index: number;
  /** The entry in normal form. */
  readonly entry: AuthorityEntry;
  readonly reach: CompiledReach;
  /** The stems (`git.`) of the families it names. */
  readonly stems: readonly string[];
  readonly checks: readonly ConstraintCheck[];
  /** Constraint keys we do not understand; any at all and the entry permits nothing. */
  readonly unknownKeys: readonly string[];
  readonly needsActionApproval: boolean;
  /** The answer when this entry permits, built once. */
  readonly answer: PermittedAnswer;
};

/** A set ready for judging. A class, so that no parsed JSON can pass for one. */
export class CompiledAuthoritySet {
  readonly entries: readonly CompiledEntry[];
  /** The set in normal form, entry by entry as given. */
  readonly authority: AuthoritySet;
  /** For every action named literally somewhere in the set: the entries that name it, literally or by family. */
  readonly byAction: ReadonlyMap<string, readonly CompiledEntry[]>;
  readonly withFamilies: readonly CompiledEntry[];
  /** Whether any entry says how old a yes may be. */
  readonly saysFreshness: boolean;

  /** For `compileAuthoritySet` alone: takes what it is given as already checked. */
  constructor(entries: readonly CompiledEntry[]) {
    const literals = new Set(
      entries.flatMap(({ entry }) => entry.actions).filter((action) => familyStem(action) === undefined),
    );
    this.entries = entries;
    this.authority = entries.map(({ entry }) => entry);
    this.byAction = new Map(
      [...literals].map((action) => [action, entries.filter((entry) => entryNames(entry, action))]),
    );
    this.withFamilies = entries.filter(({ stems }) => stems.length > 0);
    this.saysFreshness = entries.some(({ entry }) => entry.constraints.freshnessMs !== undefined);
  }
}

export type CompileResult =
  | { readonly ok: true; readonly set: CompiledAuthoritySet }
  | { readonly ok: false; readonly why: string; readonly at: number };

export type CompileEntryResult =
  { readonly ok: true; readonly entry: CompiledEntry } | { readonly ok: false; readonly why: string };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const ENTRY_MEMBERS: ReadonlySet<string> = new Set([
  'resource',
  'resourceMatch',
  'actions',
  'constraints',
  'delegation',
  'catalogueDigest',
]);

/** Checks and prepares a whole set. `at` is the index of the entry at fault. */
export function compileAuthoritySet(set: AuthoritySet): CompileResult {
  // The type promises an array; parsed JSON that skipped the edge may not be one.
  if (!isList(set)) return { ok: false, why: 'an authority set is a list of entries', at: 0 };
  const entries: CompiledEntry[] = [];
  for (const [index, raw] of set.entries()) {
    const compiled = compileEntry(raw, index);
    if (!compiled.ok) return { ok: false, why: compiled.why, at: index };
    entries.push(compiled.entry);
  }
  return { ok: true, set: new CompiledAuthoritySet(entries) };
}

/** By the identity of the set, which mandates may share. */
const compiledSets = new WeakMap<AuthoritySet, CompiledAuthoritySet>();

/** The set ready for judging, prepared once for as long as it lives; undefined when it means nothing, and so permits nothing. */
export function compiledSet(set: AuthoritySet): CompiledAuthoritySet | undefined {
  const known = compiledSets.get(set);
  if (known !== undefined) return known;
  const compiled = compileAuthoritySet(set);
  if (!compiled.ok) return undefined;
  compiledSets.set(set, compiled.set);
  return compiled.set;
}

/** Checks and prepares one entry; `index` is its place in its set. */
export function compileEntry(raw: AuthorityEntry, index: number): CompileEntryResult {
  const refuse = (why: string): CompileEntryResult => ({ ok: false, why: `entry ${index} cannot be used: ${why}` });
  if (!isObject(raw)) return refuse('it is not an object');
  const stray = Object.entries(raw).find(([key, value]) => value !== undefined && !ENTRY_MEMBERS.has(key));
  if (stray) return refuse(`it has a member we do not understand, ${quoteBriefly(stray[0])}`);
  const reach = compileReach(raw);
  if (!reach.ok) return refuse(reach.why);
  if (!isList(raw.actions) || raw.actions.length === 0) return refuse('it names no action');
  const bad = raw.actions.findIndex((action) => !isAction(action));
  if (bad >= 0)
    return refuse(`action ${quoteBriefly(raw.actions[bad])} is neither an identifier nor a family such as \`git.*\``);
  const constraints = normaliseConstraints(raw.constraints);
  if (!constraints.ok) return refuse(constraints.why);
  const delegationWhy = raw.delegation === undefined ? undefined : whyMalformedDelegation(raw.delegation);
  if (delegationWhy !== undefined) return refuse(delegationWhy);
  if (raw.catalogueDigest !== undefined && (typeof raw.catalogueDigest !== 'string' || raw.catalogueDigest === ''))
    return refuse('its catalogue digest is not text');

  // INVARIANT: what a catalogue offers later was not there to be approved.
  if (reach.reach.stem !== undefined && isCatalogue(reach.reach.uri) && raw.catalogueDigest === undefined)
    return refuse('it covers whatever its server may offer; name one tool, or pin the catalogue by its digest');

  const entry: AuthorityEntry = {
    resource: reach.reach.uri,
    resourceMatch: raw.resourceMatch,
    actions: [...raw.actions],
    constraints: constraints.value,
    ...(raw.delegation && { delegation: raw.delegation }),
    ...(raw.catalogueDigest !== undefined && { catalogueDigest: raw.catalogueDigest }),
  };
  const needsActionApproval = constraints.value.requiresActionApproval === true;
  const notAfter = constraints.value.timeWindow?.notAfter;
  return {
    ok: true,
    entry: {
      index,
      entry,
      reach: reach.reach,
      stems: entry.actions.map(familyStem).filter((stem) => stem !== undefined),
      checks: compileChecks(constraints.value),
      unknownKeys: Object.keys(constraints.value.unknown ?? {}),
      needsActionApproval,
      answer: {
        permitted: true,
        entry: index,
        requiresActionApproval: needsActionApproval,
        lastMoment: notAfter === undefined ? Infinity : (parseInstant(notAfter)?.ms ?? -Infinity),
      },
    },
  };
}

/** Whether the entry names the action, which is one identifier, itself or through a family. */
export function entryNames(entry: CompiledEntry, action: string): boolean {
  return entry.entry.actions.includes(action) || namesFamilyOf(entry, action);
}

/** Whether the entry names a family the action, which is one identifier, belongs to. */
export function namesFamilyOf({ stems }: CompiledEntry, action: string): boolean {
  for (const stem of stems) if (isInFamily(action, stem)) return true;
  return false;
}

type NormalisedConstraints =
  { readonly ok: true; readonly value: Constraints } | { readonly ok: false; readonly why: string };

/** Keys in table order; absent and `requiresActionApproval: false` left out; every key outside the table gathered under `unknown`. */
function normaliseConstraints(raw: Constraints): NormalisedConstraints {
  if (!isObject(raw)) return { ok: false, why: 'its constraints are not an object' };
  const value: Mutable<Constraints> = {};
  const put = <K extends ConstraintKey>(key: K, bound: Constraints[K]): void => {
    value[key] = bound;
  };
  for (const key of constraintKeys) {
    if (!Object.hasOwn(raw, key) || raw[key] === undefined) continue;
    const rule = constraintRules[key];
    if (!rule.isWellFormed(raw[key])) return { ok: false, why: `its constraint \`${key}\` is not ${rule.shape}` };
    if (raw[key] !== false) put(key, raw[key]);
  }
  const known: ReadonlySet<string> = new Set([...constraintKeys, 'unknown']);
  const strays = Object.entries(raw).filter(([key, member]) => !known.has(key) && member !== undefined);
  const declared: unknown = Object.hasOwn(raw, 'unknown') ? raw.unknown : undefined;
  if (declared !== undefined && !isObject(declared))
    return { ok: false, why: 'its constraints we do not understand are not an object' };
  const unknown = [...strays, ...Object.entries(declared ?? {})];
  // `fromEntries` defines own members, so a key named `__proto__` stays a key.
  if (unknown.length > 0) value.unknown = Object.fromEntries(unknown);
  return { ok: true, value };
}

/** What bounds the yes and no request: none fails it. */
const ofTheYes: ReadonlySet<ConstraintKey> = new Set<ConstraintKey>(['requiresActionApproval', 'freshnessMs']);

function compileChecks(constraints: Constraints): readonly ConstraintCheck[] {
  const keys = constraintKeys.filter((key) => !ofTheYes.has(key));
  return keys.map((key) => compileCheck(key, constraints[key])).filter((check) => check !== undefined);
}

function compileCheck<K extends ConstraintKey>(key: K, value: Constraints[K]): ConstraintCheck | undefined {
  return value === undefined ? undefined : constraintRules[key].compile(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
