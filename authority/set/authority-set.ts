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
  /** How old a yes may be when it is used, in milliseconds, where its class would let it be older; 0: control is asked each time. */
  readonly freshnessMs?: number;
  /** Constraint keys we do not understand, by their wire name: kept for the record, and always a refusal. */
  readonly unknown?: Readonly<Record<string, unknown>>;
};

/** Who may take what is handed on: one actor by name, or every actor of a kind, which control asserts and no actor says of itself. */
export type ActorMatcher = { readonly actor: string } | { readonly actorKind: string };

/** What bounds the child mandates of an entry. */
export type ChildBounds = {
  /** Child mandates alive at once; absent: unbounded. */
  readonly maxChildren?: number;
  readonly allowedChildActors?: readonly ActorMatcher[];
  /** Generations of children; 1 when absent. */
  readonly maxChildDepth?: number;
  /** The name of a policy that has to permit each child. */
  readonly childCreationPolicy?: string;
};

/** How an entry may be handed on. Absent: as the mandate it is in says of all it has. */
export type EntryDelegation = {
  readonly maxDepth: number;
  /** Absent: the issuer's delegation policy decides at every exchange. */
  readonly allowedDelegates?: readonly ActorMatcher[];
  /** Absent: no child mandates. */
  readonly children?: ChildBounds;
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
