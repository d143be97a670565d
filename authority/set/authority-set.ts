// The authority set: what a mandate allows, as data in our own spelling. The wire spelling (`mission_resource_access`) lives in platform/protocol.
// Follows the mission-bound authorization draft, "Mission Authority" and "Common Constraints". Holds no rules; they are in the files beside it.

import type { ResourceMatch } from '../resource/uri.ts';

export type { ResourceMatch } from '../resource/uri.ts';

/** An exact decimal number (`^[0-9]+(\.[0-9]{1,18})?$`) and an ISO 4217 currency code. */
export type Amount = { readonly amount: string; readonly currency: string };

/** RFC 3339 instants; at least one is present, an absent side is unbounded. */
export type TimeWindow = { readonly notBefore?: string; readonly notAfter?: string };

/** Bounds on what an entry allows. A key that is there narrows; a key that is missing is the broadest value there is. */
export type Constraints = {
  readonly maxAmount?: Amount;
  readonly resourceIssuedAfter?: string;
  readonly resourceIssuedBefore?: string;
  readonly tenant?: string;
  readonly recipientDomain?: string;
  readonly timeWindow?: TimeWindow;
  readonly dataClassification?: readonly string[];
  readonly allowedTools?: readonly string[];
  readonly requiresActionApproval?: boolean;
  /** Constraint keys we do not understand, by their wire name: kept for the record, and always a refusal. */
  readonly unknown?: Readonly<Record<string, unknown>>;
};

/** How an entry may be handed on. Absent: not at all. Without any of the three child members: no child mandates. */
export type EntryDelegation = {
  readonly maxDepth: number;
  /** Absent: the issuer's delegation policy decides at every exchange. */
  readonly allowedDelegates?: readonly string[];
  /** Child mandates alive at once; absent: unbounded where children are allowed. */
  readonly maxChildren?: number;
  readonly allowedChildActors?: readonly string[];
  /** Generations of children; 1 when absent and children are allowed. */
  readonly maxChildDepth?: number;
};

export type AuthorityEntry = {
  readonly resource: string;
  readonly resourceMatch: ResourceMatch;
  /** Identifiers (`git.push`) or families (`git.*`, everything below the name and not the name itself). */
  readonly actions: readonly string[];
  readonly constraints: Constraints;
  readonly delegation?: EntryDelegation;
  /** Digest of the catalogue (an MCP server's tools) the entry was approved over; a request must show the same one. */
  readonly catalogueDigest?: string;
};

export type AuthoritySet = readonly AuthorityEntry[];
