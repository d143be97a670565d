/** `jose` with keys from the seed. Everything else is its own. */

import { hash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { engine } from '../engine/engine.ts';
import { ed25519Of } from './crypto.ts';

export * from 'jose';

export const generateKeyPair = async () => ed25519Of(engine.secrets.bytes(32));

export const exportJWK = async (key: KeyObject) => key.export({ format: 'jwk' });

/** RFC 7638 of an Ed25519 key. */
export const calculateJwkThumbprint = async ({ x = '' }: { readonly x?: string }): Promise<string> => {
  return hash('sha256', `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`, 'base64url');
};
