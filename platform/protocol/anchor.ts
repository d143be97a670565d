/**
 * Integrity anchors: one short text that commits to an intent, a proposal, an authority set or one entry of it, for one issuer.
 *
 * Follows draft-mcguinness-oauth-mission, "Integrity Anchors" and "Canonicalization Rules": `sha-256:` and the unpadded base64url of SHA-256 over the JCS form
 * (RFC 8785) of `{typ, iss, value}`. It refuses to know our spelling: what is committed is the wire form exactly as recorded, array order and all, and what came
 * from outside went through `parseStrictJson` first. Anchors are compared as whole texts, so that an unknown prefix never equals one.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { JsonValue } from './strict-json.ts';

/** What is committed. The name separates the domains: an anchor of one kind is never one of another. */
export type AnchorType =
  'mission-intent' | 'mission-proposed-authority' | 'mission-authority-set' | 'mission-authority-entry';

/** The anchor of `value` as `issuer` (an absolute URL, byte for byte) recorded it. Throws on what JSON cannot carry, which no parsed value holds. */
export function integrityAnchor(type: AnchorType, issuer: string, value: JsonValue): string {
  const envelope = canonicalize({ typ: type, iss: issuer, value });
  if (envelope === undefined) throw new TypeError('an object always has a canonical form');
  return `sha-256:${createHash('sha256').update(envelope, 'utf8').digest('base64url')}`;
}
