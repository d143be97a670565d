/**
 * A session as it is carried to another machine: the events of its log as they stand, its files as one Git bundle, and a signature over all of it with the evidence key of the installation it comes from.
 *
 * INVARIANT: no mandate, credential or lease is in it; what is not signed as it stands, or by a key nobody here vouches for, is not read. Ed25519 (RFC 8032) over the text itself.
 */

import { createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JsonValue } from '@writ/journal';
import { nameOfKey } from '@writ/journal';
import { z } from 'zod';
import type { Result } from '../../refusal.ts';
import { accept, refuse, reject } from '../../refusal.ts';
import { sessionTypes } from '../events.ts';
import type { SessionEvent } from '../events.ts';
import { hasShape } from './event-shapes.ts';

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
  const carried = carriedIn(parsed(text));
  return carried.ok ? accept({ key, carried: carried.value }) : carried;
}

const text = z.string();
const commit = text.regex(/^[0-9a-f]{40,64}$/);
/** INVARIANT: a name becomes part of paths, branches and streams here, so that it is one of ours or none. */
const carriedShape = z.object({
  session: text.regex(/^s-[a-z0-9]{1,64}$/),
  project: text,
  exportedAt: text,
  by: text,
  events: z
    .array(z.object({ version: z.int(), type: text, at: z.iso.datetime(), actor: text, hash: text, data: z.unknown() }))
    .min(1),
  files: z.object({ branch: text.nullable(), head: commit.nullable(), commit, pack: z.base64() }).nullable(),
});

const isKnown = (type: string): type is SessionEvent['type'] => Object.hasOwn(sessionTypes, type);

/** What was signed, as one session in order. That somebody vouches for its key says who wrote it, and not that it is what it should be. */
function carriedIn(value: Readonly<Record<string, unknown>> | null): Result<Carried> {
  const read = carriedShape.safeParse(value);
  if (!read.success) return reject(refuse('invalid', 'the bundle holds no session'));
  const { events } = read.data;
  const unknown = events.find(({ type }) => !isKnown(type));
  if (unknown !== undefined)
    return reject(
      refuse('invalid', `it holds \`${unknown.type}\`, which this writ does not know`, 'upgrade writ here'),
    );
  const wrong = events.find(
    ({ version, type, data }, index) => version !== index + 1 || (isKnown(type) && !hasShape(type, data)),
  );
  return wrong === undefined
    ? // JSON, as it was parsed above.
      accept(read.data as Carried)
    : reject(refuse('invalid', `event ${String(wrong.version)} of the bundle is no \`${wrong.type}\``));
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
