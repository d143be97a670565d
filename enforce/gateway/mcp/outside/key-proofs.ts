/**
 * Proofs that an agent outside holds the key its token is bound to, or is to be bound to: DPoP (RFC 9449), verified with jose.
 *
 * It refuses a proof for another request or another token, one without a nonce of this process, and one it has seen. Which key it had to be is asked by who knows that.
 */

import { randomBytes } from 'node:crypto';
import type { ProofFor } from '@writ/protocol';
import { createProofNonces, proofAlgorithms, proofClaims, readProofClaims, whyNoProof } from '@writ/protocol';

export type KeyProof =
  /** `jkt`: the thumbprint of the key (RFC 7638). */
  | { readonly ok: true; readonly jkt: string }
  /** The error codes of RFC 9449; `why` is one sentence. */
  | { readonly ok: false; readonly error: 'invalid_dpop_proof' | 'use_dpop_nonce'; readonly why: string };

export interface KeyProofs {
  /** The nonce that new proofs are to carry. */
  nonce(): string;
  /** Judges a proof of a request, and takes its one use. */
  verify(proof: string, wanted: ProofFor): Promise<KeyProof>;
}

/** `now` in milliseconds since the epoch. */
export function createKeyProofs(now: () => number): KeyProofs {
  const nonces = createProofNonces({ now, random: randomBytes });
  return {
    nonce: () => nonces.current(),
    async verify(proof, wanted) {
      const unread = whyNoProof(proof);
      if (unread !== null) return invalid(unread);
      const verified = await verifiedIn(proof, now(), wanted.token === null ? [] : ['ath']);
      if (verified === null) return invalid('the proof is not signed as a proof is');
      const read = readProofClaims(verified.claims, wanted, now());
      if (!read.ok) return invalid(read.why);
      switch (nonces.take(read.nonce, `${verified.jkt} ${read.jti}`)) {
        case 'taken':
          return { ok: true, jkt: verified.jkt };
        case 'used':
          return invalid('the proof was used before');
        case 'unknown':
          return { ok: false, error: 'use_dpop_nonce', why: 'the proof carries no nonce that was given here' };
      }
    },
  };
}

const invalid = (why: string): KeyProof => ({ ok: false, error: 'invalid_dpop_proof', why });

/** What the key in its header signed, and that key; null where it is no proof. */
async function verifiedIn(proof: string, now: number, besides: readonly string[]) {
  // Loaded where an agent brings one: most bring a bearer.
  const { EmbeddedJWK, calculateJwkThumbprint, errors, jwtVerify } = await import('jose');
  const verified = await jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: proofAlgorithms,
    requiredClaims: [...proofClaims, ...besides],
    currentDate: new Date(now),
  }).catch((error: unknown) => {
    if (error instanceof errors.JOSEError) return undefined;
    if (error instanceof TypeError) return undefined; // a key in its header that is none
    throw error;
  });
  const jwk = verified?.protectedHeader.jwk;
  return verified === undefined || jwk === undefined
    ? null
    : { claims: verified.payload, jkt: await calculateJwkThumbprint(jwk) };
}
