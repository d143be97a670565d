/**
 * The keys control publishes (JWKS, RFC 7517), and how a reader takes them in. Each key is for one kind of statement: `writ_use` says which, beside `use: sig`.
 *
 * The set carries the epoch of the key ring, in an incarnation of control's journal: a reader that has seen one refuses a set with a lower one, so that nobody brings a retired key
 * back. A key of a kind that is not known here is left aside, as RFC 7517 §5 asks; it verifies nothing.
 */

import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import type { VerificationKey } from './compact-jws.ts';
import { jsonWire } from './json-wire.ts';

/** `permit`: what sinks redeem. `artifact`: what enforcement points answer from. `evidence`: what is only ever read as a record. */
export const keyUseWire = z.enum(['permit', 'artifact', 'evidence']);
export type KeyUse = z.infer<typeof keyUseWire>;

export const publishedKeyWire = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  /** 32 bytes. */
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  kid: z.string().min(1).max(128),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
  writ_use: keyUseWire,
  /** Epoch seconds; what was issued later was not signed by control. Absent while control signs with it, or is about to. */
  writ_signed_until: z.int().optional(),
});
export type PublishedKey = z.infer<typeof publishedKeyWire>;

export const keySetWire = z.object({
  keys: z.array(z.record(z.string(), jsonWire)).max(256),
  /** Raised whenever a key is published, begins to sign, or is retired. */
  epoch: z.int().min(0),
  /** The life of the journal the ring is kept in: raised when it was set back and that was found out. Epochs are counted anew in each. */
  incarnation: z.int().min(1).default(1),
});
export type KeySetWire = z.infer<typeof keySetWire>;

/** Where a ring stands: first its incarnation counts, then its epoch. */
export type RingPlace = Pick<KeySetWire, 'incarnation' | 'epoch'>;

/** Whether a ring at `shown` is from before one at `seen`. */
export const isBefore = (shown: RingPlace, seen: RingPlace): boolean =>
  shown.incarnation < seen.incarnation || (shown.incarnation === seen.incarnation && shown.epoch < seen.epoch);

/** A key as the people who keep it see it, retired ones included. */
export const ringKeyWire = z.object({
  id: z.string(),
  use: keyUseWire,
  /** `published`: known, and does not sign yet. `verifying`: what it signed before is still believed. */
  state: z.enum(['published', 'signing', 'verifying', 'retired']),
  /** When it came into that state. */
  since: z.iso.datetime({ offset: true }),
  reason: z.string().nullable(),
});

/** The keys of a set that are for `use`, by id, ready to verify with. Throws where two of them have one id, or one is no point of the curve. */
export function keysFor({ keys }: KeySetWire, use: KeyUse): ReadonlyMap<string, VerificationKey> {
  const found = new Map<string, VerificationKey>();
  for (const json of keys) {
    const key = publishedKeyWire.safeParse(json);
    if (!key.success || key.data.writ_use !== use) continue;
    const { kid, kty, crv, x, writ_signed_until: signedUntil } = key.data;
    if (found.has(kid)) throw new Error(`two keys for ${use}s have the id \`${kid}\``);
    found.set(kid, {
      key: createPublicKey({ key: { kty, crv, x }, format: 'jwk' }),
      signedUntil: signedUntil ?? null,
    });
  }
  return found;
}
