/**
 * The keys a transmitter signs with: given when it was added, or fetched from where it publishes them and kept for a while.
 *
 * It refuses to let the token choose: a key is found by its id among the transmitter's own, and verifies what it is for and nothing else.
 */

import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { createLocalJWKSet, createRemoteJWKSet, customFetch } from 'jose';
import { parseStrictJson } from '@writ/protocol';
import { listAt } from '../fields.ts';
import type { Source, SourceSettings } from '../source.ts';
import type { Resolve } from './guarded-fetch.ts';
import { FetchRefused, guardedFetch } from './guarded-fetch.ts';
import type { Jwk } from './transmitter.ts';
import { algorithmsOf, usableKeys } from './transmitter.ts';

type Keys = Extract<SourceSettings, { kind: 'ssf' }>['keys'];

/** Finds the key of a header, as jose asks for one. */
export type KeysOf = (source: Source, keys: Keys) => JWTVerifyGetKey;

/** How long fetched keys are good without being fetched again, in milliseconds. */
const cacheMaxAge = 600_000;
/** How long after a fetch a key that is not among them makes nobody fetch again, in milliseconds. */
const cooldownDuration = 30_000;

/** Keys by source; a source of the same name that was added anew has its own. */
export function createTransmitterKeys(resolve?: Resolve): KeysOf {
  const known = new WeakMap<Source, JWTVerifyGetKey>();
  return (source, keys) => {
    const found = known.get(source) ?? (keys.kind === 'given' ? given(keys.jwks.keys) : fetched(keys, resolve));
    known.set(source, found);
    return found;
  };
}

const given = (keys: readonly Jwk[]): JWTVerifyGetKey => createLocalJWKSet(setOf(keys));

const fetched = (
  { url, addresses }: Extract<Keys, { kind: 'fetched' }>,
  resolve: Resolve | undefined,
): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(url), {
    cacheMaxAge,
    cooldownDuration,
    [customFetch]: async (_, { signal }) => {
      const text = await guardedFetch(url, { addresses, signal, ...(resolve !== undefined && { resolve }) });
      return new Response(JSON.stringify(setOf(keysIn(text))), { status: 200 });
    },
  });

/** The keys of a set as text. */
function keysIn(text: string): readonly Jwk[] {
  const json = parseStrictJson(text);
  const keys = json.ok ? listAt(json.value, 'keys') : undefined;
  if (keys === undefined) throw new FetchRefused('it is no set of keys');
  return keys.flatMap((key): readonly Jwk[] =>
    typeof key === 'object' && key !== null && !Array.isArray(key) ? [Object.fromEntries(Object.entries(key))] : [],
  );
}

/** The set jose chooses from: usable keys, each with the one algorithm it is for where its kind leaves a choice. */
function setOf(keys: readonly Jwk[]): JSONWebKeySet {
  const named = usableKeys(keys).map((key) => (key['kty'] === 'RSA' ? { ...key, alg: algorithmsOf(key)[0] } : key));
  return { keys: named };
}
