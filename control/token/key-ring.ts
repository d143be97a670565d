/**
 * The keys control signs with: for each use one that signs, at most one that is announced, and those that only verify what they signed before.
 *
 * INVARIANT: a key is for one use for ever, and once retired it never comes back. The epoch counts what happened to the ring: it only grows.
 */

import type { KeyUse } from '@writ/protocol';

export type KeyState =
  | { readonly name: 'published'; readonly at: number }
  | { readonly name: 'signing'; readonly since: number }
  /** It signed from `since` until `until`. */
  | { readonly name: 'verifying'; readonly since: number; readonly until: number }
  | { readonly name: 'retired'; readonly at: number; readonly by: string; readonly reason: string };

export type RingKey = {
  readonly kid: string;
  readonly use: KeyUse;
  /** The public key (RFC 8037), base64url. */
  readonly x: string;
  readonly state: KeyState;
};

export type KeyRing = { readonly epoch: number; readonly keys: ReadonlyMap<string, RingKey> };

export const emptyRing: KeyRing = { epoch: 0, keys: new Map() };

export const keysOf = ({ keys }: KeyRing, use: KeyUse): readonly RingKey[] =>
  [...keys.values()].filter((key) => key.use === use);

/** The key that signs for `use`; undefined before there is one. */
export const signingKey = (ring: KeyRing, use: KeyUse): RingKey | undefined =>
  keysOf(ring, use).find(({ state }) => state.name === 'signing');

/** The key announced for `use`, which does not sign yet. */
export const nextKey = (ring: KeyRing, use: KeyUse): RingKey | undefined =>
  keysOf(ring, use).find(({ state }) => state.name === 'published');

/** The key that signed for `use` at `at`, so that the same statement is signed the same again; the one that signs now when that one is gone. */
export const signingKeyAt = (ring: KeyRing, use: KeyUse, at: number): RingKey | undefined =>
  keysOf(ring, use).find(({ state }) => state.name === 'verifying' && state.since <= at && at < state.until) ??
  signingKey(ring, use);
