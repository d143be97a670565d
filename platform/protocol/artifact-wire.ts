/**
 * Mandate artifacts on the wire: the claims of a Mission Status response (draft-mcguinness-oauth-mission-status, "Response": `iss aud sub nonce iat exp`, `mission` with
 * `fresh_until`), and what else a verdict rests on. Each mandate of the chain is a disclosure (SD-JWT, RFC 9901): it stands behind the signed statement, which names it by
 * digest. So what is signed every second is short, and a mandate that did not change is read once.
 *
 * It is an image of what a verdict rests on (authority/artifact/artifact.ts). What is of another shape is no artifact; nothing of it is used.
 */

import { createHash } from 'node:crypto';
import type { Artifact, JudgedMandate } from '@writ/authority';
import { z } from 'zod';
import { integrityAnchor } from './anchor.ts';
import { authoritySetFromWire, authoritySetToWire, authoritySetWire } from './authority-set-wire.ts';
import { fromWire, toWire } from './json-case.ts';
import { budgetWire, conditionWire, historyRuleWire, id, iso, scalar } from './mandate-wire.ts';
import { controlIssuer } from './statement.ts';
import type { JsonValue } from './strict-json.ts';
import { parseStrictJson } from './strict-json.ts';

const whole = z.int().min(0);

const judgedMandateWire = z.object({
  id,
  parent: id.nullable(),
  actor: z.string(),
  /** Only a chain that is active from end to end is vouched for. */
  state: z.literal('active'),
  since: iso,
  version: whole,
  epoch: whole,
  expires_at: iso,
  approved_at: iso.nullable(),
  authorization_details: authoritySetWire,
  /** Narrowings: each is one more set everything must be inside. */
  overlays: z.array(authoritySetWire),
  conditions: z.array(conditionWire),
  history: z.array(historyRuleWire),
  budgets: z.array(budgetWire),
  freshness_ms: whole.optional(),
});
type JudgedMandateWire = z.infer<typeof judgedMandateWire>;

/** The signed part. */
export const artifactWire = z.object({
  iss: z.literal(controlIssuer),
  aud: z.string(),
  /** The actor. */
  sub: z.string(),
  nonce: z.string(),
  iat: whole,
  exp: whole,
  mission: z.object({
    id,
    issuer: z.literal(controlIssuer),
    authority_hash: z.string(),
    state: z.literal('active'),
    version: whole,
    expires_at: iso,
    fresh_until: iso,
  }),
  cnf: z.object({ jkt: z.string() }).optional(),
  /** The mandate that was asked about; `mission.id` answers for it now. */
  answers_for: id,
  _sd_alg: z.literal('sha-256'),
  /** The digests of the disclosures, root first. */
  chain: z
    .array(z.object({ '...': z.string() }))
    .min(1)
    .max(64),
  readings: z.array(z.object({ subject: z.string(), value: scalar, at: iso, sequence: z.int() })),
  spend: z.array(z.object({ mandate: id, tokens: whole, money_micros: whole })),
  slice: z
    .object({ id: z.string(), calls: whole, replaces: z.object({ id: z.string(), drawn: whole }).nullable() })
    .nullable(),
  /** The actions no agent may take; why is control's to say. */
  policy: z.object({ version: z.string(), refused_to_agents: z.array(z.string()) }),
  versions: z.object({ evaluator: z.string(), classes: z.string() }),
  /** `iat` and `exp`, exactly: epoch milliseconds. */
  issued_at_ms: whole,
  expires_at_ms: whole,
  /** By class, in milliseconds. */
  max_age_ms: z.object({ consequential_read: whole.optional(), workspace_write: whole.optional() }),
  position: whole,
});
export type ArtifactWire = z.infer<typeof artifactWire>;

/** A mandate as it stands behind a signed artifact. */
export type Disclosure = {
  /** RFC 9901 §4.2: base64url of `[salt, value]`. */
  readonly text: string;
  readonly digest: string;
  /** The integrity anchor of what was approved, narrowings aside. */
  readonly authorityHash: string;
};

const time = (ms: number): string => new Date(ms).toISOString();

/** What RFC 9901 §4.2.3 calls the digest of a disclosure. */
export const disclosureDigest = (text: string): string =>
  createHash('sha256').update(text, 'ascii').digest('base64url');

/** The disclosure of a mandate that is in force. `salt`: unguessable where what is not shown must not be guessed from its digest. */
export function discloseMandate(mandate: JudgedMandate, salt: string): Disclosure {
  const value = mandateToWire(mandate);
  const text = Buffer.from(JSON.stringify([salt, value])).toString('base64url');
  // What was JSON when it came stays JSON.
  const set = value.authorization_details as unknown as JsonValue;
  return {
    text,
    digest: disclosureDigest(text),
    authorityHash: integrityAnchor('mission-authority-set', controlIssuer, set),
  };
}

/** The mandate a disclosure is of; undefined for what is none. */
export function readDisclosure(text: string): JudgedMandate | undefined {
  const json = parseStrictJson(Buffer.from(text, 'base64url'));
  if (!json.ok || !Array.isArray(json.value) || json.value.length !== 2) return undefined;
  const wire = judgedMandateWire.safeParse(json.value[1]);
  return wire.success ? mandateFromWire(wire.data) : undefined;
}

/** The claims control signs; `chain` are the disclosures of its chain, in that order. */
export function artifactToWire(artifact: Artifact, chain: readonly Disclosure[]): ArtifactWire {
  const [leaf, disclosed] = [artifact.chain.at(-1), chain.at(-1)];
  if (leaf === undefined || disclosed === undefined) throw new Error('an artifact is about a mandate');
  const { consequential_read: read = 0, workspace_write: write = 0 } = artifact.maxAgeMs;
  return {
    iss: controlIssuer,
    aud: artifact.audience,
    sub: artifact.actor,
    nonce: artifact.nonce,
    iat: Math.floor(artifact.issuedAt / 1_000),
    exp: Math.ceil(artifact.expiresAt / 1_000),
    mission: {
      id: leaf.id,
      issuer: controlIssuer,
      authority_hash: disclosed.authorityHash,
      state: 'active',
      version: leaf.version,
      expires_at: time(leaf.expiresAt),
      // For a reader that knows no classes: the strictest of them.
      fresh_until: time(Math.min(artifact.expiresAt, artifact.issuedAt + Math.min(read, write))),
    },
    ...(artifact.actorKey === null ? {} : { cnf: { jkt: artifact.actorKey } }),
    answers_for: artifact.answersFor,
    _sd_alg: 'sha-256',
    chain: chain.map(({ digest }) => ({ '...': digest })),
    readings: artifact.readings.map(({ subject, value, at, sequence }) => ({ subject, value, at: time(at), sequence })),
    spend: artifact.spend.map(({ mandate, tokens, moneyMicros }) => ({ mandate, tokens, money_micros: moneyMicros })),
    slice: artifact.slice,
    policy: { version: artifact.policy.version, refused_to_agents: Object.keys(artifact.policy.refusedToAgents) },
    versions: artifact.versions,
    issued_at_ms: artifact.issuedAt,
    expires_at_ms: artifact.expiresAt,
    max_age_ms: { consequential_read: read, workspace_write: write },
    position: artifact.position,
  };
}

function mandateToWire(mandate: JudgedMandate): JudgedMandateWire {
  const { id: name, parent, actor, state, version, epoch, expiresAt, approvedAt } = mandate;
  if (state.name !== 'active') throw new Error(`\`${name}\` is ${state.name}, and nothing is vouched for under it`);
  return {
    id: name,
    parent,
    actor,
    state: 'active',
    since: time(state.since),
    version,
    epoch,
    expires_at: time(expiresAt),
    approved_at: approvedAt === null ? null : time(approvedAt),
    authorization_details: authoritySetToWire(mandate.authority),
    overlays: mandate.overlays.map(({ authority }) => authoritySetToWire(authority)),
    conditions: mandate.conditions.map((condition) => toWire(condition)),
    // readonly lists become the schema's mutable ones
    history: toWire(mandate.history) as JudgedMandateWire['history'],
    budgets: mandate.budgets.map((budget) => toWire(budget)),
    ...(mandate.freshnessMs !== undefined && { freshness_ms: mandate.freshnessMs }),
  };
}

/** What the claims say in our spelling, about the mandates they name. */
export function artifactFromWire(wire: ArtifactWire, chain: readonly JudgedMandate[]): Artifact {
  return {
    audience: wire.aud,
    nonce: wire.nonce,
    answersFor: wire.answers_for,
    actor: wire.sub,
    actorKey: wire.cnf?.jkt ?? null,
    chain,
    readings: wire.readings.map((reading) => ({ ...reading, at: Date.parse(reading.at) })),
    spend: wire.spend.map(({ money_micros: moneyMicros, ...spent }) => ({ ...spent, moneyMicros })),
    slice: wire.slice,
    policy: {
      version: wire.policy.version,
      refusedToAgents: Object.fromEntries(wire.policy.refused_to_agents.map((action) => [action, 'policy refuses it'])),
      // What it says of a class is in how old a yes of that class may be.
      classes: {},
    },
    versions: wire.versions,
    issuedAt: wire.issued_at_ms,
    // `exp` is whole seconds, rounded up: the exact bound counts, and `exp` where somebody made it shorter.
    expiresAt: Math.min(wire.expires_at_ms, wire.exp * 1_000),
    maxAgeMs: wire.max_age_ms,
    position: wire.position,
  };
}

const mandateFromWire = (wire: JudgedMandateWire): JudgedMandate => ({
  id: wire.id,
  parent: wire.parent,
  actor: wire.actor,
  state: { name: 'active', since: Date.parse(wire.since) },
  version: wire.version,
  epoch: wire.epoch,
  expiresAt: Date.parse(wire.expires_at),
  approvedAt: wire.approved_at === null ? null : Date.parse(wire.approved_at),
  authority: authoritySetFromWire(wire.authorization_details),
  overlays: wire.overlays.map((set) => ({ authority: authoritySetFromWire(set) })),
  conditions: wire.conditions.map((condition) => fromWire(condition)),
  history: wire.history.map((rule) => fromWire(rule)),
  budgets: wire.budgets.map((budget) => fromWire(budget)),
  ...(wire.freshness_ms !== undefined && { freshnessMs: wire.freshness_ms }),
});
