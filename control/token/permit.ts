/**
 * Permits: what `begin` gives the holder and a sink brings back as it commits. A JWS (RFC 7515) signed with EdDSA, `typ` `writ-permit+jwt`.
 *
 * A permit proves what was permitted, never that it still is: its `exp` is for sinks that cannot ask, and redeem asks the operation itself.
 * INVARIANT: the same operation always gives the same permit, so that a lost reply can be answered again, until the key it is signed with is retired.
 */

import { controlIssuer, maxPermitLength, permitType, verifyCompactJws } from '@writ/protocol';
import type { OperationRecord } from '../operation/operation-record.ts';
import type { Signers } from './keys.ts';

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
export async function signPermit({ begun }: OperationRecord, keys: Signers): Promise<string> {
  const claims: PermitClaims = {
    iss: controlIssuer,
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
  return keys.sign('permit', permitType, claims, begun.at);
}

/** The operation a permit is for, when we signed it; undefined for anything else. */
export function operationOf(permit: string, keys: Signers): string | undefined {
  const verified = verifyCompactJws(permit, {
    type: permitType,
    maxLength: maxPermitLength,
    keyOf: keys.verifier('permit'),
  });
  // Which of the ways it is wrong is nobody's business.
  if (!verified.ok || verified.claims['iss'] !== controlIssuer) return undefined;
  const { jti } = verified.claims;
  return typeof jti === 'string' ? jti : undefined;
}
