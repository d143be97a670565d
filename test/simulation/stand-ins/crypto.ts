/**
 * `node:crypto` with randomness from the seed, keys made of it, and signatures that take virtual time instead of another thread's. A signature is a digest of the public key and what is
 * signed: it holds for that key and that text alone, costs a fiftieth, and anybody could make it, which nobody here does. Everything else is Node's own.
 */

import * as crypto from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { engine } from '../engine/engine.ts';

export * from 'node:crypto';

export const randomBytes = (count: number): Buffer => Buffer.from(engine.secrets.bytes(count));

export function randomUUID(): string {
  const hex = randomBytes(16).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}

/** The key pair of a private half (RFC 8410). */
export function ed25519Of(seed: Uint8Array): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const privateKey = crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: crypto.createPublicKey(privateKey) };
}

export function generateKeyPairSync(kind: string) {
  if (kind !== 'ed25519') throw new Error(`the simulation makes no \`${kind}\` keys`);
  return ed25519Of(engine.secrets.bytes(32));
}

/** What stands in a signature for the key of each half. */
const names = new WeakMap<KeyObject, string>();
function nameOf(key: KeyObject): string {
  const name = names.get(key) ?? key.export({ format: 'jwk' }).x ?? '';
  names.set(key, name);
  return name;
}

const signatureOf = (data: Uint8Array, key: KeyObject): Buffer =>
  crypto.hash('sha512', Buffer.concat([Buffer.from(nameOf(key)), data]), 'buffer');

export const verify = (_: null, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean =>
  signatureOf(data, key).equals(signature);

type Signed = (error: Error | null, signature: Buffer) => void;

export function sign(algorithm: null, data: Uint8Array, key: KeyObject): Buffer;
export function sign(algorithm: null, data: Uint8Array, key: KeyObject, done: Signed): void;
export function sign(algorithm: null, data: Uint8Array, key: KeyObject, done?: Signed): Buffer | undefined {
  if (algorithm !== null) throw new Error('the simulation signs with Ed25519 alone');
  const signature = signatureOf(data, key);
  if (done === undefined) return signature;
  engine.after(engine.random.between(0.02, 0.2), () => done(null, signature));
  return undefined;
}
