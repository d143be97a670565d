/**
 * The private halves of the keys: one file each, readable by control's user alone, named by the key's id.
 *
 * It refuses a file that does not hold the very key that was published: what it signs would not verify, or not as ours.
 */

import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { readPrivate, writePrivate } from '@writ/journal';
import type { NewKey } from './decide.ts';

const pathOf = (folder: string, kid: string): string => join(folder, `${kid}.jwk`);

/** Makes a key and keeps its private half, before anybody hears of it. */
export async function makeKey(folder: string): Promise<NewKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const x = jwk.x ?? '';
  const kid = await idOf(x);
  await writePrivate(pathOf(folder, kid), JSON.stringify({ ...jwk, kid }));
  return { kid, x };
}

/** The private half of a published key; undefined when it is not there or is another's. */
export async function openKey(folder: string, { kid, x }: NewKey): Promise<KeyObject | undefined> {
  const text = await readPrivate(pathOf(folder, kid));
  const d = text === undefined ? undefined : privateHalfIn(text);
  if (d === undefined || (await idOf(x)) !== kid) return undefined;
  try {
    const key = createPrivateKey({ key: { ...curve, x, d }, format: 'jwk' });
    return createPublicKey(key).export({ format: 'jwk' }).x === x ? key : undefined;
  } catch {
    return undefined; // not a key: as good as none
  }
}

/** Nothing is signed with it again. */
export const dropKey = (folder: string, kid: string): Promise<void> => rm(pathOf(folder, kid), { force: true });

const curve = { kty: 'OKP', crv: 'Ed25519' } as const;

/** Its thumbprint (RFC 7638), so that an id names one key and no other. Verifiers compare it and read nothing out of it. */
const idOf = async (x: string): Promise<string> => `k-${await calculateJwkThumbprint({ ...curve, x })}`;

function privateHalfIn(text: string): string | undefined {
  try {
    const kept: unknown = JSON.parse(text);
    return typeof kept === 'object' && kept !== null && 'd' in kept && typeof kept.d === 'string' ? kept.d : undefined;
  } catch {
    return undefined; // half a file is none
  }
}
