/** How somebody proved who they are when they approved something: what evidence says besides their name. */

import type { Caller, Itself } from '../caller.ts';

export type Authenticated = {
  /** Which of their tokens; null where no token was shown (an agent's own child, control itself). */
  readonly credential: string | null;
  /** The first letters of the token's digest: a token that was renewed since has others. */
  readonly digest: string | null;
  /** When they had proved anew that it is them; null where they had not. */
  readonly steppedUpAt: number | null;
};

/** How `by` is known now. */
export function authenticatedAs(
  { credentialHashes }: { readonly credentialHashes: ReadonlyMap<string, string> },
  by: Caller | Itself,
  steppedUpAt: number | null,
): Authenticated {
  const credential = by.kind === 'person' ? `person-${by.name}` : null;
  const hash = credential === null ? undefined : credentialHashes.get(credential);
  return { credential, digest: hash?.slice(0, 12) ?? null, steppedUpAt };
}
