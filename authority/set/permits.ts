// Whether an authority set permits a request: the bounds part of the one verdict. Knows nothing of lifecycle, budgets, policy or freshness.
// Refuses when anything is malformed, missing or not understood, and then says what would make it permitted.
// Sets are compiled once (`compileAuthoritySet`) and requests once per request (`compileRequest`); what is left per check is comparisons.

import { reachesUri } from '../resource/uri.ts';
import { quoteBriefly } from '../resource/visible.ts';
import type { AuthoritySet } from './authority-set.ts';
import {
  CompiledAuthoritySet,
  compileAuthoritySet,
  entryNames,
  namesFamilyOf,
  type CompiledEntry,
  type PermittedAnswer,
} from './compile.ts';
import type { Unmet } from './constraint-rule.ts';
import { CompiledRequest, compileRequest, type ActionRequest } from './request.ts';

export type { ActionRequest, RequestParameters } from './request.ts';

/** Why a set does not permit a request: one sentence, and in plain words what entry or fact would. */
export type AuthorityGap = {
  readonly kind: 'resource' | 'action' | 'constraint' | 'unknown_constraint' | 'malformed';
  readonly why: string;
  readonly wouldPermit?: string;
};

/** `entry` is the index of the entry that permits; among several, one that needs no approval of its own for each action. */
export type AuthorityAnswer = PermittedAnswer | { readonly permitted: false; readonly gap: AuthorityGap };

/** Judges one request against one set at `now` (epoch milliseconds). A set that is not compiled is compiled for this call alone. */
export function permits(
  set: AuthoritySet | CompiledAuthoritySet,
  request: ActionRequest | CompiledRequest,
  now: number,
): AuthorityAnswer {
  const compiledSet = set instanceof CompiledAuthoritySet ? ({ ok: true, set } as const) : compileAuthoritySet(set);
  if (!compiledSet.ok)
    return { permitted: false, gap: { kind: 'malformed', why: `the authority set is malformed: ${compiledSet.why}` } };
  const compiled = request instanceof CompiledRequest ? ({ ok: true, request } as const) : compileRequest(request);
  if (!compiled.ok) return { permitted: false, gap: { kind: 'malformed', why: compiled.why } };
  const answer = permittedBy(compiledSet.set, compiled.request, now);
  return answer ?? { permitted: false, gap: explain(compiledSet.set, compiled.request, now) };
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

function meetsBounds(entry: CompiledEntry, request: CompiledRequest, now: number): boolean {
  if (entry.unknownKeys.length > 0 || drift(entry, request) !== undefined) return false;
  for (const check of entry.checks) if (check(request.facts, now) !== undefined) return false;
  return true;
}

/** A pinned catalogue that is not the one the request was seen in: what appeared after the approval was not approved. */
function drift({ entry }: CompiledEntry, request: CompiledRequest): Unmet | undefined {
  if (entry.catalogueDigest === undefined) return undefined;
  const seen = request.facts.catalogueDigest;
  if (seen === entry.catalogueDigest) return undefined;
  const wouldPermit = `a request against the approved catalogue ${quoteBriefly(entry.catalogueDigest)}, or a new approval of the catalogue as it is now`;
  return seen === undefined
    ? {
        why: 'the request does not say which catalogue it was found in, and the approval is pinned to one',
        wouldPermit,
      }
    : { why: `the catalogue of ${quoteBriefly(entry.resource)} has changed since it was approved`, wouldPermit };
}

/** The nearest miss. Runs only for requests that are refused. */
function explain(set: CompiledAuthoritySet, request: CompiledRequest, now: number): AuthorityGap {
  const action = quoteBriefly(request.action);
  const resource = quoteBriefly(request.uri);
  const reaching = set.entries.filter((entry) => reachesUri(entry.reach, request.uri));
  const naming = reaching.filter((entry) => entryNames(entry, request.action));
  const understood = naming.find((entry) => entry.unknownKeys.length === 0);
  if (understood) {
    const checked = understood.checks.map((check) => check(request.facts, now)).find((unmet) => unmet !== undefined);
    const unmet = drift(understood, request) ?? checked;
    return {
      kind: 'constraint',
      why: unmet?.why ?? `a bound on ${action} is not met`,
      ...(unmet && { wouldPermit: unmet.wouldPermit }),
    };
  }
  const [unknownEntry] = naming;
  if (unknownEntry) {
    const keys = unknownEntry.unknownKeys.map(quoteBriefly).join(', ');
    return {
      kind: 'unknown_constraint',
      why: `the approval of ${action} on ${resource} carries a bound we do not understand (${keys}), so it permits nothing`,
      wouldPermit: `an approval of ${action} without ${keys}`,
    };
  }
  const wouldPermit = `an entry that allows ${action} on ${resource}`;
  return reaching.length > 0
    ? { kind: 'action', why: `${action} is not among the actions approved for ${resource}`, wouldPermit }
    : { kind: 'resource', why: `${resource} is outside everything approved for ${action}`, wouldPermit };
}
