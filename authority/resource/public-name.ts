// Whether a host is, as far as its name says, one of the public network: a name with a dot, under no ending that is kept for the network one is in (RFC 6761, RFC 6762, RFC 8375, and
// ICANN's `internal`). An address is none, public or not. What a name leads to is looked at where a connection is made; this refuses only what can be told by the name.

const privateEndings =
  /(?:^|\.)(?:localhost|local|internal|intranet|private|corp|home|lan|home\.arpa|test|invalid|onion)$/;

/** `host`: in normal form, without its port. */
export function isPublicName(host: string): boolean {
  const labels = host.split('.');
  // The last label of an address is a number, or it stands in brackets.
  return labels.length > 1 && !host.startsWith('[') && !/^\d+$/.test(labels.at(-1) ?? '') && !privateEndings.test(host);
}
