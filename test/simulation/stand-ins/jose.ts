/** `jose` with keys from the seed, and signatures that take no thread's time. What our code does not sign or verify with is its own. */

import { createPrivateKey, createPublicKey, hash } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { errors } from 'jose';
import type { JWTHeaderParameters, JWTPayload } from 'jose';
import { engine } from '../engine/engine.ts';
import { ed25519Of, sign, verify } from './crypto.ts';

export * from 'jose';

export const generateKeyPair = async () => ed25519Of(engine.secrets.bytes(32));

export const exportJWK = async (key: KeyObject) => key.export({ format: 'jwk' });

/** RFC 7638 of an Ed25519 key. */
export const calculateJwkThumbprint = async ({ x = '' }: { readonly x?: string }): Promise<string> => {
  return hash('sha256', `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`, 'base64url');
};

export const importJWK = async (key: JsonWebKey): Promise<KeyObject> =>
  key.d === undefined ? createPublicKey({ key, format: 'jwk' }) : createPrivateKey({ key, format: 'jwk' });

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export class SignJWT {
  readonly #claims: Record<string, unknown>;
  #header: object = {};

  constructor(claims: object) {
    this.#claims = { ...claims };
  }
  setProtectedHeader(header: object): this {
    this.#header = header;
    return this;
  }
  setJti(jti: string): this {
    this.#claims['jti'] = jti;
    return this;
  }
  setIssuedAt(): this {
    this.#claims['iat'] = Math.floor(Date.now() / 1_000);
    return this;
  }
  async sign(key: KeyObject): Promise<string> {
    const signed = `${encoded(this.#header)}.${encoded(this.#claims)}`;
    return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
  }
}

/** The key that a token brings is asked for by this name. */
export const EmbeddedJWK = Symbol('EmbeddedJWK');

type Expected = { readonly typ: string; readonly requiredClaims: readonly string[] };

/** Verifies a token with the key it brings, the only kind that is verified here. */
export async function jwtVerify(token: string, _key: typeof EmbeddedJWK, { typ, requiredClaims }: Expected) {
  const [head = '', body = '', signature = ''] = token.split('.');
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  // What `SignJWT` wrote, or the check below fails.
  const [protectedHeader, payload] = [read(head) as JWTHeaderParameters, read(body) as JWTPayload];
  const key = createPublicKey({ key: protectedHeader.jwk as JsonWebKey, format: 'jwk' });
  const isSigned = verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
  const isWhole = protectedHeader.typ === typ && requiredClaims.every((claim) => payload[claim] !== undefined);
  if (!isSigned || !isWhole) throw new errors.JWSSignatureVerificationFailed();
  return { protectedHeader, payload };
}
