/**
 * A signed statement of control in JWS Compact Serialization (RFC 7515 §7.1): written here, and taken apart and verified as RFC 8725 asks: the kind is explicit,
 * the algorithm follows from the key and never from the token, and a key signs one kind of statement only.
 *
 * It refuses every header but `alg`, `typ` and `kid`: a token cannot bring its own key (`jwk`, `jku`, `x5c`, `x5u`), nor ask for an extension (`crit`). `kid` is compared
 * with the ids that are known and means nothing else. It refuses a second spelling of the same bytes, and JSON that two parsers could read differently.
 */

import { sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { JsonValue } from './strict-json.ts';
import { parseStrictJson } from './strict-json.ts';

/** What signs: an Ed25519 private key, under the id it is published with, for statements of kind `type`. */
export type SigningKey = { readonly type: string; readonly kid: string; readonly key: KeyObject };

const signAside = promisify(sign);

/** The statement, signed. The signature is made on another thread: it costs more than all the rest of a statement. */
export async function signCompactJws(claims: object, { type, kid, key }: SigningKey): Promise<string> {
  const header = JSON.stringify({ alg: 'EdDSA', typ: type, kid });
  const signed = `${base64url(header)}.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${(await signAside(null, Buffer.from(signed, 'latin1'), key)).toString('base64url')}`;
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** An Ed25519 public key that may have signed what is looked at. */
export type VerificationKey = {
  readonly key: KeyObject;
  /** Epoch seconds: what says it was issued later was not signed by control. Null while control signs with it. */
  readonly signedUntil: number | null;
};

/** What is expected; each a required choice. */
export type ExpectedJws = {
  /** The exact `typ`. */
  readonly type: string;
  /** In characters of the whole. */
  readonly maxLength: number;
  /** The key with this id, among those that may sign this kind of statement and no other. */
  readonly keyOf: (kid: string) => VerificationKey | undefined;
};

export type JwsProblem = 'malformed' | 'other_type' | 'unknown_key' | 'bad_signature' | 'key_over';

/** Claims are our own issuer's, and still unknown in shape. `issuedAt` in epoch seconds. */
export type VerifiedJws = {
  readonly ok: true;
  readonly kid: string;
  readonly claims: { readonly [member: string]: JsonValue };
  readonly issuedAt: number;
};

export type RefusedJws = { readonly ok: false; readonly problem: JwsProblem; readonly why: string };

/** Verifies `text`. Time and audience are the caller's to judge. */
export function verifyCompactJws(text: string, expected: ExpectedJws): VerifiedJws | RefusedJws {
  if (text.length > expected.maxLength)
    return refuse('malformed', `it is longer than ${String(expected.maxLength)} characters`);
  const [head = '', body = '', tail = '', ...more] = text.split('.', 4);
  if (tail === '' || more.length > 0) return refuse('malformed', 'it is not three parts joined by dots');
  const header = headerIn(head);
  if (typeof header === 'string') return refuse('malformed', header);
  if (header.typ !== expected.type) return refuse('other_type', 'it is a statement of another kind');
  const known = expected.keyOf(header.kid);
  if (known === undefined) return refuse('unknown_key', 'it is signed with a key that is not known for this kind');
  const [payload, signature] = [bytesOf(body), bytesOf(tail)];
  if (payload === undefined || signature?.length !== signatureBytes)
    return refuse('malformed', 'a part of it is not base64url');
  // INVARIANT: the key decides how it is verified; a key of another algorithm verifies nothing here.
  if (known.key.asymmetricKeyType !== 'ed25519' || known.key.type !== 'public')
    return refuse('unknown_key', 'the key is of another algorithm');
  const signed = Buffer.from(text.slice(0, head.length + 1 + body.length), 'latin1');
  if (!verify(null, signed, known.key, signature)) return refuse('bad_signature', 'its signature does not verify');
  return claimsIn(payload, header.kid, known.signedUntil);
}

/** An Ed25519 signature, RFC 8032. */
const signatureBytes = 64;

const refuse = (problem: JwsProblem, why: string): RefusedJws => ({ ok: false, problem, why });

/** The header of a token with what it says, unverified; or one sentence on what is wrong with it. */
function headerIn(part: string): { readonly typ: string; readonly kid: string } | string {
  const bytes = bytesOf(part);
  const json = bytes === undefined ? undefined : parseStrictJson(bytes);
  if (json?.ok !== true) return 'its header is not unambiguous JSON in base64url';
  const { value } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'its header is not an object';
  const stray = Object.keys(value).find((name) => name !== 'alg' && name !== 'typ' && name !== 'kid');
  if (stray !== undefined) return 'its header has a member that is not used here';
  const { alg, typ, kid } = value as { readonly [name: string]: JsonValue }; // an object, as was just seen
  if (alg !== 'EdDSA') return 'its algorithm is not EdDSA';
  return typeof typ === 'string' && typeof kid === 'string' ? { typ, kid } : 'its header lacks its kind or its key';
}

function claimsIn(payload: Uint8Array, kid: string, signedUntil: number | null): VerifiedJws | RefusedJws {
  const json = parseStrictJson(payload);
  if (!json.ok) return refuse('malformed', json.why);
  const { value } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('malformed', 'its payload is not an object');
  const claims = value as { readonly [member: string]: JsonValue }; // an object, as was just seen
  const issuedAt = Object.hasOwn(claims, 'iat') ? claims['iat'] : undefined;
  if (typeof issuedAt !== 'number') return refuse('malformed', 'it does not say when it was issued');
  // INVARIANT: after its successor took over, a key signs nothing new, whoever still holds it. Also refuses NaN.
  if (signedUntil !== null && !(issuedAt <= signedUntil))
    return refuse('key_over', 'it was signed with a key after control had stopped using it');
  return { ok: true, kid, claims, issuedAt };
}

/** Unpadded base64url in its one canonical spelling (RFC 4648 §3.5), or undefined. */
function bytesOf(part: string): Buffer | undefined {
  const rest = part.length % 4;
  // The decoder also takes the other alphabet, and leaves out what it does not know: then there is less than there should be.
  if (rest === 1 || part.includes('+') || part.includes('/')) return undefined;
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.length !== Math.floor((part.length * 3) / 4)) return undefined;
  if (rest === 0) return bytes;
  const last = alphabet.indexOf(part.charAt(part.length - 1));
  return (last & (rest === 2 ? 15 : 3)) === 0 ? bytes : undefined;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
