/**
 * A person's own key, on their side: an Ed25519 key that is kept encrypted under a passphrase (JWE, RFC 7516, with PBES2 of RFC 7518 §4.8) and signs exactly
 * what they say yes to.
 *
 * It keeps nothing and asks nobody: the passphrase arrives as an argument, and the private half is never outside the sealed text but while it signs.
 */

import { stepUpType } from '@writ/protocol';

/** How often the passphrase is hashed (PBKDF2 with SHA-512): a guess costs whoever has the file as much. */
const iterations = 600_000;

export type StepUpKey = {
  /** The public half (RFC 8037), base64url. */
  readonly key: string;
  /** The private half, encrypted. */
  readonly sealed: string;
};

/** A new key, sealed with `passphrase`. */
export async function makeStepUpKey(passphrase: string): Promise<StepUpKey> {
  const { CompactEncrypt, exportJWK, generateKeyPair } = await import('jose');
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const sealed = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(jwk)))
    .setProtectedHeader({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM' })
    .setKeyManagementParameters({ p2c: iterations })
    .encrypt(new TextEncoder().encode(passphrase));
  return { key: jwk.x ?? '', sealed };
}

/** Opens a sealed key; undefined where the passphrase is not its own. */
export async function openStepUpKey(
  sealed: string,
  passphrase: string,
): Promise<{ readonly sign: (claims: object) => Promise<string> } | undefined> {
  const { CompactSign, calculateJwkThumbprint, compactDecrypt, importJWK } = await import('jose');
  let text: Uint8Array;
  try {
    const options = {
      keyManagementAlgorithms: ['PBES2-HS512+A256KW'],
      contentEncryptionAlgorithms: ['A256GCM'],
      maxPBES2Count: iterations,
    };
    ({ plaintext: text } = await compactDecrypt(sealed, new TextEncoder().encode(passphrase), options));
  } catch {
    return undefined; // which of the ways it is wrong, nobody can tell
  }
  // What was sealed above.
  const jwk = JSON.parse(new TextDecoder().decode(text)) as { kty: 'OKP'; crv: 'Ed25519'; x: string; d: string };
  const kid = await calculateJwkThumbprint({ kty: jwk.kty, crv: jwk.crv, x: jwk.x });
  const key = await importJWK(jwk, 'EdDSA');
  return {
    sign: (claims) =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
        .setProtectedHeader({ alg: 'EdDSA', typ: stepUpType, kid })
        .sign(key),
  };
}
