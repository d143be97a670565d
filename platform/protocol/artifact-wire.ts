/**
 * Mandate artifacts on the wire: the claims of a Mission Status response (draft-mcguinness-oauth-mission-status, "Response": `iss aud sub nonce iat exp`, `mission` with
 * `fresh_until`), and beside them what a verdict rests on: the chain of sets, readings, spend, policy and bounds, root first.
 *
 * It is an image of what a verdict rests on (authority/artifact/artifact.ts). What is of another shape is no artifact; nothing of it is used.
 */

import type { Artifact, JudgedMandate } from '@writ/authority';
import { z } from 'zod';
import { integrityAnchor } from './anchor.ts';
import { authoritySetFromWire, authoritySetToWire, authoritySetWire } from './authority-set-wire.ts';
import { fromWire, toWire } from './json-case.ts';
import { budgetWire, conditionWire, historyRuleWire, id, iso, scalar } from './mandate-wire.ts';
import { controlIssuer } from './statement.ts';
import type { JsonValue } from './strict-json.ts';

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
});

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
  chain: z.array(judgedMandateWire).min(1).max(64),
  readings: z.array(z.object({ subject: z.string(), value: scalar, at: iso, sequence: z.int() })),
  spend: z.array(z.object({ mandate: id, tokens: whole, money_micros: whole })),
  slice: z.object({ id: z.string(), calls: whole }).nullable(),
  policy: z.object({ version: z.string(), refused_to_agents: z.record(z.string(), z.string()) }),
  versions: z.object({ evaluator: z.string(), classes: z.string() }),
  issued_at: iso,
  expires_at: iso,
  /** By class, in milliseconds. */
  max_age_ms: z.object({ consequential_read: whole.optional(), workspace_write: whole.optional() }),
  position: whole,
});

export type ArtifactWire = z.infer<typeof artifactWire>;

const text = (ms: number): string => new Date(ms).toISOString();

/** The claims control signs. */
export function artifactToWire(artifact: Artifact): ArtifactWire {
  const leaf = artifact.chain.at(-1);
  if (leaf === undefined) throw new Error('an artifact is about a mandate');
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
      authority_hash: authorityHash(leaf),
      state: 'active',
      version: leaf.version,
      expires_at: text(leaf.expiresAt),
      // For a reader that knows no classes: the strictest of them.
      fresh_until: text(Math.min(artifact.expiresAt, artifact.issuedAt + Math.min(read, write))),
    },
    ...(artifact.actorKey === null ? {} : { cnf: { jkt: artifact.actorKey } }),
    answers_for: artifact.answersFor,
    chain: artifact.chain.map(mandateToWire),
    readings: artifact.readings.map(({ subject, value, at, sequence }) => ({ subject, value, at: text(at), sequence })),
    spend: artifact.spend.map(({ mandate, tokens, moneyMicros }) => ({ mandate, tokens, money_micros: moneyMicros })),
    slice: artifact.slice,
    policy: { version: artifact.policy.version, refused_to_agents: { ...artifact.policy.refusedToAgents } },
    versions: artifact.versions,
    issued_at: text(artifact.issuedAt),
    expires_at: text(artifact.expiresAt),
    max_age_ms: { consequential_read: read, workspace_write: write },
    position: artifact.position,
  };
}

/** The integrity anchor of what was approved, narrowings aside. */
function authorityHash({ authority }: JudgedMandate): string {
  // What was JSON when it came stays JSON.
  const set = authoritySetToWire(authority) as unknown as JsonValue;
  return integrityAnchor('mission-authority-set', controlIssuer, set);
}

function mandateToWire(mandate: JudgedMandate): ArtifactWire['chain'][number] {
  const { id: name, parent, actor, state, version, epoch, expiresAt, approvedAt } = mandate;
  if (state.name !== 'active') throw new Error(`\`${name}\` is ${state.name}, and nothing is vouched for under it`);
  return {
    id: name,
    parent,
    actor,
    state: 'active',
    since: text(state.since),
    version,
    epoch,
    expires_at: text(expiresAt),
    approved_at: approvedAt === null ? null : text(approvedAt),
    authorization_details: authoritySetToWire(mandate.authority),
    overlays: mandate.overlays.map(({ authority }) => authoritySetToWire(authority)),
    conditions: mandate.conditions.map((condition) => toWire(condition)),
    // readonly lists become the schema's mutable ones
    history: toWire(mandate.history) as ArtifactWire['chain'][number]['history'],
    budgets: mandate.budgets.map((budget) => toWire(budget)),
  };
}

/** What the claims say, in our spelling. */
export function artifactFromWire(wire: ArtifactWire): Artifact {
  return {
    audience: wire.aud,
    nonce: wire.nonce,
    answersFor: wire.answers_for,
    actor: wire.sub,
    actorKey: wire.cnf?.jkt ?? null,
    chain: wire.chain.map(mandateFromWire),
    readings: wire.readings.map((reading) => ({ ...reading, at: Date.parse(reading.at) })),
    spend: wire.spend.map(({ money_micros: moneyMicros, ...spent }) => ({ ...spent, moneyMicros })),
    slice: wire.slice,
    policy: { version: wire.policy.version, refusedToAgents: wire.policy.refused_to_agents },
    versions: wire.versions,
    issuedAt: Date.parse(wire.issued_at),
    // `exp` is whole seconds, rounded up: the exact bound counts, and `exp` where somebody made it shorter.
    expiresAt: Math.min(Date.parse(wire.expires_at), wire.exp * 1_000),
    maxAgeMs: wire.max_age_ms,
    position: wire.position,
  };
}

const mandateFromWire = (wire: ArtifactWire['chain'][number]): JudgedMandate => ({
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
});
