/**
 * A permit, checked without asking: a JWS (RFC 7515) signed by control with EdDSA, `typ` `writ-permit+jwt`, for this action on this resource.
 *
 * It refuses to say that a permit is current: only control knows, and only redeem asks. What this is for is that garbage never gets there.
 */

import { normaliseResource } from '@writ/authority';
import { controlIssuer, maxPermitLength, permitType } from '@writ/protocol';
import type { VerifiedJws } from '@writ/protocol';
import { decodeJwt } from 'jose/jwt/decode';
import type { KeyStore, NotVerified } from '../client/key-store.ts';
import type { Refused } from './refusal.ts';
import { refuse } from './refusal.ts';

/**
 * A permit keeps the expiry it was signed with while the lease of its operation is renewed. How long a lease runs now only control knows
 * and is asked; what expired longer ago than this, in seconds, is not worth asking about.
 */
const renewedAtMostS = 3_600;

export type PermitClaims = {
  readonly operation: string;
  readonly mandate: string;
  readonly action: string;
  /** As control spelled it when it signed. */
  readonly resource: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
};

export type VerifiedPermit = { readonly ok: true; readonly claims: PermitClaims };

/** Whether `permit` is one of control's, not long expired at `now` (epoch milliseconds), for exactly this action and resource. */
export async function verifyPermit(
  permit: string,
  wanted: { readonly action: string; readonly resource: string },
  keys: KeyStore,
  now: number,
): Promise<VerifiedPermit | Refused> {
  if (permit === '') return refuse('no_permit', 'there is no permit');
  if (permit.length > maxPermitLength)
    return refuse('not_a_permit', `a permit is at most ${maxPermitLength} characters`);
  const verified = await keys.verify(permit, { type: permitType, use: 'permit', maxLength: maxPermitLength });
  if (!verified.ok) return whyNot(verified);
  const claims = claimsOf(verified.claims);
  if (claims === null) return refuse('not_a_permit', 'it lacks a claim every permit has');
  // INVARIANT: also refuses an expiry that is not a number.
  if (!(now / 1_000 < claims.expiresAt + renewedAtMostS)) return refuse('expired', 'the permit has expired');
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

function whyNot({ problem, why }: NotVerified): Refused {
  switch (problem) {
    case 'keys_unreachable':
      return refuse('control_unreachable', `control does not say which keys are its own: ${why}`);
    case 'unknown_key':
    case 'key_over':
      return refuse('not_a_permit', 'it is signed with a key that is not control’s');
    case 'bad_signature':
      return refuse('not_a_permit', 'its signature is not control’s');
    case 'malformed':
    case 'other_type':
      return refuse('not_a_permit', `it is not a permit of control: ${why}`);
  }
}

function claimsOf({ iss, exp, jti, mandate, action, resource }: VerifiedJws['claims']): PermitClaims | null {
  if (iss !== controlIssuer || typeof exp !== 'number') return null;
  if (typeof jti !== 'string' || typeof mandate !== 'string' || typeof action !== 'string') return null;
  // INVARIANT: a permit without a normal form is for nothing, so that two resources without one are never equal.
  if (typeof resource !== 'string' || normalOf(resource) === null) return null;
  return { operation: jti, mandate, action, resource, expiresAt: exp };
}

/** Null when it has no normal form: then it equals nothing. */
function normalOf(resource: unknown): string | null {
  if (typeof resource !== 'string') return null;
  const normal = normaliseResource(resource);
  return normal.ok ? normal.uri : null;
}
