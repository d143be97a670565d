/** What was said in a session with an idempotency key: a request that is sent again is answered the same, and says nothing twice. It makes no digests. */

/** A key, as whoever sent it says it, and what was asked with it. */
export type Request = { readonly claim: string; readonly bodyDigest: string };

/** What came of one. */
export type AdmittedRequest = Request & { readonly input: string; readonly drives: boolean };

/** How many a session remembers. */
const most = 256;

/** With what was said now, where it had a key. */
export const remembered = (
  before: readonly AdmittedRequest[],
  { request, input, drives }: { readonly request?: Request; readonly input: string; readonly drives: boolean },
): readonly AdmittedRequest[] =>
  request === undefined ? before : [...before, { ...request, input, drives }].slice(-most);

/** What came of the request before; null where it is new, or has no key. `other`: the key was used for something else. */
export function cameOf(before: readonly AdmittedRequest[], request: Request | null): AdmittedRequest | 'other' | null {
  const known = request && before.find(({ claim }) => claim === request.claim);
  if (!known) return null;
  return known.bodyDigest === request.bodyDigest ? known : 'other';
}
