/**
 * The last net under the log: what looks like a credential is struck out of a finished line. Pure.
 *
 * It refuses to be the reason that secrets stay out: nothing that carries one is logged. It only bounds the harm of a mistake, and knows nothing but forms: Writ's own
 * tokens, bearers, proofs and signed statements, private keys, and passwords in addresses.
 */

const struck = '[struck]';

const forms: readonly (readonly [RegExp, string])[] = [
  [/\bwrit_[a-z]+_[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]+)*/g, struck],
  // RFC 7515: three parts of base64url, of which the first begins a JSON object.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g, struck],
  [/\b(Bearer|DPoP|Basic) [A-Za-z0-9+/._~=-]{8,}/gi, `$1 ${struck}`],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s"'`/@:]*:)[^\s"'`/@]+@/gi, `$1${struck}@`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]|-(?!----))*-----END [A-Z ]*PRIVATE KEY-----/g, struck],
  // RFC 8037 and RFC 7518: the private member of a key as JSON, escaped or not.
  [/(\\?"d\\?"\s*:\s*\\?")[A-Za-z0-9_-]{16,}/g, `$1${struck}`],
];

/** The same line without what looks like a credential. */
export const strikeSecrets = (line: string): string =>
  forms.reduce((text, [form, instead]) => text.replace(form, instead), line);
