/**
 * A permit, checked without asking: a JWS (RFC 7515) signed by control with EdDSA, `typ` `writ-permit+jwt`, for this action on this resource.
 *
 * It refuses to say that a permit is current: only control knows, and only redeem asks. What this is for is that garbage never gets there.
 */

import { normaliseResource } from '@writ/authority';
import { decodeJwt, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { KeysUnreachable } from './permit-keys.ts';
import type { Refused } from './refusal.ts';
import { refuse } from './refusal.ts';

/**
 * A permit keeps the expiry it was signed with while the lease of its operation is renewed. How long a lease runs now only control knows
 * and is asked; what expired longer ago than this, in seconds, is not worth asking about.
 */
const renewedAtMostS = 3_600;

/** As control's redeem accepts it. */
const maxPermitLength = 8_192;

export type PermitClaims = {
  readonly operation: string;
  readonly mandate: string;
  readonly action: string;
  /** As control spelled it when it signed. */
  readonly resource: string;
};

export type VerifiedPermit = { readonly ok: true; readonly claims: PermitClaims };

/** Whether `permit` is one of control's, not long expired at `now` (epoch milliseconds), for exactly this action and resource. */
export async function verifyPermit(
  permit: string,
  wanted: { readonly action: string; readonly resource: string },
  keys: JWTVerifyGetKey,
  now: number,
): Promise<VerifiedPermit | Refused> {
  if (permit === '') return refuse('no_permit', 'there is no permit');
  if (permit.length > maxPermitLength)
    return refuse('not_a_permit', `a permit is at most ${maxPermitLength} characters`);
  const payload = await signedPayload(permit, keys, now);
  if (payload instanceof Error) return whyNot(payload);
  const claims = claimsOf(payload);
  if (claims === null) return refuse('not_a_permit', 'it lacks a claim every permit has');
  if (claims.action !== wanted.action)
    return refuse('other_action', `the permit is for \`${claims.action}\`, and this is \`${wanted.action}\``);
  if (normalOf(claims.resource) !== normalOf(wanted.resource))
    return refuse('other_resource', `the permit is for \`${claims.resource}\`, and this is \`${wanted.resource}\``);
  return { ok: true, claims };
}

export type Claimed = { readonly action: unknown; readonly resource: string };

/** What a permit says it is for, unverified: good for choosing among several, never for deciding. Null for what is not a permit. */
export function claimedBy(permit: string): Claimed | null {
  if (permit.length > maxPermitLength) return null;
  try {
    const { action, resource } = decodeJwt(permit);
    const normal = normalOf(resource);
    return normal === null ? null : { action, resource: normal };
  } catch {
    return null; // not a JWT: it claims nothing
  }
}

async function signedPayload(permit: string, keys: JWTVerifyGetKey, now: number): Promise<JWTPayload | Error> {
  try {
    const { payload } = await jwtVerify(permit, keys, {
      algorithms: ['EdDSA'],
      typ: 'writ-permit+jwt',
      issuer: 'urn:writ:control',
      requiredClaims: ['exp', 'jti', 'mandate', 'action', 'resource'],
      currentDate: new Date(now),
      clockTolerance: renewedAtMostS,
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof KeysUnreachable) return error;
    // jose throws plain TypeErrors for keys and tokens of a wrong shape.
    if (error instanceof TypeError) return error;
    throw error;
  }
}

function whyNot(error: Error): Refused {
  if (error instanceof KeysUnreachable)
    return refuse('control_unreachable', `control does not say which keys are its own: ${error.message}`);
  if (error instanceof errors.JWTExpired) return refuse('expired', 'the permit has expired');
  if (error instanceof errors.JWKSNoMatchingKey)
    return refuse('not_a_permit', 'it is signed with a key that is not control’s');
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return refuse('not_a_permit', 'its signature is not control’s');
  return refuse('not_a_permit', 'it is not a permit of control');
}

function claimsOf(payload: JWTPayload): PermitClaims | null {
  const { jti, mandate, action, resource } = payload;
  if (typeof jti !== 'string' || typeof mandate !== 'string' || typeof action !== 'string') return null;
  // INVARIANT: a permit without a normal form is for nothing, so that two resources without one are never equal.
  if (typeof resource !== 'string' || normalOf(resource) === null) return null;
  return { operation: jti, mandate, action, resource };
}

/** Null when it has no normal form: then it equals nothing. */
function normalOf(resource: unknown): string | null {
  if (typeof resource !== 'string') return null;
  const normal = normaliseResource(resource);
  return normal.ok ? normal.uri : null;
}
