/**
 * Whether a text is a security event token (RFC 8417) of the transmitter it is sent for, in the profile of the Shared Signals Framework 1.0: typed,
 * signed with one of its keys by the algorithm that key is for, for this audience, of about now, with one event and a subject in `sub_id`.
 *
 * It refuses a token that brings its own key or asks for an extension, one that could pass for another kind of JWT (`sub`, `exp`), and JSON that two
 * readers could take differently. What is wrong is said in the codes of RFC 8935.
 */

import type { JsonValue } from '@writ/protocol';
import { parseStrictJson } from '@writ/protocol';
import type { JWTVerifyGetKey } from 'jose';
import { compactVerify, errors } from 'jose';
import { integerAt, member, textAt } from '../fields.ts';
import { FetchRefused } from './guarded-fetch.ts';
import { signingAlgorithms } from './transmitter.ts';

/** The error codes of RFC 8935 §2.4 that are used here. */
export type SetError =
  'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience' | 'authentication_failed';

export type SetRefused = { readonly kind: 'refused'; readonly err: SetError; readonly description: string };

export type VerifiedSet =
  | {
      readonly kind: 'verified';
      readonly jti: string;
      /** Epoch milliseconds. */
      readonly issuedAt: number;
      /** When what it tells of happened, in epoch milliseconds. */
      readonly happenedAt: number;
      readonly event: string;
      readonly body: JsonValue;
      readonly subject: JsonValue | undefined;
    }
  | SetRefused
  /** The keys could not be had just now. */
  | { readonly kind: 'unavailable'; readonly why: string };

export type Expected = {
  readonly issuer: string;
  readonly audience: string;
  readonly keyOf: JWTVerifyGetKey;
  /** Epoch milliseconds. */
  readonly now: number;
};

/** How long a token is taken after it was issued: transmitters send again what was not acknowledged. */
export const maxSetAgeMs = 24 * 3_600_000;
/** How far the transmitter's clock may be ahead. */
export const maxSkewMs = 300_000;
const maxLength = 65_536;

const refused = (err: SetError, description: string): SetRefused => ({ kind: 'refused', err, description });

/** Verifies the token. What is said of it is for the transmitter's people. */
export async function verifySet(text: string, { issuer, audience, keyOf, now }: Expected): Promise<VerifiedSet> {
  const malformed = whyMalformed(text);
  if (malformed !== undefined) return refused('invalid_request', malformed);
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(text, keyOf, { algorithms: [...signingAlgorithms] }));
  } catch (error) {
    return whyNotVerified(error);
  }
  const claims = parseStrictJson(payload);
  if (!claims.ok) return refused('invalid_request', `its claims cannot be read: ${claims.why}`);
  if (member(claims.value, 'iss') !== issuer)
    return refused('invalid_issuer', 'it is of another issuer than this stream is of');
  if (!isFor(member(claims.value, 'aud'), audience)) return refused('invalid_audience', 'it is for somebody else');
  return read(claims.value, now);
}

function read(claims: JsonValue, now: number): VerifiedSet {
  // RFC 8417 §4.5 and SSF 1.0 §4.2: what has these could be taken for another kind of token.
  for (const name of ['sub', 'exp'])
    if (member(claims, name) !== undefined)
      return refused('invalid_request', `it has a claim \`${name}\`, which no security event has`);
  const [jti, iat] = [textAt(claims, 'jti'), integerAt(claims, 'iat')];
  if (jti === undefined || jti.length > 512) return refused('invalid_request', 'it has no `jti` it could be known by');
  if (iat === undefined)
    return refused('invalid_request', 'it does not say when it was issued (`iat`, in whole seconds)');
  const issuedAt = iat * 1_000;
  if (issuedAt > now + maxSkewMs) return refused('invalid_request', 'it was issued in a time to come');
  if (issuedAt < now - maxSetAgeMs) return refused('invalid_request', 'it was issued too long ago');
  const events = member(claims, 'events');
  if (typeof events !== 'object' || events === null || Array.isArray(events))
    return refused('invalid_request', 'it has no events');
  const [first, ...more] = Object.entries(events);
  if (first === undefined || more.length > 0) return refused('invalid_request', 'it has to be of exactly one event');
  const [event, body] = first;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return refused('invalid_request', 'its event has no object as its value');
  const happenedAt = seconds(member(body, 'event_timestamp')) ?? seconds(member(claims, 'toe')) ?? issuedAt;
  if (happenedAt > now + maxSkewMs) return refused('invalid_request', 'its event is of a time to come');
  return { kind: 'verified', jti, issuedAt, happenedAt, event, body, subject: member(claims, 'sub_id') };
}

/** A NumericDate as epoch milliseconds; drafts before CAEP 1.0 had milliseconds, which no year of ours has as seconds. */
function seconds(value: JsonValue | undefined): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return undefined;
  return Math.floor(value > 100_000_000_000 ? value : value * 1_000);
}

const isFor = (aud: JsonValue | undefined, audience: string): boolean =>
  aud === audience || (Array.isArray(aud) && aud.includes(audience));

/** What is wrong with the header, or with the text as a whole, before any key is looked for. */
function whyMalformed(text: string): string | undefined {
  if (text.length > maxLength) return `it is longer than ${String(maxLength)} characters`;
  const parts = text.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part)))
    return 'it is not three parts of base64url joined by dots';
  const header = parseStrictJson(Buffer.from(parts[0] ?? '', 'base64url'));
  if (!header.ok) return `its header cannot be read: ${header.why}`;
  const type = textAt(header.value, 'typ')?.toLowerCase();
  if (type !== 'secevent+jwt' && type !== 'application/secevent+jwt') return 'its `typ` is not `secevent+jwt`';
  // RFC 7515 §4.1.11: what it asks for is not understood here, whatever it is.
  if (member(header.value, 'crit') !== undefined) return 'it asks for an extension with `crit`';
  return undefined;
}

function whyNotVerified(error: unknown): SetRefused | { readonly kind: 'unavailable'; readonly why: string } {
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return refused('invalid_key', 'its signature is not of the key it names');
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return refused('invalid_key', 'it does not say which key (`kid`)');
  if (error instanceof errors.JWKSNoMatchingKey)
    return refused('invalid_key', 'its key is none of the transmitter’s, or not for its algorithm');
  if (error instanceof errors.JOSEAlgNotAllowed) return refused('invalid_key', 'its algorithm is none that is taken');
  if (error instanceof errors.JWKSTimeout || error instanceof FetchRefused || isNetwork(error))
    return { kind: 'unavailable', why: error instanceof Error ? error.message : 'the keys cannot be fetched' };
  if (error instanceof errors.JOSEError) return refused('invalid_key', 'it cannot be verified');
  throw error;
}

/** What Node says when a connection fails: an error with a code of the system. */
const isNetwork = (error: unknown): boolean => error instanceof Error && 'code' in error && 'syscall' in error;
