/**
 * Whether a transmitter of Shared Signals can be trusted with what was given of it: an issuer, an audience, and public keys (RFC 7517), each of
 * which is good for one algorithm. Pure.
 *
 * It refuses symmetric and private keys, algorithms off the list, and an address for keys that is neither https nor one that was allowed by name.
 */

import type { SourceSettings } from '../source.ts';
import { whyNoAddress, whyUnfetchable } from './fetch-target.ts';

type Settings = Extract<SourceSettings, { kind: 'ssf' }>;
/** A JSON Web Key, as it came. */
export type Jwk = Readonly<Record<string, unknown>>;

/** The algorithms a SET may be signed with; the interoperability profile of CAEP asks for RS256. */
export const signingAlgorithms: readonly string[] = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'];

const byCurve: Readonly<Record<string, readonly string[]>> = {
  'EC P-256': ['ES256'],
  'EC P-384': ['ES384'],
  'OKP Ed25519': ['EdDSA', 'Ed25519'],
};

/**
 * The algorithms `key` may verify: the one it names, or the one its kind is for. An RSA key that names none is for RS256. None for a key that may
 * verify nothing.
 */
export function algorithmsOf(key: Jwk): readonly string[] {
  const { kty, crv, alg, use } = key;
  if (use !== undefined && use !== 'sig') return [];
  if (kty === 'RSA' && !isLongEnough(key['n'])) return [];
  const kind =
    kty === 'RSA' ? (alg === 'PS256' ? ['PS256'] : ['RS256']) : (byCurve[`${String(kty)} ${String(crv)}`] ?? []);
  return alg === undefined ? kind : kind.filter((name) => name === alg);
}

/** A modulus of 2048 bits or more (RFC 7518 §3.3). */
const isLongEnough = (modulus: unknown): boolean => typeof modulus === 'string' && modulus.length >= 342;

/** Members of a JWK that are nobody's to show. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const isSecret = (key: Jwk): boolean => secretMembers.some((member) => Object.hasOwn(key, member));

/** The keys of a set that may verify something, each only for what it may. */
export const usableKeys = (keys: readonly Jwk[]): readonly Jwk[] =>
  keys.filter((key) => !isSecret(key) && algorithmsOf(key).length > 0);

/** Why the transmitter cannot be added, or undefined. */
export function whyUnusableTransmitter({ issuer, audience, keys }: Settings): string | undefined {
  if (issuer === '' || audience === '') return 'a transmitter needs its issuer and the audience it signs for';
  if (keys.kind === 'fetched')
    return (
      whyUnfetchable(keys.url, keys.addresses) ?? keys.addresses.map(whyNoAddress).find((why) => why !== undefined)
    );
  const own = keys.jwks.keys;
  if (own.length === 0) return 'the key set is empty';
  if (own.some(isSecret))
    return 'the key set holds a private or symmetric key; give the public ones, and replace that one';
  const unusable = own.findIndex((key) => algorithmsOf(key).length === 0);
  if (unusable >= 0)
    return `key ${String(unusable + 1)} of the set is for none of ${signingAlgorithms.join(', ')}; leave it out`;
  return undefined;
}
