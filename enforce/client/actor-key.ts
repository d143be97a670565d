/**
 * The key of an actor, for whoever acts for it: made here, kept beside the credential, and proven with each request (DPoP, RFC 9449, with jose).
 *
 * A credential and its key are kept as one text, `CREDENTIAL.X.D` (the public and the private half of an Ed25519 key as RFC 8037 spells them), so that
 * whoever keeps the one keeps the other. The library is loaded where a key is used: most actors have none, and every start waits for what is loaded. INVARIANT: what leaves this process is the credential alone; the private half never does.
 */

import { createHash, randomUUID } from 'node:crypto';
import type { CryptoKey } from 'jose';

/** `jkt`: what a mandate names it by. `keptWith`: a credential for that mandate with the key beside it. */
export type ActorKey = { readonly jkt: string; readonly keptWith: (credential: string) => string };

/** Makes a key. Whoever keeps what `keptWith` gives is the only one who has it. */
export async function newActorKey(): Promise<ActorKey> {
  const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await import('jose');
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const { x = '', d = '' } = await exportJWK(privateKey);
  return {
    jkt: await calculateJwkThumbprint({ ...curve, x }),
    keptWith: (credential) => `${credential}.${x}.${d}`,
  };
}

/** Another credential for the same actor, kept with the key of the first; as it is where that has none. */
export function keptLike(first: string, credential: string): string {
  const [, x, d] = first.split('.');
  return x === undefined || d === undefined ? credential : `${credential}.${x}.${d}`;
}

/** The credential alone: all that is ever sent. */
export const bearerOf = (kept: string): string => kept.split('.', 1)[0] ?? '';

/** Whether a key is kept beside the credential. */
export const isKeyed = (kept: string): boolean => kept.includes('.');

/** What a proof is for. `url` is taken without query and fragment; `nonce` as the server gave it. */
export type Proving = { readonly method: string; readonly url: string; readonly nonce: string | undefined };

/** A proof of the key beside the credential, for one request. Throws where none is kept. */
export async function proofOf(kept: string, { method, url, nonce }: Proving): Promise<string> {
  const [credential = '', x = '', d = ''] = kept.split('.');
  const claims = {
    htm: method,
    htu: url.split(/[?#]/, 1)[0],
    ath: createHash('sha256').update(credential).digest('base64url'),
    ...(nonce !== undefined && { nonce }),
  };
  const { SignJWT } = await import('jose');
  return new SignJWT(claims)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'EdDSA', jwk: { ...curve, x } })
    .setJti(randomUUID())
    .setIssuedAt()
    .sign(await keyOf(x, d));
}

const curve = { kty: 'OKP', crv: 'Ed25519' } as const;

const keys = new Map<string, CryptoKey>();
const maxKeys = 1_000;

async function keyOf(x: string, d: string): Promise<CryptoKey> {
  const known = keys.get(d);
  if (known !== undefined) return known;
  const { importJWK } = await import('jose');
  const key = await importJWK({ ...curve, x, d }, 'EdDSA');
  if (key instanceof Uint8Array) throw new TypeError('the key beside the credential is none');
  if (keys.size >= maxKeys) keys.clear();
  keys.set(d, key);
  return key;
}
