/**
 * A snapshot: the state of a fold as it was at one event, kept beside the log so that a start need not fold all of it. It is a cache and never evidence of anything: it is believed
 * only where the key of the plane that reads it signed it, and its event is in the log. Who owns the database can take it away, and grants nothing by putting another in its place.
 *
 * Its key is a key of its own: the evidence key signs nothing that permits anything. But the evidence key endorses it, so that verification, which has no secrets, can tell whose it is.
 */
import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** What a snapshot says of itself: of which fold, in which form (`foldVersion`), at which event. `content` is for the fold alone to read. */
export type SnapshotFacts = {
  readonly fold: string;
  readonly foldVersion: string;
  readonly position: number;
  readonly headHash: string;
  readonly content: Uint8Array;
};

/** `key` signed it, and `endorsedBy`, an evidence key, says that `key` signs snapshots of this fold; public keys, raw, base64url (as `x` in RFC 8037). */
export type StoredSnapshot = SnapshotFacts & {
  readonly key: string;
  readonly signature: string;
  readonly endorsedBy: string;
  readonly endorsement: string;
};

/** The keys a plane signs its snapshots with. */
export type SnapshotKeys = { readonly own: KeyObject; readonly evidence: KeyObject };

// Name what is signed, so that no signature of this product can ever be read as another.
const format = 'writ.journal.snapshot.1';
const endorsementFormat = 'writ.journal.snapshot-key.1';

const textOf = ({ fold, foldVersion, position, headHash, content }: SnapshotFacts): Buffer =>
  Buffer.from(
    JSON.stringify([
      format,
      fold,
      foldVersion,
      position,
      headHash,
      createHash('sha256').update(content).digest('base64url'),
    ]),
  );

const endorsementText = (fold: string, key: string): Buffer =>
  Buffer.from(JSON.stringify([endorsementFormat, fold, key]));

/** The public half of a key, as a snapshot names it. */
export const nameOfKey = (key: KeyObject): string => createPublicKey(key).export({ format: 'jwk' }).x ?? '';

/** Signs a snapshot. */
export function signSnapshot(facts: SnapshotFacts, { own, evidence }: SnapshotKeys): StoredSnapshot {
  const key = nameOfKey(own);
  return {
    ...facts,
    key,
    signature: sign(null, textOf(facts), own).toString('base64url'),
    endorsedBy: nameOfKey(evidence),
    endorsement: sign(null, endorsementText(facts.fold, key), evidence).toString('base64url'),
  };
}

/** Whether the key it names signed all a snapshot says, its content included. Whose key that is, is for who reads it. */
export const isSignedSnapshot = (snapshot: StoredSnapshot): boolean =>
  isSignature(textOf(snapshot), snapshot.key, snapshot.signature);

/** Whether the evidence key it names endorsed the key that signed it. */
export const isEndorsed = ({ fold, key, endorsedBy, endorsement }: StoredSnapshot): boolean =>
  isSignature(endorsementText(fold, key), endorsedBy, endorsement);

function isSignature(text: Buffer, x: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, text, key, Buffer.from(signature, 'base64url'));
  } catch {
    // No Ed25519 key at all.
    return false;
  }
}
