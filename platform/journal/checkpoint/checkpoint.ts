/**
 * A checkpoint: a signed root over the events of a journal since the checkpoint before it. Who has one, and the other plane's journal keeps the newest, can prove later
 * that those events were not changed, cut off or set back, by whoever owns the database. The key is for evidence alone: it signs nothing that permits anything.
 *
 * Ed25519 (RFC 8032), Merkle trees of RFC 6962. It proves nothing about events that came after the newest checkpoint somebody else has.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** `root` covers the hashes of events `from` to `to`; `key` is the public key, raw, base64url (as `x` in RFC 8037). */
export type Checkpoint = {
  readonly plane: string;
  readonly from: number;
  readonly to: number;
  readonly root: string;
  readonly at: string;
  readonly key: string;
  readonly signature: string;
};

// Names what is signed, so that no signature of this product can ever be read as another.
const format = 'writ.journal.checkpoint.1';

const textOf = ({ plane, from, to, root, at, key }: Omit<Checkpoint, 'signature'>): Buffer =>
  Buffer.from(JSON.stringify([format, plane, from, to, root, at, key]));

/** The evidence key in the file at `path`, made there (mode 0600) when there is none; any other Ed25519 key of a plane's own as well. */
export function openEvidenceKey(path: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(path));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx', flush: true });
  return privateKey;
}

/** The evidence key in the file at `path`; undefined when it cannot be read. */
export function readEvidenceKey(path: string): KeyObject | undefined {
  try {
    return createPrivateKey(readFileSync(path));
  } catch {
    // Absent, somebody else's, or no key: nothing can be signed with it.
    return undefined;
  }
}

/** Signs a checkpoint with `key`. */
export function signCheckpoint(unsigned: Omit<Checkpoint, 'key' | 'signature'>, key: KeyObject): Checkpoint {
  const complete = { ...unsigned, key: createPublicKey(key).export({ format: 'jwk' }).x ?? '' };
  return { ...complete, signature: sign(null, textOf(complete), key).toString('base64url') };
}

/** Whether the checkpoint was signed by the key it names. Whose key that is, is for who pins it. */
export function isSigned(checkpoint: Checkpoint): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: checkpoint.key }, format: 'jwk' });
    return verify(null, textOf(checkpoint), key, Buffer.from(checkpoint.signature, 'base64url'));
  } catch {
    // No Ed25519 key at all.
    return false;
  }
}

/** The checkpoint in an event's data; undefined when it has not the shape of one. */
export function checkpointIn(data: unknown): Checkpoint | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  // Every member is looked at before it is believed.
  const { plane, from, to, root, at, key, signature } = data as Record<string, unknown>;
  if (typeof from !== 'number' || typeof to !== 'number') return undefined;
  if (typeof plane !== 'string' || typeof root !== 'string' || typeof at !== 'string') return undefined;
  if (typeof key !== 'string' || typeof signature !== 'string') return undefined;
  return { plane, from, to, root, at, key, signature };
}
