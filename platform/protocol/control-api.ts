/**
 * Control's API: every governance act and every verdict. One value per route (see `route.ts`).
 *
 * Reads and verdicts answer from one journal position, returned as `position`; writes take an `Idempotency-Key` header.
 *
 * An act of governance with a member that is not known is refused: a filter or a bound that is misspelt is not one that is left out.
 */

import { z } from 'zod';
import { advanceApi } from './advance-api.ts';
import { approvalApi, stepUpStatement } from './approval-api.ts';
import { askWire } from './ask-wire.ts';
import { authorityEntryWire, authoritySetWire } from './authority-set-wire.ts';
import { finalUsageWire, statementWire, usageWire } from './budget-wire.ts';
import {
  evaluationRequest,
  evaluationResponse,
  evaluationsRequest,
  evaluationsResponse,
  pdpMetadata,
} from './authzen.ts';
import { jsonWire } from './json-wire.ts';
import {
  budgetWire,
  conditionWire,
  historyRuleWire,
  delegationBoundsWire,
  id,
  iso,
  mandateWire,
  operationWire,
  receiptWire,
  text,
  thumbprint,
  verdictWire,
} from './mandate-wire.ts';
import { problemWire } from './problem.ts';
import { keySetWire, keyUseWire, ringKeyWire } from './published-key.ts';
import { grantsWire, peopleApi } from './people-api.ts';
import { policyApi } from './policy-api.ts';
import { route } from './route.ts';
import { signalApi } from './signal-api.ts';
import { maxArtifactLength } from './statement.ts';
import { journalApi } from './journal-api.ts';
import { sinkApi } from './sink-api.ts';

const none = z.undefined();
const reason = z.strictObject({ reason: text.default('') });
/** Where the next page of a list begins, to be given as `?cursor=`; null at the end. */
const nextCursor = z.string().nullable();
const page = z.object({ items: z.array(mandateWire), next_cursor: nextCursor, position: z.int() });

export const proposalWire = z.strictObject({
  project: id,
  purpose: text.min(1),
  actor: z.string().min(1).max(128),
  actor_key: thumbprint.nullable().default(null),
  authorization_details: authoritySetWire,
  conditions: z.array(conditionWire).max(64).default([]),
  history: z.array(historyRuleWire).max(16).default([]),
  budgets: z.array(budgetWire).max(8).default([]),
  delegation: delegationBoundsWire.default({ max_depth: 0, max_children: 0, actors: 'any' }),
  steerers: z.array(z.string().max(128)).max(64).default([]),
  approvers: z.array(z.string().max(128)).max(64).default([]),
  /** Tightens how old a yes under it may be when it is used; 0: each is asked of control. It never loosens what the class of an action says. */
  freshness_ms: z.int().min(0).nullable().default(null),
  /** It only watches: what its bounds do not cover is answered `would_refuse`, recorded, and stopped by nobody. It can hand nothing on. */
  watch: z.boolean().default(false),
  expires_at: iso,
});

/** What is more; what is not named stays as it is, and of a budget what is left. */
const extensionWire = z.strictObject({
  expires_at: iso.optional(),
  authorization_details: authoritySetWire.optional(),
  budgets: z.array(budgetWire).max(8).optional(),
  reason: text.default(''),
});

/** What works with a credential, as far as it is known: the program (`claude`, `codex`), and the model it talks to. */
const programWire = z.object({
  harness: z.string().max(128).nullable().default(null),
  model: z.string().max(128).nullable().default(null),
});

/** An event of control's journal, and in which incarnation of it. */
const standingWire = z.object({
  incarnation: z.int().positive(),
  position: z.int().nonnegative(),
  hash: z.string().max(64),
});

/** A signed root over the events of a plane's journal since the checkpoint before it. */
const checkpointWire = z.object({
  plane: z.enum(['control', 'runtime']),
  from: z.int().positive(),
  to: z.int().positive(),
  root: z.string().max(64),
  at: z.iso.datetime(),
  key: z.string().max(64),
  signature: z.string().max(128),
});

export const holdingWire = z.object({
  kind: z.enum(['session', 'queued', 'process_group', 'connection', 'permit']),
  subject: z.string().max(256),
  mandate: id,
  residual_until: iso.nullable().default(null),
});

/** What a point said yes to since its last report for a run, which `report` counts from 1. */
const answeredWire = z.object({
  report: z.int().min(1),
  answers: z
    .array(z.object({ action: z.string().max(128), count: z.int().min(1) }))
    .min(1)
    .max(256),
});
const sliceUse = z.object({ id: z.string().max(64), drawn: z.int().min(0) });

export const controlApi = {
  health: route({
    method: 'GET',
    path: '/healthz',
    summary: 'whether the process answers',
    callers: ['anyone'],
    body: none,
    reply: z.object({ ok: z.literal(true), plane: z.string(), boot: z.string() }),
    status: 200,
  }),
  whoami: route({
    method: 'GET',
    path: '/v1/whoami',
    summary: 'who the credential says you are',
    callers: ['person', 'actor', 'point', 'visitor'],
    body: none,
    /** `roles`: a person's, by project; null for everybody else. */
    reply: z.object({
      kind: z.string(),
      name: z.string(),
      mandate: z.string().nullable(),
      roles: grantsWire.nullable(),
    }),
    status: 200,
  }),
  createProject: route({
    method: 'POST',
    path: '/v1/projects',
    summary: 'create a project, or return it when it exists',
    callers: ['person'],
    body: z.object({ id, title: text.default('') }),
    reply: z.object({ id, title: z.string() }),
    status: 201,
  }),
  listProjects: route({
    method: 'GET',
    path: '/v1/projects',
    summary: 'the projects',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({ items: z.array(z.object({ id, title: z.string() })) }),
    status: 200,
  }),

  ...peopleApi,
  ...signalApi,
  ...approvalApi,
  ...advanceApi,
  ...policyApi,
  ...sinkApi,

  propose: route({
    method: 'POST',
    path: '/v1/mandates',
    summary: 'propose a mandate; nothing is allowed until a person approves it',
    callers: ['person'],
    body: proposalWire,
    reply: mandateWire,
    status: 201,
  }),
  listMandates: route({
    method: 'GET',
    path: '/v1/mandates',
    summary: 'the mandates, newest first; `?project=&limit=&cursor=`',
    callers: ['person', 'point'],
    body: none,
    reply: page,
    status: 200,
  }),
  getMandate: route({
    method: 'GET',
    path: '/v1/mandates/:id',
    summary: 'one mandate, as it stands now',
    callers: ['person', 'actor', 'point'],
    body: none,
    reply: mandateWire,
    status: 200,
  }),
  budget: route({
    method: 'GET',
    path: '/v1/mandates/:id/budget',
    summary: 'what a mandate and all below it may use, used, hold and promised; parents before children',
    callers: ['person', 'actor', 'point'],
    body: none,
    reply: z.object({ items: z.array(statementWire), position: z.int() }),
    status: 200,
  }),
  approve: route({
    method: 'POST',
    path: '/v1/mandates/:id/approve',
    summary: 'approve exactly the revision and text shown',
    callers: ['person'],
    body: z.strictObject({
      revision: z.int(),
      text_digest: z.string(),
      how: z.enum(['owner_token', 'unattended', 'attended_start']).default('owner_token'),
      step_up: stepUpStatement,
    }),
    reply: mandateWire,
    status: 200,
  }),
  revise: route({
    method: 'POST',
    path: '/v1/mandates/:id/revise',
    summary: 'put other terms in the place of a proposal’s; a yes to the revision before it counts no more',
    callers: ['person'],
    // The revision it was made from: where another stands there by now, nothing is revised. Null: in the place of whichever does.
    body: proposalWire.extend({ revision: z.int().nullable().default(null) }),
    reply: mandateWire,
    status: 200,
  }),
  refuse: route({
    method: 'POST',
    path: '/v1/mandates/:id/refuse',
    summary: 'refuse a proposal',
    callers: ['person'],
    body: reason,
    reply: mandateWire,
    status: 200,
  }),
  suspend: route({
    method: 'POST',
    path: '/v1/mandates/:id/suspend',
    summary: 'hold everything under it; answers with a receipt',
    callers: ['person'],
    body: reason,
    reply: receiptWire,
    status: 202,
  }),
  reinstate: route({
    method: 'POST',
    path: '/v1/mandates/:id/reinstate',
    summary: 'end a suspension; only an approver',
    callers: ['person'],
    body: reason,
    reply: mandateWire,
    status: 200,
  }),
  narrow: route({
    method: 'POST',
    path: '/v1/mandates/:id/narrow',
    summary: 'allow less: one more authority set in the conjunction, an earlier end, lower budgets; never widens',
    callers: ['person'],
    body: z.strictObject({
      authorization_details: authoritySetWire.optional(),
      expires_at: iso.optional(),
      budgets: z.array(budgetWire).max(8).optional(),
      reason: text.default(''),
    }),
    reply: receiptWire,
    status: 202,
  }),
  extend: route({
    method: 'POST',
    path: '/v1/mandates/:id/extend',
    summary: 'approve a successor with more time, budget or authority; live children that still fit are carried over',
    callers: ['person'],
    body: extensionWire,
    reply: mandateWire,
    status: 200,
  }),
  proposeExtension: route({
    method: 'POST',
    path: '/v1/mandates/:id/proposals',
    summary:
      'propose a successor with more time, budget or authority; nothing changes until somebody approves exactly what it would be',
    callers: ['person'],
    body: extensionWire,
    reply: mandateWire,
    status: 201,
  }),
  revoke: route({
    method: 'POST',
    path: '/v1/mandates/:id/revoke',
    summary: 'end it and everything under it; answers with a receipt',
    callers: ['person'],
    body: reason,
    reply: receiptWire,
    status: 202,
  }),
  complete: route({
    method: 'POST',
    path: '/v1/mandates/:id/complete',
    summary: 'accept the work and close the mandate',
    callers: ['person'],
    body: reason,
    reply: receiptWire,
    status: 202,
  }),

  approveAction: route({
    method: 'POST',
    path: '/v1/mandates/:id/approvals',
    summary:
      'a yes to exactly one held action: for one operation with these parameters, until it expires or the mandate pauses',
    callers: ['person'],
    body: askWire.pick({ action: true, resource: true, facts: true, parameters: true }).extend({ expires_at: iso }),
    reply: z.object({
      id: z.string(),
      mandate: id,
      action: z.string(),
      resource: z.string(),
      parameter_digest: z.string(),
      by: z.string(),
      expires_at: iso,
    }),
    status: 201,
  }),
  delegate: route({
    method: 'POST',
    path: '/v1/mandates/:id/children',
    summary:
      'create a child mandate strictly within this one; its credential goes to the enforcement point beside the agent, never to the agent',
    callers: ['actor'],
    beside: true,
    body: z.strictObject({
      purpose: text.min(1),
      actor: z.string().min(1).max(128),
      /** The thumbprint of the child's own key: whoever comes with its credential has to prove that one. */
      actor_key: thumbprint.nullable().default(null),
      authorization_details: authoritySetWire,
      expires_at: iso.optional(),
      /** Slices of the parent's budgets, set aside at once; without one it draws on what is there. */
      budgets: z.array(budgetWire).max(8).optional(),
      delegation: delegationBoundsWire.optional(),
    }),
    reply: z.object({ mandate: mandateWire, credential: z.string().nullable() }),
    status: 201,
  }),
  issueCredential: route({
    method: 'POST',
    path: '/v1/mandates/:id/credentials',
    summary: "a credential for the mandate's own actor, for one run",
    callers: ['person', 'actor'],
    beside: true,
    body: z.object({ run: id, expires_at: iso.optional(), program: programWire.optional() }),
    reply: z.object({ credential: z.string(), expires_at: iso }),
    status: 201,
  }),
  /** A child's holder gives up the child: its own mandate only. */
  relinquish: route({
    method: 'POST',
    path: '/v1/mandates/:id/relinquish',
    summary: 'an actor ends its own child mandate when its work is done',
    callers: ['actor'],
    body: reason,
    reply: receiptWire,
    status: 202,
  }),

  evaluate: route({
    method: 'POST',
    path: '/access/v1/evaluation',
    summary: 'AuthZEN Access Evaluation: the verdict API',
    callers: ['person', 'actor', 'point'],
    body: evaluationRequest,
    // OpenID AuthZEN Authorization API 1.0 asks for it.
    ignoresUnknown: true,
    reply: evaluationResponse,
    status: 200,
    question: true,
  }),
  evaluateMany: route({
    method: 'POST',
    path: '/access/v1/evaluations',
    summary: 'AuthZEN Access Evaluations, in order',
    callers: ['person', 'actor', 'point'],
    body: evaluationsRequest,
    // OpenID AuthZEN Authorization API 1.0 asks for it.
    ignoresUnknown: true,
    reply: evaluationsResponse,
    status: 200,
    question: true,
  }),
  pdp: route({
    method: 'GET',
    path: '/.well-known/authzen-configuration',
    summary: 'AuthZEN PDP metadata',
    callers: ['anyone'],
    body: none,
    reply: pdpMetadata,
    status: 200,
  }),
  check: route({
    method: 'POST',
    path: '/v1/check',
    summary: 'the same verdict with all three answers shown',
    callers: ['person', 'actor', 'point'],
    beside: true,
    body: askWire,
    reply: verdictWire,
    status: 200,
    question: true,
  }),

  begin: route({
    method: 'POST',
    path: '/v1/operations',
    summary: 'first phase of an effect; the Idempotency-Key header is required',
    callers: ['actor'],
    beside: true,
    body: askWire.extend({ lease_ms: z.int().min(500).max(3_600_000).default(30_000) }),
    reply: z.object({ operation: operationWire, permit: z.string(), verdict: verdictWire }),
    status: 201,
  }),
  listOperations: route({
    method: 'GET',
    path: '/v1/operations',
    summary:
      'operations, newest first; `?open=true` for those that have not settled, `?unknown=true` for those of which nobody knows how they ended, `?mandate=&limit=&cursor=`',
    callers: ['person', 'actor', 'point'],
    body: none,
    reply: z.object({ items: z.array(operationWire), next_cursor: nextCursor, position: z.int() }),
    status: 200,
  }),
  getOperation: route({
    method: 'GET',
    path: '/v1/operations/:id',
    summary: 'one operation',
    callers: ['person', 'actor', 'point'],
    body: none,
    reply: operationWire,
    status: 200,
  }),
  renew: route({
    method: 'POST',
    path: '/v1/operations/:id/renew',
    summary: 'ask to go on; refused when the mandate no longer allows it',
    callers: ['actor'],
    beside: true,
    body: z.object({ lease_ms: z.int().min(500).max(3_600_000).default(30_000) }),
    reply: operationWire,
    status: 200,
  }),
  interrupt: route({
    method: 'POST',
    path: '/v1/operations/:id/interrupt',
    summary:
      'tell it to stop, and nothing beside it: whoever holds it ends it and says how it ended; said again, it changes nothing',
    callers: ['actor'],
    body: z.object({}),
    reply: operationWire,
    status: 200,
  }),
  settle: route({
    method: 'POST',
    path: '/v1/operations/:id/settle',
    summary: 'say how it ended; accepted on ended mandates too',
    callers: ['actor'],
    beside: true,
    body: z.object({
      outcome: z.enum(['done', 'failed', 'interrupted', 'unknown']),
      evidence: text.default(''),
      usage: finalUsageWire.optional(),
      /** It went where nothing is taken without the permit: what ends unknown with an untaken permit has failed. An enforcement point's word. */
      fenced: z.boolean().default(false),
    }),
    reply: operationWire,
    status: 200,
  }),
  account: route({
    method: 'POST',
    path: '/v1/operations/:id/account',
    summary:
      'what a person found out about an operation that ended unknown, or what its sink showed when it was asked; recorded with who said so',
    callers: ['person', 'point'],
    body: z.object({ outcome: z.enum(['done', 'failed', 'unknown']), evidence: text.min(1) }),
    reply: operationWire,
    status: 200,
  }),
  reportUsage: route({
    method: 'POST',
    path: '/v1/operations/:id/usage',
    summary: 'say what it has used so far, all in all; accepted on ended mandates and after its end too',
    callers: ['actor'],
    beside: true,
    body: usageWire,
    reply: operationWire,
    status: 200,
  }),
  redeem: route({
    method: 'POST',
    path: '/v1/permits/redeem',
    summary: 'a sink asks, as it commits, whether the permit is current and takes its single use',
    callers: ['point'],
    body: z.object({
      permit: z.string().max(8_192),
      action: z.string(),
      resource: z.string(),
      parameters: z.record(z.string(), jsonWire).default({}),
      /** Which sink asks, by the name it has in the project; a permit for another is refused. */
      sink: id.optional(),
    }),
    reply: z.object({
      current: z.boolean(),
      reason: z.string(),
      operation: z.string().nullable(),
      mandate: z.string().nullable(),
    }),
    status: 200,
  }),
  keys: route({
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'the keys control signs with, each for one kind of statement',
    callers: ['anyone'],
    body: none,
    reply: keySetWire,
    status: 200,
  }),
  listKeys: route({
    method: 'GET',
    path: '/v1/keys',
    summary: 'the keys and how each stands, retired ones included',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(ringKeyWire), epoch: z.int() }),
    status: 200,
  }),
  rotateKey: route({
    method: 'POST',
    path: '/v1/keys',
    summary: 'announce a new key for one use; it signs once verifiers could have heard of it, or with `now` at once',
    callers: ['person'],
    body: z.object({ use: keyUseWire, now: z.boolean().default(false) }),
    reply: ringKeyWire,
    status: 201,
  }),
  retireKey: route({
    method: 'POST',
    path: '/v1/keys/:id/retire',
    summary: 'believe nothing any more that a key signed; not the one that signs',
    callers: ['person'],
    body: reason,
    reply: ringKeyWire,
    status: 200,
  }),

  registerPoint: route({
    method: 'PUT',
    path: '/v1/points/:id',
    summary: 'an enforcement point says who it is and what it holds; repeated as a heartbeat',
    callers: ['point'],
    body: z.object({
      kind: z.enum(['enforcer', 'runtime', 'launcher', 'sink']),
      boot: z.string().max(64),
      position: z.int(),
      /** All it holds. Left out: what it held when it last said so under this name of it. */
      holdings: z.array(holdingWire).max(100_000).optional(),
      /** A name for what it holds, another one whenever that changes. */
      held: z.string().min(1).max(64).optional(),
      /** What the point's own journal has of control's: one that no longer has it was restored. */
      witness: standingWire.optional(),
      /** The newest checkpoint of the point's own journal, to be kept in control's. */
      checkpoint: checkpointWire.optional(),
    }),
    /** `standing`: the newest event of control's journal, to be witnessed. `heard` false: what it holds is not known here, and it is to say all of it. */
    reply: z.object({
      position: z.int(),
      heard: z.boolean(),
      stop_deadline_ms: z.int(),
      standing: standingWire,
      checkpoint: checkpointWire.nullable(),
    }),
    status: 200,
  }),
  vouch: route({
    method: 'POST',
    path: '/v1/points/:id/artifacts',
    summary: 'what an enforcement point may answer from for a moment: a signed artifact for each mandate it holds',
    callers: ['point'],
    body: z.object({
      /** Fresh and unguessable; what comes back carries it, so that an older answer is not taken for this one. */
      nonce: z.string().min(16).max(128),
      wanted: z
        .array(
          z.object({
            mandate: id,
            /** Of the run that is to be answered; what it may be told ends with it. */
            credential: z.string().max(512),
            /** The slice it has, and how many of its calls it used so far. */
            slice: sliceUse.nullable().default(null),
            answered: answeredWire.nullable().default(null),
          }),
        )
        .max(1_000),
      /** Runs that are over, with the last word on each: nothing more is answered for them. */
      ended: z
        .array(
          z.object({
            mandate: id,
            credential: z.string().max(512),
            slice: sliceUse.nullable().default(null),
            answered: answeredWire.nullable().default(null),
          }),
        )
        .max(1_000)
        .default([]),
    }),
    reply: z.object({
      /** In the order asked. */
      items: z.array(
        z.union([
          z.object({ mandate: id, artifact: z.string().max(maxArtifactLength) }),
          z.object({ mandate: id, problem: problemWire }),
        ]),
      ),
    }),
    status: 200,
  }),
  leavePoint: route({
    method: 'POST',
    path: '/v1/points/:id/leave',
    summary: 'an enforcement point ends and holds nothing any more',
    callers: ['point'],
    body: z.object({ boot: z.string().max(64) }),
    reply: z.object({ position: z.int() }),
    status: 200,
  }),
  acknowledge: route({
    method: 'POST',
    path: '/v1/receipts/:id/lines',
    summary: 'a point says what became of what it held',
    callers: ['point'],
    body: z.object({
      point: id,
      lines: z.array(
        z.object({
          kind: z.enum(['session', 'queued', 'operation', 'process_group', 'connection', 'permit', 'point']),
          subject: z.string(),
          outcome: z.enum([
            'stopped',
            'frozen',
            'paused',
            'cancelled',
            'finished_before',
            'interrupted',
            'void',
            'unknown',
            'continues',
          ]),
          attested_by: z.enum(['sink', 'os', 'runtime']),
          residual_until: iso.nullable().default(null),
          note: z.string().max(512).default(''),
        }),
      ),
    }),
    reply: receiptWire,
    status: 200,
  }),
  getReceipt: route({
    method: 'GET',
    path: '/v1/receipts/:id',
    summary: 'what a stop did, line by line',
    callers: ['person', 'point'],
    body: none,
    reply: receiptWire,
    status: 200,
  }),
  listReceipts: route({
    method: 'GET',
    path: '/v1/receipts',
    summary: 'the receipts, newest first; `?mandate=&limit=&cursor=`',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({ items: z.array(receiptWire), next_cursor: nextCursor }),
    status: 200,
  }),
  suggestions: route({
    method: 'GET',
    path: '/v1/suggestions',
    summary: 'the least that would have permitted what was refused, `?mandate=` or `?project=`; it only proposes',
    callers: ['person'],
    body: none,
    reply: z.object({
      /** What an extension would succeed, and what it allows now. */
      mandate: z.string(),
      authorization_details: authoritySetWire,
      suggestions: z.array(
        z.object({
          entry: authorityEntryWire,
          words: z.string(),
          times: z.int(),
          examples: z.array(z.string()),
        }),
      ),
      left_alone: z.array(z.object({ action: z.string(), resource: z.string(), times: z.int(), why: z.string() })),
    }),
    status: 200,
  }),
  stopAll: route({
    method: 'POST',
    path: '/v1/stop',
    summary: 'revoke or suspend every live mandate that fits all filters given, in one act; `dry_run` shows which',
    callers: ['person', 'point'],
    body: z.strictObject({
      act: z.enum(['revoke', 'suspend']).default('revoke'),
      project: id.nullable().default(null),
      /** Itself and what stands under it; named alone it is stopped whatever its state. */
      mandate: id.nullable().default(null),
      agent: z.string().max(128).nullable().default(null),
      harness: z.string().max(128).nullable().default(null),
      model: z.string().max(128).nullable().default(null),
      reason: text.default(''),
      dry_run: z.boolean().default(false),
    }),
    reply: z.object({
      mandates: z.array(z.string()),
      /** What is hit, with what ends with it; of a request that is repeated, only the receipts are told again. */
      hits: z.array(
        z.object({
          mandate: z.string(),
          project: z.string(),
          purpose: z.string(),
          agent: z.string(),
          programs: z.array(programWire),
          descendants: z.int(),
          open_operations: z.int(),
        }),
      ),
      /** Live mandates that fit all else, and of which the harness or model asked for is not known. */
      unknown: z.array(z.string()),
      receipts: z.array(receiptWire),
    }),
    status: 202,
  }),

  audit: route({
    method: 'GET',
    path: '/v1/audit',
    summary: 'events, oldest first; `?after=&limit=&mandate=`',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(z.record(z.string(), jsonWire)), position: z.int() }),
    status: 200,
  }),
  ...journalApi,
} as const;

/**
 * The change stream `GET /v1/events` (server-sent events): `id` is the journal position, `event` the type, `data` this.
 * Resumes after `Last-Event-ID`; a comment line `: FROM TO` every 500 ms is the heartbeat a point's freshness rests on: all up to `FROM` was sent before it, and from there
 * to `TO` there was nothing for this reader. Who lacks `FROM` has lost something on the way.
 */
export const changeWire = z.object({
  position: z.int(),
  type: z.string(),
  at: iso,
  stream: z.string(),
  project: z.string(),
  actor: z.string(),
  lineage: z.record(z.string(), jsonWire),
  data: jsonWire,
});
export const heartbeatMs = 500;
