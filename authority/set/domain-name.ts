// DNS names as recipients are bounded by: compared without regard to case, on whole labels (draft, `recipient_domain`).
// Refuses names outside ASCII (write the `xn--` form), empty labels and a trailing dot.

const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?';
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** The name in lower case, or undefined when it is not a DNS name. */
export function parseDomainName(text: string): string | undefined {
  return typeof text === 'string' && text.length <= 253 && NAME.test(text) ? text.toLowerCase() : undefined;
}

/** Whether `inner` is `outer` or a subdomain of it; both as `parseDomainName` returns them. */
export function domainWithin(inner: string, outer: string): boolean {
  if (inner === outer) return true;
  const from = inner.length - outer.length;
  // Looked for from the end, where it must be: `endsWith`, at half its cost.
  return inner[from - 1] === '.' && inner.lastIndexOf(outer) === from;
}
