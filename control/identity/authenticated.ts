/** How somebody proved who they are when they approved something: what evidence says besides their name. */

import type { Caller, Itself } from '../caller.ts';

/** A stronger proof for one act: what the person signed, and with which key, so that it can be verified later. */
export type StepUpProof = {
  readonly at: number;
  /** The signed statement (JWS), with the act, the text and the challenge it is for. */
  readonly statement: string;
  /** The person's public key as it was then (RFC 8037), base64url. */
  readonly key: string;
};

export type Authenticated = {
  /** Which of their tokens; null where no token was shown (an agent's own child, control itself). */
  readonly credential: string | null;
  /** The first letters of the token's digest: a token that was renewed since has others. */
  readonly digest: string | null;
  /** What else they proved it is them with; null where they did not. */
  readonly stepUp: StepUpProof | null;
};

/** How `by` is known now. */
export function authenticatedAs(
  { credentialHashes }: { readonly credentialHashes: ReadonlyMap<string, string> },
  by: Caller | Itself,
  stepUp: StepUpProof | null,
): Authenticated {
  const credential = by.kind === 'person' ? `person-${by.name}` : null;
  const hash = credential === null ? undefined : credentialHashes.get(credential);
  return { credential, digest: hash?.slice(0, 12) ?? null, stepUp };
}
