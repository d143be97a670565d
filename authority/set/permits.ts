// Whether an authority set permits a request: the bounds part of the one verdict. Knows nothing of lifecycle, budgets, policy or freshness.
// Refuses when anything is malformed, missing or not understood, and then says what would make it permitted.
// Sets are compiled once (`compileAuthoritySet`) and requests once per request (`compileRequest`); what is left per check is comparisons.

import { reachesUri } from '../resource/uri.ts';
import { quoteBriefly } from '../resource/visible.ts';
import type { AuthoritySet } from './authority-set.ts';
import {
  CompiledAuthoritySet,
  compileAuthoritySet,
  compiledSet,
  entryNames,
  namesFamilyOf,
  type CompiledEntry,
  type PermittedAnswer,
} from './compile.ts';
import type { Unmet } from './constraint-rule.ts';
import { CompiledRequest, compileRequest, withFacts, type ActionRequest, type RequestParameters } from './request.ts';

export type { ActionRequest, RequestParameters } from './request.ts';

/** What would make it permitted, for a machine: following it gives a yes of this set, or a person is asked for one. */
export type Remedy =
  /** The same request with these facts, asked no earlier than `notBefore` (epoch milliseconds; null: now). */
  | { readonly kind: 'ask_again'; readonly facts: RequestParameters; readonly notBefore: number | null }
  /** One more entry: exactly this action on exactly this resource, without bounds. */
  | { readonly kind: 'add_entry' };

/**
 * Why a set does not permit a request: one sentence, in plain words what entry or fact would, and the same for a machine. What is malformed has no
 * remedy.
 */
export type AuthorityGap = {
  readonly kind: 'resource' | 'action' | 'constraint' | 'drift' | 'unknown_constraint' | 'malformed';
  readonly why: string;
  readonly wouldPermit?: string;
  readonly remedy?: Remedy;
};

/** `entry` is the index of the entry that permits; among several, one that needs no approval of its own for each action. */
export type AuthorityAnswer = PermittedAnswer | { readonly permitted: false; readonly gap: AuthorityGap };

/** Judges one request against one set at `now` (epoch milliseconds). */
export function permits(
  set: AuthoritySet | CompiledAuthoritySet,
  request: ActionRequest | CompiledRequest,
  now: number,
): AuthorityAnswer {
  const ready = set instanceof CompiledAuthoritySet ? set : compiledSet(set);
  if (ready === undefined) return { permitted: false, gap: whyMalformed(set) };
  const compiled = request instanceof CompiledRequest ? ({ ok: true, request } as const) : compileRequest(request);
  if (!compiled.ok) return { permitted: false, gap: { kind: 'malformed', why: compiled.why } };
  const answer = permittedBy(ready, compiled.request, now);
  return answer ?? { permitted: false, gap: explain(ready, compiled.request, now) };
}

function whyMalformed(set: AuthoritySet | CompiledAuthoritySet): AuthorityGap {
  const compiled = set instanceof CompiledAuthoritySet ? undefined : compileAuthoritySet(set);
  const why = compiled?.ok === false ? compiled.why : '';
  return { kind: 'malformed', why: `the authority set is malformed: ${why}` };
}

/** The answer of a set that permits; undefined when it does not, without saying why. */
export function permittedBy(
  set: CompiledAuthoritySet,
  request: CompiledRequest,
  now: number,
): PermittedAnswer | undefined {
  const named = set.byAction.get(request.action);
  let asking: PermittedAnswer | undefined;
  for (const entry of named ?? set.withFamilies) {
    if (named === undefined && !namesFamilyOf(entry, request.action)) continue;
    if (!reachesUri(entry.reach, request.uri) || !meetsBounds(entry, request, now)) continue;
    if (!entry.needsActionApproval) return entry.answer;
    asking ??= entry.answer;
  }
  return asking;
}

/**
 * How old a yes of the set may be when it is used, in milliseconds; infinite where it says nothing.
 *
 * INVARIANT: the least of every entry that permits the request. Entries are alternatives for what is permitted, but a bound on a resource is a floor: a wider entry beside it does not loosen it.
 */
export function freshnessOf(set: CompiledAuthoritySet, request: CompiledRequest, now: number): number {
  if (!set.saysFreshness) return Infinity;
  let least = Infinity;
  for (const entry of set.byAction.get(request.action) ?? set.withFamilies) {
    const { freshnessMs = Infinity } = entry.entry.constraints;
    if (freshnessMs >= least || !entryNames(entry, request.action)) continue;
    if (reachesUri(entry.reach, request.uri) && meetsBounds(entry, request, now)) least = freshnessMs;
  }
  return least;
}

function meetsBounds(entry: CompiledEntry, request: CompiledRequest, now: number): boolean {
  if (entry.unknownKeys.length > 0 || drift(entry, request) !== undefined) return false;
  for (const check of entry.checks) if (check(request.facts, now) !== undefined) return false;
  return true;
}

const addEntry: Remedy = { kind: 'add_entry' };

/** A pinned catalogue that is not the one the request was seen in: what appeared after the approval was not approved. */
function drift({ entry }: CompiledEntry, request: CompiledRequest): Unmet | undefined {
  const { catalogueDigest } = entry;
  const seen = request.facts.catalogueDigest;
  if (catalogueDigest === undefined || seen === catalogueDigest) return undefined;
  return {
    why:
      seen === undefined
        ? 'the request does not say which catalogue it was found in, and the approval is pinned to one'
        : `the catalogue of ${quoteBriefly(entry.resource)} has changed since it was approved`,
    wouldPermit: `a request against the approved catalogue ${quoteBriefly(catalogueDigest)}, or a new approval of the catalogue as it is now`,
    facts: { catalogueDigest },
  };
}

/** The nearest miss. Runs only for requests that are refused. */
function explain(set: CompiledAuthoritySet, request: CompiledRequest, now: number): AuthorityGap {
  const action = quoteBriefly(request.action);
  const resource = quoteBriefly(request.uri);
  const reaching = set.entries.filter((entry) => reachesUri(entry.reach, request.uri));
  const naming = reaching.filter((entry) => entryNames(entry, request.action));
  const misses = naming
    .filter((entry) => entry.unknownKeys.length === 0)
    .map((entry) => ({ entry, unmet: everyUnmet(entry, request, now) }))
    .toSorted((a, b) => a.unmet.length - b.unmet.length);
  const [nearest] = misses;
  if (nearest !== undefined) return unmetGap(nearest.entry, nearest.unmet, request, now);
  const [unknownEntry] = naming;
  if (unknownEntry) {
    const keys = unknownEntry.unknownKeys.map(quoteBriefly).join(', ');
    return {
      kind: 'unknown_constraint',
      why: `the approval of ${action} on ${resource} carries a bound we do not understand (${keys}), so it permits nothing`,
      wouldPermit: `an approval of ${action} without ${keys}`,
      remedy: addEntry,
    };
  }
  const wouldPermit = `an entry that allows ${action} on ${resource}`;
  return reaching.length > 0
    ? {
        kind: 'action',
        why: `${action} is not among the actions approved for ${resource}`,
        wouldPermit,
        remedy: addEntry,
      }
    : {
        kind: 'resource',
        why: `${resource} is outside everything approved for ${action}`,
        wouldPermit,
        remedy: addEntry,
      };
}

function everyUnmet(entry: CompiledEntry, request: CompiledRequest, now: number): readonly Unmet[] {
  const checked = entry.checks.map((check) => check(request.facts, now));
  return [drift(entry, request), ...checked].filter((unmet) => unmet !== undefined);
}

function unmetGap(entry: CompiledEntry, unmet: readonly Unmet[], request: CompiledRequest, now: number): AuthorityGap {
  const facts = unmet.reduce<RequestParameters>((all, one) => ({ ...all, ...one.facts }), {});
  const begins = unmet.map((one) => one.notBefore).filter((one) => one !== undefined);
  const notBefore = begins.length === 0 ? null : Math.max(...begins);
  // Two bounds can ask for one fact in two ways, and some can be met no more: it is said only where it is true.
  const helps = meetsBounds(entry, withFacts(request, facts), notBefore ?? now);
  return {
    kind: drift(entry, request) === undefined ? 'constraint' : 'drift',
    why: unmet.map(({ why }) => why).join('; '),
    wouldPermit: unmet.map(({ wouldPermit }) => wouldPermit).join(', and '),
    remedy: helps ? { kind: 'ask_again', facts, notBefore } : addEntry,
  };
}
