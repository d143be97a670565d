/**
 * A pass: what lets an agent outside every sandbox speak to one MCP server of this machine under one mandate, and the access token that stands for it (RFC 9068, with
 * RFC 8707, and RFC 9449 where its holder has a key). Pure.
 *
 * INVARIANT: a token counts at the one address it names, while its pass is there; it carries no authority. What may be done is asked of control each time.
 */

import type { VerificationKey } from '@writ/protocol';
import { verifyCompactJws } from '@writ/protocol';
import { membersOf } from '../json-rpc.ts';

export type Pass = {
  readonly id: string;
  /** The MCP server, by its name here. */
  readonly server: string;
  readonly project: string;
  readonly mandate: string;
  /** The mandate and all above it: a stop of any reaches what is under way. */
  readonly chain: readonly string[];
  /** The agent's credential at control; it never leaves this machine. */
  readonly credential: string;
  /** Who it is for, as a person called it, or as a client calls itself. */
  readonly name: string;
  /** Wall time, milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The thumbprint of the key its token is bound to (RFC 7638); null where whoever bears the token is let in. */
  readonly jkt: string | null;
};

/** The `typ` of an access token (RFC 9068 §2.1). */
export const accessTokenType = 'at+jwt';
const maxLength = 2_048;

/** What a token for `pass` says, for the server at `resource`. */
export const claimsOf = (pass: Pass, issuer: string, resource: string, now: number): object => ({
  iss: issuer,
  aud: resource,
  sub: pass.mandate,
  client_id: pass.name,
  jti: pass.id,
  iat: Math.floor(now / 1_000),
  exp: Math.floor(pass.expiresAt / 1_000),
  mandate_id: pass.mandate,
  ...(pass.jkt !== null && { cnf: { jkt: pass.jkt } }),
});

export type Admission = { readonly ok: true; readonly pass: Pass } | { readonly ok: false; readonly why: string };

/** What admits a token at `resource`, the address of `server`. */
export type Desk = {
  readonly issuer: string;
  readonly resource: string;
  readonly server: string;
  readonly keyOf: (kid: string) => VerificationKey | undefined;
  readonly passOf: (id: string) => Pass | undefined;
};

/** Whether `token` lets in who brings it at `now`, milliseconds. Where its pass has a key, that is still to be proven. */
export function admit(token: string, { issuer, resource, server, keyOf, passOf }: Desk, now: number): Admission {
  const no = (why: string): Admission => ({ ok: false, why });
  const verified = verifyCompactJws(token, { type: accessTokenType, maxLength, keyOf });
  if (!verified.ok) return no('it was not given here');
  const { iss, aud, jti, exp, cnf } = verified.claims;
  if (iss !== issuer) return no('it was given elsewhere');
  if (aud !== resource) return no('it is for another server');
  if (typeof exp !== 'number' || now >= exp * 1_000) return no('it has expired');
  const pass = typeof jti === 'string' ? passOf(jti) : undefined;
  if (pass?.server !== server) return no('its pass has ended');
  // RFC 9449 §6.1. INVARIANT: a token from before its pass had the key is none.
  const { jkt = null } = membersOf(cnf);
  return jkt === pass.jkt ? { ok: true, pass } : no('it is bound to another key');
}
