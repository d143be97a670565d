/**
 * Evidence of one approval, as control hands it out and as anybody verifies it later, without control: what was shown, who said yes to it, how they proved
 * who they are, and where it stands in the journal, with control's signature over all of it.
 *
 * The signature is a JWS (RFC 7515) by a key that is for evidence alone and permits nothing. It refuses to call good what it could not look at: each
 * check says that it holds, that it does not, or why it could not be made.
 */

import { createPublicKey, hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import type { VerificationKey } from './compact-jws.ts';
import { verifyCompactJws } from './compact-jws.ts';
import { consentType, controlIssuer, stepUpType } from './statement.ts';

/** In characters. */
const maxStatementLength = 16_384;

const iso = z.iso.datetime({ offset: true });

/** Everything that is signed. */
export const consentWire = z.object({
  format: z.literal('writ-consent-1'),
  /** The mandate, held action or policy that was approved. */
  id: z.string(),
  kind: z.enum(['mandate', 'action', 'policy']),
  project: z.string(),
  /** Exactly what was shown. For an agent's own child nobody was shown anything: then it is what anybody would have been shown. */
  text: z.string(),
  text_digest: z.string(),
  /** Which version of which renderer made the text. */
  renderer: z.string(),
  /** The proposal's revision that the yes was compared with and set against; null where there is none. */
  revision: z.int().nullable(),
  requested_by: z.array(z.string()),
  approved_by: z.string(),
  approved_at: iso,
  how: z.string(),
  /** The token they used, and the first letters of its digest; null where none was shown. */
  credential: z.object({ id: z.string(), digest: z.string().nullable() }).nullable(),
  /** What they signed with a key of their own, and the key (RFC 8037); null where they were not asked to. */
  step_up: z.object({ at: iso, statement: z.string(), key: z.string() }).nullable(),
  rested_on: z.array(
    z.object({
      subject: z.string(),
      value: z.union([z.string(), z.number(), z.boolean()]),
      source: z.string(),
      sequence: z.int(),
    }),
  ),
  policy: z.string().nullable(),
  /** The event that approved it, in control's journal. */
  journal: z.object({ stream: z.string(), version: z.int(), position: z.int(), hash: z.string() }),
});
export type ConsentWire = z.infer<typeof consentWire>;

export const evidenceWire = z.object({
  consent: consentWire,
  /** Control's signature over `consent`. */
  statement: z.string().max(maxStatementLength),
  /** The key it is signed with (RFC 8037); believed only where it is known to be control's. */
  key: z.object({ id: z.string(), x: z.string() }),
});
export type EvidenceWire = z.infer<typeof evidenceWire>;

export const evidenceCheckWire = z.object({
  check: z.enum(['text', 'revision', 'renderer', 'approver', 'signals', 'journal', 'signature']),
  holds: z.boolean().nullable(),
  /** What was found, one sentence. */
  said: z.string(),
});
export type EvidenceCheck = z.infer<typeof evidenceCheckWire>;

/** SHA-256 over the canonical JSON (RFC 8785) of what is signed, base64url. */
export const consentDigest = (consent: ConsentWire): string => hash('sha256', canonicalize(consent) ?? '', 'base64url');

/** What can be said of evidence by itself. `keys`: the keys that sign control's evidence, from control and not from the evidence. */
export function checkEvidence(
  { consent, statement }: EvidenceWire,
  keys: (kid: string) => VerificationKey | undefined,
): readonly EvidenceCheck[] {
  return [textCheck(consent), approverCheck(consent), signatureCheck(consent, statement, keys)];
}

function textCheck({ text, text_digest: digest }: ConsentWire): EvidenceCheck {
  const now = hash('sha256', text, 'base64url');
  return now === digest
    ? { check: 'text', holds: true, said: `the text has the digest that was approved, ${digest}` }
    : { check: 'text', holds: false, said: `the text has the digest ${now}, and ${digest} was approved` };
}

function approverCheck(consent: ConsentWire): EvidenceCheck {
  const { approved_by: by, how, credential, step_up: proof } = consent;
  if (how === 'delegated')
    return { check: 'approver', holds: null, said: `${by} made it within its parent; nobody was asked` };
  if (proof === null)
    return {
      check: 'approver',
      holds: null,
      said: `${by} showed the token ${credential?.id ?? 'of nobody'} and was asked for no more`,
    };
  const why = whyNotProved(consent, proof);
  return why === undefined
    ? { check: 'approver', holds: true, said: `${by} signed exactly this text with their own key` }
    : { check: 'approver', holds: false, said: `what ${by} signed does not hold: ${why}` };
}

function whyNotProved(
  consent: ConsentWire,
  { statement, key }: NonNullable<ConsentWire['step_up']>,
): string | undefined {
  const verified = verifyCompactJws(statement, {
    type: stepUpType,
    maxLength: maxStatementLength,
    keyOf: () => publicKeyOf(key),
  });
  if (!verified.ok) return verified.why;
  const { claims } = verified;
  if (claims['sub'] !== consent.id) return 'it is about something else';
  if (claims['text_digest'] !== consent.text_digest) return 'it is about another text';
  if (consent.revision !== null && claims['revision'] !== consent.revision) return 'it is about another revision';
  return claims['person'] === consent.approved_by ? undefined : 'it is of somebody else';
}

/** The key evidence brings along, where its id is its own thumbprint (RFC 7638): whose it is, is not said by that. */
export function evidenceKeyOf({ key: { id, x } }: EvidenceWire): readonly (readonly [string, VerificationKey])[] {
  const thumbprint = hash('sha256', JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }), 'base64url');
  const key = publicKeyOf(x);
  return key === undefined || id !== `k-${thumbprint}` ? [] : [[id, key]];
}

/** The Ed25519 key of these 32 bytes; undefined for what is none. */
export function publicKeyOf(x: string): VerificationKey | undefined {
  try {
    return { key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), signedUntil: null };
  } catch {
    return undefined; // no point of the curve: verifies nothing
  }
}

function signatureCheck(
  consent: ConsentWire,
  statement: string,
  keys: (kid: string) => VerificationKey | undefined,
): EvidenceCheck {
  const verified = verifyCompactJws(statement, { type: consentType, maxLength: maxStatementLength, keyOf: keys });
  if (!verified.ok && verified.problem === 'unknown_key')
    return { check: 'signature', holds: null, said: 'it is signed with a key that is not known here as control’s' };
  if (!verified.ok) return { check: 'signature', holds: false, said: verified.why };
  const isSame = verified.claims['iss'] === controlIssuer && verified.claims['digest'] === consentDigest(consent);
  return isSame
    ? { check: 'signature', holds: true, said: `control signed exactly this with the key ${verified.kid}` }
    : { check: 'signature', holds: false, said: 'control signed something else' };
}
