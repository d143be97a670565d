/**
 * A session as it is carried to another machine: the events of its log as they stand, its files as one Git bundle, and a signature over all of it with the evidence key of the installation it comes from.
 *
 * INVARIANT: no mandate, credential or lease is in it; what is not signed as it stands, or by a key nobody here vouches for, is not read. Ed25519 (RFC 8032) over the text itself.
 */

import { createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JsonValue } from '@writ/journal';
import { nameOfKey } from '@writ/journal';
import type { Result } from '../../refusal.ts';
import { accept, refuse, reject } from '../../refusal.ts';

export type CarriedEvent = {
  readonly version: number;
  readonly type: string;
  readonly at: string;
  readonly actor: string;
  readonly hash: string;
  readonly data: JsonValue;
};

/** `commit` stands in the Git bundle (`pack`, base64); null where there were no files in a repository. */
export type CarriedFiles = {
  readonly branch: string | null;
  readonly head: string | null;
  readonly commit: string;
  readonly pack: string;
} | null;

export type Carried = {
  readonly session: string;
  readonly project: string;
  readonly exportedAt: string;
  readonly by: string;
  readonly events: readonly CarriedEvent[];
  readonly files: CarriedFiles;
};

const format = 'writ.session.1';
const signed = (text: string): Buffer => Buffer.from(`${format} ${text}`);

/** The bundle as one text: what is carried, who signed it, and the signature. */
export function seal(carried: Carried, key: KeyObject): string {
  const text = JSON.stringify(carried);
  const signature = sign(null, signed(text), key).toString('base64url');
  return JSON.stringify({ format, key: nameOfKey(key), signature, text });
}

export type Opened = { readonly key: string; readonly carried: Carried };

/** What is in a bundle, once its signature holds under a key of `trusted`. */
export function open(bundle: string, trusted: ReadonlySet<string>): Result<Opened> {
  const outer = parsed(bundle);
  if (outer === null || outer['format'] !== format)
    return reject(refuse('invalid', 'this is no session that was carried away', 'make one with `writ session export`'));
  const { key, signature, text } = outer;
  if (
    typeof key !== 'string' ||
    typeof signature !== 'string' ||
    typeof text !== 'string' ||
    !holds(key, signature, text)
  )
    return reject(refuse('invalid', 'the bundle is not what was signed', 'carry it over once more'));
  if (!trusted.has(key))
    return reject(
      refuse(
        'refused',
        `the bundle is signed by \`${key}\`, which this installation does not know`,
        'compare it with what `writ session export` said there, and give it: `--key KEY`',
        'unknown_key',
      ),
    );
  const carried = parsed(text);
  // Signed by a key that is vouched for, in the form this function's other half wrote; each event is looked at before it is written.
  return carried === null
    ? reject(refuse('invalid', 'the bundle holds no session'))
    : accept({ key, carried: carried as unknown as Carried });
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    // An object by the test beside it.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // no JSON, and so no bundle
  }
}

function holds(key: string, signature: string, text: string): boolean {
  try {
    const known = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key }, format: 'jwk' });
    return verify(null, signed(text), known, Buffer.from(signature, 'base64url'));
  } catch {
    return false; // no Ed25519 key at all
  }
}
