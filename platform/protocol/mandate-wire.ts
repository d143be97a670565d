/** Mandates, receipts, operations and verdicts as control's API shows them. Wire spelling; times are ISO 8601 in UTC. */

import type { HistoryRule } from '@writ/authority';
import { z } from 'zod';
import { authoritySetWire } from './authority-set-wire.ts';

export const id = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9_.-]+$/);
/** A JWK thumbprint, RFC 7638 with SHA-256. */
export const thumbprint = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
export const text = z.string().max(4_096);
export const iso = z.iso.datetime({ offset: true });
export const scalar = z.union([z.string().max(1_024), z.number(), z.boolean()]);

export const conditionWire = z.strictObject({
  id,
  subject: z.string().min(1).max(512),
  /** `within` is of the clock: its subject is `time`, its value such as `mon-fri 09:00-17:00 +01:00`. */
  test: z.enum(['equals', 'not_equals', 'less_than', 'at_most', 'greater_than', 'at_least', 'within']),
  value: scalar,
  on_failure: z.enum(['suspend', 'revoke']),
  returns: z.enum(['by_reinstatement', 'automatically']),
  /** How long it must hold without a break before an automatic return. */
  hold_ms: z.int().min(0).max(31_536_000_000).default(0),
  max_age_ms: z.int().positive().nullable(),
  when_unreported: z.enum(['holds', 'unknown']),
});

const actionList = z.array(z.string().min(1).max(128)).min(1).max(64);
/** What has to have happened before an action. Actions are identifiers or families (`file.*`). */
export const historyRuleWire = z.discriminatedUnion('kind', [
  z.strictObject({
    id,
    kind: z.literal('first_use'),
    actions: actionList,
    target: z.enum(['resource', 'site']).default('resource'),
    /** Resources that are covered from the start, in normal form. */
    except: z.array(z.string().min(1).max(8192)).max(64).optional(),
  }),
  z.strictObject({
    id,
    kind: z.literal('before'),
    first: actionList,
    then: actionList,
    stale_after: z.array(z.string().min(1).max(128)).max(64).default([]),
    same_target: z.boolean().default(false),
    same_parameter: z.string().min(1).max(128).nullable().default(null),
    max_age_ms: z.int().positive().nullable().default(null),
  }),
]);

/** A rule of ours in wire spelling. */
export function historyRuleToWire(rule: HistoryRule): z.output<typeof historyRuleWire> {
  if (rule.kind === 'first_use') {
    const { except, ...rest } = rule;
    return { ...rest, actions: [...rule.actions], ...(except !== undefined && { except: [...except] }) };
  }
  const { id, kind, first, then, staleAfter, sameTarget, sameParameter, maxAgeMs } = rule;
  return {
    id,
    kind,
    first: [...first],
    then: [...then],
    stale_after: [...staleAfter],
    same_target: sameTarget,
    same_parameter: sameParameter,
    max_age_ms: maxAgeMs,
  };
}

const amount = z
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)
  .refine((value) => !Object.is(value, -0), 'minus zero is no amount');
/** What becomes of work under way when nothing is left; it may finish where nothing is said. */
const whenSpent = { when_spent: z.enum(['finish', 'interrupt']).optional() };
export const budgetWire = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('calls'), limit: amount, ...whenSpent }),
  z.strictObject({ kind: z.literal('tokens'), limit: amount, ...whenSpent }),
  z.strictObject({ kind: z.literal('wall'), limit_ms: amount }),
  z.strictObject({ kind: z.literal('money'), limit_micros: amount, currency: z.string().length(3), ...whenSpent }),
]);

export const delegationBoundsWire = z.strictObject({
  max_depth: z.int().min(0).max(16),
  max_children: z.int().min(0).max(10_000),
  actors: z.union([z.literal('any'), z.array(z.string().max(128)).max(64)]),
});

export const stateName = z.enum([
  'proposed',
  'active',
  'suspended',
  'revoked',
  'expired',
  'completed',
  'superseded',
  'refused',
  'lapsed',
  'cascaded',
  'held',
]);

export const mandateWire = z.object({
  id,
  project: id,
  purpose: text,
  parent: id.nullable(),
  depth: z.int(),
  actor: z.string(),
  /** The thumbprint (RFC 7638) of the key its actor proves; null: whoever has the credential. */
  actor_key: z.string().nullable(),
  /** The state now: expiry and ancestors included. */
  state: stateName,
  /** Why it is in that state, one sentence. */
  state_detail: z.string(),
  /** The first budget, of it or of one above, of which nothing is left, in one sentence; null while something is left of each. */
  spent: z.string().nullable(),
  authorization_details: authoritySetWire,
  overlays: z.array(z.object({ authorization_details: authoritySetWire, at: iso, by: z.string(), reason: z.string() })),
  /** What it allows by itself now, with every narrowing, in the words an approver reads. */
  words: z.array(z.string()),
  conditions: z.array(conditionWire),
  history: z.array(historyRuleWire),
  budgets: z.array(budgetWire),
  delegation: delegationBoundsWire,
  steerers: z.array(z.string()),
  /** Who may bring it back, extend or widen it; empty: every approver of its project. */
  approvers: z.array(z.string()),
  /** How old a yes under it may be when it is used; null: as the class of the action says. */
  freshness_ms: z.int().nullable(),
  /** It only watches. */
  watch: z.boolean(),
  expires_at: iso,
  approved_at: iso.nullable(),
  /** Who approved and how; null until approved. */
  approval: z
    .object({
      by: z.string(),
      at: iso,
      /** SHA-256 of the canonical text shown, base64url. */
      text_digest: z.string(),
      revision: z.int(),
      how: z.enum(['owner_token', 'person_token', 'unattended', 'delegated', 'attended_start']),
    })
    .nullable(),
  /** The proposal's revision, compared when it is approved. */
  revision: z.int(),
  /** The canonical text an approver approves, and its digest (SHA-256, base64url). */
  approval_text: z.string(),
  text_digest: z.string(),
  successor: id.nullable(),
  version: z.int(),
  epoch: z.int(),
  /** Of a proposed extension: which live descendants would not come along and end, each with why. Otherwise empty. */
  leaves_behind: z.array(z.string()),
  /** What may be done with it in this state. */
  legal_actions: z.array(z.string()),
});

export const receiptWire = z.object({
  id,
  mandate: id.nullable(),
  action: z.enum(['suspend', 'revoke', 'narrow', 'expire', 'complete', 'stop']),
  requested_by: z.string(),
  opened_at: iso,
  deadline: iso,
  closed_at: iso.nullable(),
  lines: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['session', 'queued', 'operation', 'process_group', 'connection', 'permit', 'point']),
      subject: z.string(),
      point: z.string().nullable(),
      outcome: z.enum([
        'pending',
        'stopped',
        'frozen',
        'paused',
        'cancelled',
        'finished_before',
        'interrupted',
        'void',
        'unknown',
        'unconfirmed',
        'continues',
      ]),
      attested_by: z.enum(['control', 'sink', 'os', 'runtime']).nullable(),
      /** Until when an effect of it can still land; null when none can. */
      residual_until: iso.nullable(),
      at: iso.nullable(),
      note: z.string(),
    }),
  ),
});

/** `fenced`: checks permits as it commits. `observable`: can be asked afterwards. `blind`: neither. */
export const sinkKindWire = z.enum(['fenced', 'observable', 'blind']);

/** Where one operation goes: bound when it began. `change`: of the one Git ref it is about. */
export const destinationWire = z.object({
  sink: id,
  url: z.string(),
  kind: sinkKindWire,
  change: z.object({ ref: z.string(), old: z.string(), new: z.string() }).nullable(),
});

export const operationWire = z.object({
  id,
  mandate: id,
  action: z.string(),
  resource: z.string(),
  action_class: z.string(),
  parameter_digest: z.string(),
  holder: z.string(),
  session: z.string().nullable(),
  state: z.enum(['begun', 'done', 'failed', 'interrupted', 'unknown']),
  /** It was told to stop, whether or not it has settled since. */
  interrupt_requested: z.boolean(),
  begun_at: iso,
  lease_until: iso,
  /** How long it was given the last time: what was asked for, or less where its class or its mandate allows less. */
  lease_ms: z.int(),
  settled_at: iso.nullable(),
  evidence: z.string().nullable(),
  /** Of one that ended unknown: who finds out how it ended, until when before a person is asked, and what to do; null of any other. */
  owed: z
    .object({ owner: z.enum(['sink', 'holder', 'person']), who: z.string(), until: iso, todo: z.string() })
    .nullable(),
  /** Where it goes; null where it named no sink. */
  destination: destinationWire.nullable(),
  /** All it has used so far; null where nobody said. */
  usage: z
    .object({
      tokens: z.int(),
      money_micros: z.int(),
      currency: z.string().nullable(),
      source: z.enum(['reported', 'computed', 'estimated']),
      final: z.boolean(),
    })
    .nullable(),
});

export const reasonWire = z.object({
  code: z.string(),
  sentence: z.string(),
  way_out: z.string().nullable(),
  retry: z.string(),
});

export const verdictWire = z.object({
  /** `would_refuse`: of a mandate that only watches; no permit, and nobody is stopped by it. */
  decision: z.enum(['permit', 'refuse', 'hold', 'would_refuse']),
  reason: reasonWire,
  /** The three answers side by side; `reason` is null where the answer is yes. */
  token: z.object({ yes: z.boolean(), reason: reasonWire.nullable() }),
  policy: z.object({ yes: z.boolean(), reason: reasonWire.nullable() }),
  mandate: z.object({ yes: z.boolean(), reason: reasonWire.nullable() }),
  action_class: z.string(),
  valid_until: iso,
  judged_at: z.array(z.object({ mandate: z.string(), version: z.int(), epoch: z.int() })),
  position: z.int(),
  evaluation_id: z.string(),
});
