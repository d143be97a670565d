/** What waits for a person at control, and their answers, as routes. An answer names the text that was shown by its digest. */

import { z } from 'zod';
import { askWire } from './ask-wire.ts';
import { evidenceCheckWire, evidenceWire } from './consent-evidence.ts';
import { id, iso, text } from './mandate-wire.ts';
import { route } from './route.ts';

/** A yes or no to one exact action. */
export const approvalWire = z.object({
  id,
  mandate: id,
  action: z.string(),
  resource: z.string(),
  parameter_digest: z.string(),
  state: z.enum(['waiting', 'given', 'refused', 'used', 'void']),
  /** Why it is in that state, one sentence; a refusal's reason. */
  state_detail: z.string(),
  /** What an approver reads, and its digest; null where a person named the action themselves. */
  text: z.string().nullable(),
  text_digest: z.string().nullable(),
  asked_by: z.string().nullable(),
  session: z.string().nullable(),
  /** Whether a yes can be remembered for its target. */
  may_remember: z.boolean(),
  answered_by: z.string().nullable(),
  /** Until when a yes can be used. */
  expires_at: iso.nullable(),
  operation: z.string().nullable(),
});

/** What waits: a proposed mandate, a held action, or an operation of which a person has to say how it ended. */
export const waitingWire = z.object({
  kind: z.enum(['proposal', 'action', 'outcome']),
  id,
  mandate: id,
  project: id,
  /** In one line. */
  ask: z.string(),
  /** What a yes approves, and its digest. */
  text: z.string(),
  text_digest: z.string(),
  /** Of a proposal, compared when it is approved. */
  revision: z.int().nullable(),
  asked_by: z.string(),
  /** Of an extension: why it is asked for, and what would be other than today, one sentence each. */
  reason: z.string(),
  changes: z.array(z.string()),
  since: iso,
  session: z.string().nullable(),
  /** Whether a yes can be remembered for its target. */
  may_remember: z.boolean(),
  /** Of a proposal, where it can: what a yes in advance would be to, which is given with `POST /v1/advances`. */
  remembers: z
    .object({ resource: z.string(), resource_match: z.enum(['exact', 'prefix']), actions: z.array(z.string()) })
    .nullable(),
  /** Whether you may say yes; if not, why. */
  may_answer: z.boolean(),
  why_not: z.string().nullable(),
});

/** What a person signed with a key of their own (JWS), where policy wants it. */
export const stepUpStatement = z.string().max(4_096).optional();
/** A yes to exactly the text of this digest. `remember`: for its target in any session of its repository, as the text says. */
export const yesWire = z.object({
  text_digest: z.string(),
  step_up: stepUpStatement,
  remember: z.boolean().default(false),
});

const none = z.undefined();

export const approvalApi = {
  waiting: route({
    method: 'GET',
    path: '/v1/waiting',
    summary: 'proposals, held actions and outcomes nobody knows that wait for a person, what waited longest first',
    callers: ['person', 'point'],
    body: none,
    /** `notices`: what is to be known and asks for no answer. */
    reply: z.object({
      items: z.array(waitingWire),
      notices: z.array(z.object({ at: iso, sentence: z.string(), way_out: z.string() })),
      position: z.int(),
    }),
    status: 200,
  }),
  askApproval: route({
    method: 'POST',
    path: '/v1/approvals',
    summary: 'an agent puts a held action before people; asking for the same again is the same question',
    callers: ['actor'],
    beside: true,
    body: askWire,
    reply: approvalWire,
    status: 202,
  }),
  requestAuthority: route({
    method: 'POST',
    path: '/v1/requests',
    summary:
      'an agent asks for exactly what it was refused: a held action is put before people, and what its mandate lacks becomes a proposed extension; nothing is allowed by asking',
    callers: ['actor'],
    beside: true,
    body: askWire.extend({ reason: text.default('') }),
    reply: z.object({
      kind: z.enum(['action', 'proposal']),
      /** The held action, or the mandate that is proposed. */
      id,
      state: z.enum(['waiting', 'given']),
      /** What it is, in words. */
      changes: z.array(z.string()),
    }),
    status: 202,
  }),
  getApproval: route({
    method: 'GET',
    path: '/v1/approvals/:id',
    summary: 'how a held action stands',
    callers: ['person', 'actor', 'point'],
    body: none,
    reply: approvalWire,
    status: 200,
  }),
  giveApproval: route({
    method: 'POST',
    path: '/v1/approvals/:id/give',
    summary:
      'a yes to exactly the action shown: for one operation, within the hour, void when anything above it pauses or changes',
    callers: ['person'],
    body: yesWire,
    reply: approvalWire,
    status: 200,
  }),
  evidence: route({
    method: 'GET',
    path: '/v1/evidence/:id',
    summary:
      'evidence of the approval of a mandate or a held action: what was shown, who said yes and how they were known, signed',
    callers: ['person'],
    body: none,
    reply: evidenceWire,
    status: 200,
  }),
  verifyEvidence: route({
    method: 'GET',
    path: '/v1/evidence/:id/verify',
    summary:
      'what of it holds, part by part, recomputed from the journal; `holds` is null where there was nothing to check',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(evidenceCheckWire) }),
    status: 200,
  }),
  refuseApproval: route({
    method: 'POST',
    path: '/v1/approvals/:id/refuse',
    summary: 'a no, with a reason the agent gets',
    callers: ['person'],
    body: z.object({ reason: text.default('') }),
    reply: approvalWire,
    status: 200,
  }),
} as const;
