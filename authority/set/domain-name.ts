// DNS names as recipients are bounded by: compared without regard to case, on whole labels (draft, `recipient_domain`).
// Refuses names outside ASCII (write the `xn--` form), empty labels and a trailing dot.

const LABEL = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** The name in lower case, or undefined when it is not a DNS name. */
export function parseDomainName(text: string): string | undefined {
  if (typeof text !== 'string' || text.length > 253 || /[^\u0000-\u007f]/.test(text)) return undefined;
  const name = text.toLowerCase();
  return NAME.test(name) ? name : undefined;
}

/** Whether `inner` is `outer` or a subdomain of it; both as `parseDomainName` returns them. */
export function domainWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.endsWith(`.${outer}`);
}
