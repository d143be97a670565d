/**
 * Proofs that whoever brings an agent's credential holds the key its mandate names: DPoP (RFC 9449), verified with jose.
 *
 * It refuses a proof for another request, another token or another key, one that is too old, one without a nonce of this process, and one it has
 * seen: a proof means nothing to another node over the same store, or after a restart.
 */

import { EmbeddedJWK, calculateJwkThumbprint, errors, jwtVerify } from 'jose';
import { createProofNonces, proofAlgorithms, proofClaims, readProofClaims, whyNoProof } from '@writ/protocol';
import type { ProofNoncesOptions, ReadProof } from '@writ/protocol';

/** What the proof has to be for. `jkt`: of the key the mandate names. `url`: as the server is reached, without query and fragment. */
export type Proven = {
  readonly method: string;
  readonly url: string;
  readonly token: string;
  readonly jkt: string;
};
export type ProofAnswer =
  | { readonly ok: true }
  /** The error codes of RFC 9449; `why` is one sentence. */
  | { readonly ok: false; readonly error: 'invalid_dpop_proof' | 'use_dpop_nonce'; readonly why: string };

export interface ActorProofs {
  /** The nonce that new proofs are to carry. */
  nonce(): string;
  /** Judges a proof of a request, and takes its one use. */
  verify(proof: string, proven: Proven): Promise<ProofAnswer>;
  /** Judges the proof that opens a connection, by the challenge that was given on it alone. */
  verifyOn(challenge: string, proof: string, proven: Proven): Promise<ProofAnswer>;
}

export function createActorProofs(options: ProofNoncesOptions): ActorProofs {
  const { now } = options;
  const nonces = createProofNonces(options);
  return {
    nonce: () => nonces.current(),
    async verify(proof, proven) {
      const read = await readProof(proof, proven, now());
      if (!read.ok) return invalid(read.why);
      switch (nonces.take(read.nonce, `${proven.jkt} ${read.jti}`)) {
        case 'taken':
          return { ok: true };
        case 'used':
          return invalid('the proof was used before');
        case 'unknown':
          return { ok: false, error: 'use_dpop_nonce', why: 'the proof carries no nonce that was given here' };
      }
    },
    async verifyOn(challenge, proof, proven) {
      const read = await readProof(proof, proven, now());
      if (!read.ok) return invalid(read.why);
      return read.nonce === challenge ? { ok: true } : invalid('the proof is not for this connection');
    },
  };
}

const invalid = (why: string) => ({ ok: false, error: 'invalid_dpop_proof', why }) as const;

/** The checks of RFC 9449 §4.3, but for the nonce and the single use. */
async function readProof(proof: string, { jkt, ...proven }: Proven, now: number): Promise<ReadProof> {
  const no = (why: string): ReadProof => ({ ok: false, why });
  const unread = whyNoProof(proof);
  if (unread !== null) return no(unread);
  const verified = await jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: proofAlgorithms,
    requiredClaims: [...proofClaims, 'ath'],
    currentDate: new Date(now),
  }).catch((error: unknown) => {
    if (error instanceof errors.JOSEError) return undefined;
    if (error instanceof TypeError) return undefined; // a key in its header that is none
    throw error;
  });
  if (verified === undefined) return no('the proof is not signed as a proof is');
  const { jwk } = verified.protectedHeader;
  if (jwk === undefined) return no('the proof does not bring a public key');
  if ((await calculateJwkThumbprint(jwk)) !== jkt) return no('the proof is signed with another key');
  return readProofClaims(verified.payload, proven, now);
}
