/**
 * What a proof of possession has to say (DPoP, RFC 9449 §4.3), for whoever has verified that the key in its header signed it: for which request and which token it is, and when it was made.
 *
 * It verifies no signature, and does not know which key was expected. It refuses what two parsers could read differently, and what is not said at all.
 */

import { createHash } from 'node:crypto';
import { parseStrictJson } from './strict-json.ts';

/** What the proof has to be for. `url`: as the server is reached. `token` null: it is for getting one, and there is none to be for. */
export type ProofFor = { readonly method: string; readonly url: string; readonly token: string | null };

/** The claims without which it is none. */
export const proofClaims = ['jti', 'htm', 'htu', 'iat'] as const;
/** In characters. */
export const maxProofLength = 4_096;
/** How far its time may be off, in milliseconds: its nonce says better how old it is. */
const maxSkewMs = 60_000;

export type ReadProof =
  | { readonly ok: true; readonly jti: string; readonly nonce: string | undefined }
  /** One sentence. */
  | { readonly ok: false; readonly why: string };

const no = (why: string): ReadProof => ({ ok: false, why });

/** Why the text of a proof is not to be looked at further; null where it is. */
export function whyNoProof(proof: string): string | null {
  if (proof.length > maxProofLength) return 'the proof is too long';
  const parts = proof.split('.').slice(0, 2);
  return parts.every((part) => parseStrictJson(Buffer.from(part, 'base64url')).ok)
    ? null
    : 'the proof is not unambiguous JSON';
}

/** Judges the claims of a proof whose signature was verified; `now` in milliseconds. Its nonce and its single use are the caller's to judge. */
export function readProofClaims(
  { htm, htu, iat, ath, jti, nonce }: Readonly<Record<string, unknown>>,
  { method, url, token }: ProofFor,
  now: number,
): ReadProof {
  if (htm !== method) return no('the proof is for another method');
  const target = targetOf(url);
  if (typeof htu !== 'string' || target === undefined || targetOf(htu) !== target)
    return no('the proof is for another address');
  // INVARIANT: written so that NaN refuses.
  if (typeof iat !== 'number' || !(Math.abs(now - iat * 1_000) <= maxSkewMs))
    return no('the proof was not made just now');
  if (token !== null && ath !== createHash('sha256').update(token).digest('base64url'))
    return no('the proof is for another credential');
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 128) return no('the proof has no usable `jti`');
  return { ok: true, jti, nonce: typeof nonce === 'string' ? nonce : undefined };
}

/** Address and path as they are compared: normalised, without query and fragment (RFC 9449 §4.3, RFC 3986 §6.2). */
function targetOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === '' && url.password === '' ? `${url.protocol}//${url.host}${url.pathname}` : undefined;
}
