// Percent-encoding in one normal form (RFC 3986 §6.2.2.1 and §6.2.2.2): hexadecimal digits in upper case, unreserved octets decoded, everything
// reserved left as it is, non-ASCII text written as UTF-8. An encoded slash stays encoded and is never a separator.
// Refuses to guess: a lone `%` is an error, not a percent sign.

const UNRESERVED = /[A-Za-z0-9._~-]/;
const BROKEN = /%(?![0-9A-Fa-f]{2})/;

/** The text in normal form; undefined when a `%` is not followed by two hexadecimal digits or half of a surrogate pair is met. */
export function normalisePercent(text: string): string | undefined {
  if (BROKEN.test(text) || !text.isWellFormed()) return undefined;
  return text
    .replace(/%[0-9A-Fa-f]{2}/g, (triplet) => {
      const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
      return UNRESERVED.test(character) ? character : triplet.toUpperCase();
    })
    .replace(/[^\u0000-\u007f]+/g, encodeURIComponent);
}

/** The text all octets stand for; undefined when they are not UTF-8. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // URIError is the only thing decodeURIComponent throws, and it means exactly this
  }
}

/** One path segment or name as it must be written inside a resource: everything but unreserved characters encoded. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
