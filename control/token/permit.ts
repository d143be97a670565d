/**
 * Permits: what `begin` gives the holder and a sink brings back as it commits. A JWS (RFC 7515) signed with EdDSA, `typ` `writ-permit+jwt`.
 *
 * A permit proves what was permitted, never that it still is: its `exp` is for sinks that cannot ask, and redeem asks the operation itself.
 * INVARIANT: the same operation always gives the same permit, so that a lost reply can be answered again.
 */

import { CompactSign, compactVerify } from 'jose';
import type { OperationRecord } from '../operation/operation-record.ts';
import type { SigningKeys } from './signing-key.ts';

export const permitType = 'writ-permit+jwt';
export const permitIssuer = 'urn:writ:control';

/** The claims, in wire spelling; times in seconds as in RFC 7519. */
export type PermitClaims = {
  readonly iss: string;
  /** The operation. */
  readonly jti: string;
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
  readonly mandate: string;
  /** Root first: an effect carries its lineage's epochs. */
  readonly epochs: readonly { readonly mandate: string; readonly epoch: number }[];
  readonly action: string;
  readonly resource: string;
  readonly parameter_digest: string;
  readonly single_use: true;
};

/** The permit of an operation. */
export async function signPermit({ begun }: OperationRecord, keys: SigningKeys): Promise<string> {
  const claims: PermitClaims = {
    iss: permitIssuer,
    jti: begun.id,
    sub: begun.holder,
    iat: Math.floor(begun.at / 1_000),
    exp: Math.ceil(begun.leaseUntil / 1_000),
    mandate: begun.mandate,
    epochs: begun.judgedAt.map(({ mandate, epoch }) => ({ mandate, epoch })),
    action: begun.action,
    resource: begun.resource,
    parameter_digest: begun.parameterDigest,
    single_use: true,
  };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'EdDSA', typ: permitType, kid: keys.kid })
    .sign(keys.privateKey);
}

/** The operation a permit is for, when we signed it; undefined for anything else. */
export async function operationOf(permit: string, keys: SigningKeys): Promise<string | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(permit, keys.publicKey, { algorithms: ['EdDSA'] });
    if (protectedHeader.typ !== permitType || protectedHeader.kid !== keys.kid) return undefined;
    const claims: unknown = JSON.parse(new TextDecoder().decode(payload));
    return typeof claims === 'object' && claims !== null && 'jti' in claims && typeof claims.jti === 'string'
      ? claims.jti
      : undefined;
  } catch {
    return undefined; // not a permit of ours: which of the ways it is wrong is nobody's business
  }
}
