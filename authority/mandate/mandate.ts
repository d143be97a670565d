/**
 * The mandate: the living record of an approval, as the evaluator and every surface see it.
 *
 * Immutable once approved except for its state and for overlays that only tighten. On the wire of the mission-bound authorization
 * drafts this is the Mission record (draft-mcguinness-oauth-mission, "Mission Record"). All times are epoch milliseconds.
 */

import type { AuthoritySet } from '../set/authority-set.ts';

export type SuspendCause =
  | { readonly kind: 'person'; readonly by: string; readonly reason: string }
  | { readonly kind: 'condition'; readonly condition: string; readonly subject: string; readonly reading: string }
  | { readonly kind: 'restored'; readonly reason: string };

export type MandateState =
  | { readonly name: 'proposed'; readonly revision: number; readonly since: number }
  | { readonly name: 'active'; readonly since: number }
  | { readonly name: 'suspended'; readonly since: number; readonly cause: SuspendCause }
  | { readonly name: 'revoked'; readonly at: number; readonly by: string; readonly reason: string }
  | { readonly name: 'expired'; readonly at: number }
  | { readonly name: 'completed'; readonly at: number; readonly by: string }
  | { readonly name: 'superseded'; readonly at: number; readonly successor: string }
  | { readonly name: 'refused'; readonly at: number; readonly by: string; readonly reason: string }
  | { readonly name: 'lapsed'; readonly at: number };

/** A scalar a signal can report about a subject. */
export type SignalValue = string | number | boolean;

/** A continuous fact the mandate depends on, such as `branch:passkey/feat-passkey` not being `frozen`. */
export type Condition = {
  readonly id: string;
  readonly subject: string;
  /** `within` is of the clock alone: its subject is `time`, its value a time of the week such as `mon-fri 09:00-17:00 +01:00`. */
  readonly test: 'equals' | 'not_equals' | 'less_than' | 'at_most' | 'greater_than' | 'at_least' | 'within';
  readonly value: SignalValue;
  readonly onFailure: 'suspend' | 'revoke';
  /** Whether the approver chose that the mandate returns by itself when the condition holds again. */
  readonly returns: 'by_reinstatement' | 'automatically';
  /** How long it has to hold without a break, in milliseconds, before an automatic return. 0: returns as soon as it holds. */
  readonly holdMs: number;
  /** A reading older than this, in milliseconds, is unknown. `null`: a reading holds until the next one. */
  readonly maxAgeMs: number | null;
  /** What a subject nobody has reported on counts as. */
  readonly whenUnreported: 'holds' | 'unknown';
};

/**
 * What has to have happened under the mandate, or under one below it, before an action. Actions are identifiers or families (`file.*`).
 * Evaluated in `verdict/history.ts`.
 */
export type HistoryRule =
  /** The first time one of `actions` reaches a target asks for a person's yes; once it was done, the target is covered. */
  | {
      readonly id: string;
      readonly kind: 'first_use';
      readonly actions: readonly string[];
      /** `site`: all resources of one scheme and authority are one target, such as a host. */
      readonly target: 'resource' | 'site';
      /** Resources that are covered from the start. */
      readonly except?: readonly string[];
    }
  /** One of `first` must have been done, watched by an enforcement point, before one of `then`. */
  | {
      readonly id: string;
      readonly kind: 'before';
      readonly first: readonly string[];
      readonly then: readonly string[];
      /** What makes it count no more: it has to have begun after the last of these was over. */
      readonly staleAfter: readonly string[];
      /** Whether it must have been done to the same resource. */
      readonly sameTarget: boolean;
      /** A parameter that has to have the same value in both, such as `tree`; null for none. */
      readonly sameParameter: string | null;
      /** It counts for this long after it was done, in milliseconds. `null`: until it is stale. */
      readonly maxAgeMs: number | null;
    };

/** Integers only. `wallMs` counts from approval; money is in micro-units of `currency`. */
export type Budget =
  | ({ readonly kind: 'calls'; readonly limit: number } & WhenSpent)
  | ({ readonly kind: 'tokens'; readonly limit: number } & WhenSpent)
  /** Its end is an end like an expiry: nothing goes on. */
  | { readonly kind: 'wall'; readonly limitMs: number }
  | ({ readonly kind: 'money'; readonly limitMicros: number; readonly currency: string } & WhenSpent);

/** What becomes of work that is under way when nothing is left: it may finish, where nothing is said, or it is interrupted. */
type WhenSpent = { readonly whenSpent?: 'finish' | 'interrupt' };

/** What a mandate's actor may hand on by creating child mandates. `maxDepth` counts generations below this mandate. */
export type DelegationBounds = {
  readonly maxDepth: number;
  readonly maxChildren: number;
  readonly actors: readonly string[] | 'any';
};

/** One more authority set in the conjunction, so it can never widen. */
export type Overlay = {
  readonly authority: AuthoritySet;
  readonly at: number;
  readonly by: string;
  readonly reason: string;
};

export type StopProfile = { readonly deadlineMs: number };

export type Mandate = {
  readonly id: string;
  readonly project: string;
  readonly purpose: string;
  readonly parent: string | null;
  /** 0 for a root. */
  readonly depth: number;
  readonly authority: AuthoritySet;
  readonly overlays: readonly Overlay[];
  readonly conditions: readonly Condition[];
  readonly history: readonly HistoryRule[];
  readonly budgets: readonly Budget[];
  readonly delegation: DelegationBounds;
  /** The agent this mandate is for; a credential names its actor and must match. */
  readonly actor: string;
  /** The JWK thumbprint (RFC 7638, SHA-256, base64url) of the key its actor has to prove for a credential; null: a bearer credential. */
  readonly actorKey: string | null;
  /** Who besides the approver may steer work under it. */
  readonly steerers: readonly string[];
  /** Who may bring it back, extend or widen it, by name; empty: every approver of its project. */
  readonly approvers: readonly string[];
  readonly stopProfile: StopProfile;
  /** How old a yes under it may be when it is used, in milliseconds, where its class would let it be older; absent: as the class says. It never loosens. */
  readonly freshnessMs?: number;
  /**
   * It only watches: what its bounds do not cover is said and recorded (`would_refuse`), and goes on where a point asks before each call. Absent: they hold.
   * Only a mandate that hands nothing on.
   */
  readonly watch?: true;
  readonly expiresAt: number;
  /** Null until approved. */
  readonly approvedAt: number | null;
  readonly state: MandateState;
  /** Raised by every transition and amendment, from 1. */
  readonly version: number;
  /** Raised by every transition that can turn a yes into a no, from 1. */
  readonly epoch: number;
};

/** What of a mandate a verdict rests on, and all of it: what an artifact has to carry so that a point judges as control would. */
export type JudgedMandate = Pick<
  Mandate,
  | 'id'
  | 'parent'
  | 'actor'
  | 'authority'
  | 'conditions'
  | 'history'
  | 'budgets'
  | 'expiresAt'
  | 'approvedAt'
  | 'state'
  | 'version'
  | 'epoch'
  | 'freshnessMs'
  | 'watch'
> & { readonly overlays: readonly Pick<Overlay, 'authority'>[] };
