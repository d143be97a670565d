/**
 * Proofs of possession, as they come: DPoP (RFC 9449) over HTTP, one proof per connection on the multiplexed socket. It translates; whether a proof
 * is one is control's to say.
 *
 * It refuses a bearer where a key has to be proven, and the scheme `DPoP` where there is none to prove: nobody may think a proof was looked at.
 */

import type { ActorProofs } from '@writ/control';
import { proofAlgorithms } from '@writ/protocol';
import { multiplexProof } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import { problem } from './problem.ts';

export type Possession<P> = {
  /** The thumbprint of the key that `caller` has to prove; null where a bearer will do. */
  readonly keyOf: (caller: P) => string | null;
  readonly proofs: ActorProofs;
};

/** A credential as it was presented. */
export type Presented = { readonly scheme: 'bearer' | 'dpop'; readonly token: string };

export type Unproven = { readonly problem: ProblemWire; readonly challenge: string };

/** What is in an `Authorization` header; undefined for none that is understood. */
export function presentedIn(header: string | undefined): Presented | undefined {
  const [, scheme, token] = /^(Bearer|DPoP) ([\x21-\x7e]{1,512})$/i.exec(header ?? '') ?? [];
  if (scheme === undefined || token === undefined) return undefined;
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', token };
}

const wayOut = 'send `Authorization: DPoP TOKEN` with a proof made for this request, with the nonce in `DPoP-Nonce`';

const unproven = (error: string, why: string): Unproven => ({
  problem: problem(401, error, why, wayOut),
  challenge: `DPoP error="${error}", algs="${proofAlgorithms.join(' ')}"`,
});

/** Why what came is not proven to be its holder's; undefined where it is, or need not be. */
export async function whyNotProven<P>(
  { keyOf, proofs }: Possession<P>,
  caller: P,
  came: Presented & { readonly method: string; readonly url: string; readonly proof: string | undefined },
): Promise<Unproven | undefined> {
  const { scheme, method, url, token, proof } = came;
  const jkt = keyOf(caller);
  if (jkt === null)
    return scheme === 'bearer' ? undefined : unproven('invalid_token', 'the credential is bound to no key');
  if (scheme === 'bearer' || proof === undefined)
    return unproven('invalid_dpop_proof', 'the credential is bound to a key, and came without a proof of it');
  const answer = await proofs.verify(proof, { method, url, token, jkt });
  return answer.ok ? undefined : unproven(answer.error, answer.why);
}

/** What was proven on one connection of the multiplexed socket. */
export class ProvenHere<P> {
  readonly challenge: string;
  readonly #possession: Possession<P>;
  readonly #tokens = new Set<string>();

  constructor(possession: Possession<P>, challenge: string) {
    this.#possession = possession;
    this.challenge = challenge;
  }

  /** Why the call is not proven to be its holder's; undefined where it is, or need not be. */
  async whyNot(caller: P, token: string, proof: string | undefined): Promise<ProblemWire | undefined> {
    const { keyOf, proofs } = this.#possession;
    const jkt = keyOf(caller);
    if (jkt === null || this.#tokens.has(token)) return undefined;
    if (proof === undefined)
      return problem(
        401,
        'invalid_dpop_proof',
        'the credential is bound to a key, and came without a proof of it',
        'send a `proof` made for the challenge of this connection',
      );
    const answer = await proofs.verifyOn(this.challenge, proof, { ...multiplexProof, token, jkt });
    if (!answer.ok)
      return problem(401, answer.error, answer.why, 'make the proof for the challenge of this connection');
    if (this.#tokens.size >= maxTokens) this.#tokens.clear();
    this.#tokens.add(token);
    return undefined;
  }
}

/** Of one connection; who comes after more proves it again. */
const maxTokens = 10_000;
