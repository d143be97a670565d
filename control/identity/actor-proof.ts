/**
 * Proofs that whoever brings an agent's credential holds the key its mandate names: DPoP (RFC 9449), verified with jose.
 *
 * It refuses a proof for another request, another token or another key, one that is too old, one without a nonce of this process, and one it has
 * seen. INVARIANT: a proof is good once, in the process that asked for it. Every nonce is drawn by one process in one of its lives and told to nobody
 * else, so a proof means nothing to another node over the same store, or after a restart; what was seen is kept for as long as its nonce is taken.
 */

import { createHash } from 'node:crypto';
import { EmbeddedJWK, calculateJwkThumbprint, errors, jwtVerify } from 'jose';
import { parseStrictJson, proofAlgorithms } from '@writ/protocol';

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

/** How far a proof's time may be off, in milliseconds: its nonce says better how old it is. */
const maxSkewMs = 60_000;
/** For how long new proofs carry a nonce; it is taken for as long again. */
const nonceMs = 120_000;
const maxProofLength = 4_096;

export type ActorProofsOptions = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** How many proofs one nonce is good for; then the next takes its place, so that what is kept is bounded. */
  readonly proofsPerNonce?: number;
};

export function createActorProofs({ now, random, proofsPerNonce = 10_000 }: ActorProofsOptions): ActorProofs {
  const draw = () => ({
    nonce: Buffer.from(random(24)).toString('base64url'),
    since: now(),
    seen: new Set<string>(),
  });
  let [current, previous] = [draw(), draw()];

  function turn(): void {
    const age = now() - current.since;
    if (age >= 0 && age < nonceMs && current.seen.size < proofsPerNonce) return;
    // After two of its spans, or with a clock that went back, what came before is over as well.
    previous = age >= 2 * nonceMs || age < 0 ? draw() : current;
    current = draw();
  }

  return {
    nonce: () => {
      turn();
      return current.nonce;
    },
    async verify(proof, proven) {
      const read = await readProof(proof, proven, now());
      if (!read.ok) return read;
      turn();
      const window = [current, previous].find(({ nonce }) => nonce === read.nonce);
      if (window === undefined)
        return { ok: false, error: 'use_dpop_nonce', why: 'the proof carries no nonce that was given here' };
      const use = `${proven.jkt} ${read.jti}`;
      if (window.seen.has(use)) return invalid('the proof was used before');
      window.seen.add(use);
      return { ok: true };
    },
    async verifyOn(challenge, proof, proven) {
      const read = await readProof(proof, proven, now());
      if (!read.ok) return read;
      return read.nonce === challenge ? { ok: true } : invalid('the proof is not for this connection');
    },
  };
}

const invalid = (why: string) => ({ ok: false, error: 'invalid_dpop_proof', why }) as const;

type ReadProof = { readonly ok: true; readonly jti: string; readonly nonce: string | undefined };

/** The checks of RFC 9449 §4.3, but for the nonce and the single use. */
async function readProof(
  proof: string,
  { method, url, token, jkt }: Proven,
  now: number,
): Promise<ReadProof | Extract<ProofAnswer, { ok: false }>> {
  if (proof.length > maxProofLength) return invalid('the proof is too long');
  if (isAmbiguous(proof)) return invalid('the proof is not unambiguous JSON');
  const verified = await jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: proofAlgorithms,
    requiredClaims: ['jti', 'htm', 'htu', 'iat', 'ath'],
    currentDate: new Date(now),
  }).catch((error: unknown) => {
    if (error instanceof errors.JOSEError) return undefined;
    if (error instanceof TypeError) return undefined; // a key in its header that is none
    throw error;
  });
  if (verified === undefined) return invalid('the proof is not signed as a proof is');
  const { jwk } = verified.protectedHeader;
  if (jwk === undefined) return invalid('the proof does not bring a public key');
  if ((await calculateJwkThumbprint(jwk)) !== jkt) return invalid('the proof is signed with another key');
  const { htm, htu, iat, ath, jti, nonce } = verified.payload;
  if (htm !== method) return invalid('the proof is for another method');
  if (typeof htu !== 'string' || targetOf(htu) !== targetOf(url)) return invalid('the proof is for another address');
  // INVARIANT: written so that NaN refuses.
  if (typeof iat !== 'number' || !(Math.abs(now - iat * 1_000) <= maxSkewMs))
    return invalid('the proof was not made just now');
  const digest = createHash('sha256').update(token).digest('base64url');
  if (ath !== digest) return invalid('the proof is for another credential');
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 128) return invalid('the proof has no usable `jti`');
  return { ok: true, jti, nonce: typeof nonce === 'string' ? nonce : undefined };
}

/** Whether header or payload could be read in two ways. */
function isAmbiguous(proof: string): boolean {
  return proof
    .split('.')
    .slice(0, 2)
    .some((part) => !parseStrictJson(Buffer.from(part, 'base64url')).ok);
}

/** Address and path as they are compared: normalised, without query and fragment (RFC 9449 §4.3, RFC 3986 §6.2). */
function targetOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === '' && url.password === '' ? `${url.protocol}//${url.host}${url.pathname}` : undefined;
}
