/** The key permits are signed with: Ed25519, kept as a private JWK of mode 0600, published without its private part. */

import { join } from 'node:path';
import type { CryptoKey, JWK } from 'jose';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import { readPrivate, writePrivate } from '../identity/private-file.ts';

export type SigningKeys = {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** The public key with its `kid`, `alg` and `use` (RFC 7517). */
  readonly published: Readonly<Record<string, string>>;
};

/** The key in `folder`, made when there is none. Throws when the file there is not a key. */
export async function openSigningKeys(folder: string): Promise<SigningKeys> {
  const path = join(folder, 'permit.jwk');
  const kept = await readPrivate(path);
  // The file is ours alone to write; importJWK refuses what is not a key.
  const jwk = kept === undefined ? await makeKey(path) : (JSON.parse(kept) as JWK);
  const { d: _, ...open } = jwk;
  const kid = await calculateJwkThumbprint(open);
  const privateKey = await importJWK(jwk, 'EdDSA');
  const publicKey = await importJWK(open, 'EdDSA');
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array)
    throw new Error(`\`${path}\` is not an Ed25519 key`);
  return {
    kid,
    privateKey,
    publicKey,
    published: { kty: 'OKP', crv: 'Ed25519', x: open.x ?? '', kid, alg: 'EdDSA', use: 'sig' },
  };
}

async function makeKey(path: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = await exportJWK(privateKey);
  await writePrivate(path, JSON.stringify(jwk));
  return jwk;
}
