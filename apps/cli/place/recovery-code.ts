/** The code that stands in for a lost key: made here, shown once, and written down by nobody but its owner. Control is told its digest alone. */

import { createHash, randomBytes } from 'node:crypto';

/** Letters and digits of Crockford's base 32: none looks like another. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A new code: 160 random bits, in eight groups of four. */
export function makeRecoveryCode(): string {
  const letters = [...randomBytes(32)].map((byte) => alphabet[byte % alphabet.length] ?? '').join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}

/** As control knows it, however it was written down. */
export const recoveryDigest = (code: string): string =>
  createHash('sha256')
    .update(code.toUpperCase().replace(/[^A-Z0-9]/g, ''))
    .digest('base64url');
