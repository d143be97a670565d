/**
 * Policy, as a document a person writes and as routes. The document only tightens: beyond what it names, mandates and the table of classes stand.
 *
 * It refuses members it does not know, so that a rule that is misspelled is not a rule that is left out.
 */

import { actionClasses } from '@writ/authority';
import { z } from 'zod';
import { stepUpStatement } from './approval-api.ts';
import { id } from './mandate-wire.ts';
import { route } from './route.ts';

/** For what is answered from a moment ago: less than the class table says. */
const cached = (maxAgeMs: number) => z.strictObject({ max_yes_ms: z.int().min(0).max(maxAgeMs) });

/** For what control is asked each time. `max_yes_ms` bounds its leases. */
const asked = z.strictObject({
  approved_by_another: z.literal(true).optional(),
  step_up: z.literal(true).optional(),
  ask_each_time: z.literal(true).optional(),
  max_yes_ms: z.int().min(1_000).max(86_400_000).optional(),
});

export const policyDocumentWire = z.strictObject({
  writ_policy: z.literal(1),
  classes: z
    .strictObject({
      consequential_read: cached(actionClasses.consequential_read.freshness.maxAgeMs).optional(),
      workspace_write: cached(actionClasses.workspace_write.freshness.maxAgeMs).optional(),
      consequential_write: asked.optional(),
      irreversible_action: asked.optional(),
      external_commitment: asked.optional(),
      privileged_administration: asked.optional(),
    })
    .default({}),
  /** Actions no agent may take, each with the reason a person reads. */
  refused_to_agents: z
    .record(z.string().regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/), z.string().min(1).max(256))
    .default({}),
});
export type PolicyDocumentWire = z.infer<typeof policyDocumentWire>;

const previewWire = z.object({
  version: z.string(),
  /** What would be adopted, in words; its digest is compared when it is. */
  text: z.string(),
  text_digest: z.string(),
  /** The mandates that would be judged by other rules, and what would change for each. */
  changes: z.array(z.object({ mandate: id, purpose: z.string(), changes: z.array(z.string()) })),
  /** Who wants it already, where two people are needed. */
  proposed_by: z.string().nullable(),
});

const none = z.undefined();

export const policyApi = {
  policy: route({
    method: 'GET',
    path: '/v1/policy',
    summary: 'the policy in force, and those that wait for a second person',
    callers: ['person'],
    body: none,
    reply: z.object({
      version: z.string(),
      document: policyDocumentWire,
      /** What no agent may do, what is built in included. */
      refused_to_agents: z.record(z.string(), z.string()),
      words: z.array(z.string()),
      waiting: z.array(z.object({ version: z.string(), by: z.string() })),
    }),
    status: 200,
  }),
  previewPolicy: route({
    method: 'POST',
    path: '/v1/policy/preview',
    summary: 'what adopting this document would change; changes nothing',
    callers: ['person'],
    body: policyDocumentWire,
    reply: previewWire,
    status: 200,
    question: true,
  }),
  adoptPolicy: route({
    method: 'POST',
    path: '/v1/policy',
    summary: 'adopt exactly what was shown; where the policy in force takes two people, the first only says so',
    callers: ['person'],
    body: z.object({ document: policyDocumentWire, text_digest: z.string(), step_up: stepUpStatement }),
    reply: z.object({ state: z.enum(['adopted', 'proposed']), version: z.string() }),
    status: 200,
  }),
} as const;
