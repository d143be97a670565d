/** Yeses in advance as routes: a person gives them, before anybody asks or as an answer that is remembered; nobody else can, and they are withdrawn at any time. */

import { z } from 'zod';
import { stepUpStatement } from './approval-api.ts';
import { id, iso, text } from './mandate-wire.ts';
import { route } from './route.ts';

const lineWire = z.strictObject({
  resource: z.string().min(1).max(8_192),
  resource_match: z.enum(['exact', 'prefix']),
  actions: z.array(z.string().min(1).max(128)).min(1).max(8),
  /** How many operations may begin on it; null: as many as come. */
  uses: z.int().positive().max(1_000).nullable(),
});
const asked = z.object({ project: id, lines: z.array(lineWire).min(1).max(16), expires_at: iso });

/** One, with what became of it. */
export const advanceWire = lineWire.extend({
  id,
  kind: z.enum(['remembered', 'left']),
  project: id,
  by: z.string(),
  given_at: iso,
  expires_at: iso,
  used: z.int(),
  last_used_at: iso.nullable(),
  /** The held action it was an answer to. */
  answer: z.string().nullable(),
  state: z.enum(['in_force', 'used_up', 'over', 'withdrawn']),
  withdrawn_by: z.string().nullable(),
});

const none = z.undefined();

export const advanceApi = {
  advanceText: route({
    method: 'POST',
    path: '/v1/advances/text',
    summary: 'what a yes in advance would say; nothing is written',
    callers: ['person'],
    body: asked,
    reply: z.object({ text: z.string(), text_digest: z.string() }),
    status: 200,
  }),
  giveAdvance: route({
    method: 'POST',
    path: '/v1/advances',
    summary:
      'a yes to what agents may ask later, to exactly the text shown: counted and until a time, never for what is asked each time, and widening nothing',
    callers: ['person'],
    body: asked.extend({ text_digest: z.string(), step_up: stepUpStatement }),
    reply: z.object({ items: z.array(advanceWire) }),
    status: 201,
  }),
  listAdvances: route({
    method: 'GET',
    path: '/v1/advances',
    summary: 'yeses in advance that are in force, the newest first; with `all=true` also those that are over',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({ items: z.array(advanceWire) }),
    status: 200,
  }),
  withdrawAdvance: route({
    method: 'POST',
    path: '/v1/advances/:id/withdraw',
    summary: 'take a yes in advance back: nothing more begins on it, and what began on it is told to stop',
    callers: ['person'],
    body: z.object({ reason: text.default('') }),
    reply: advanceWire,
    status: 200,
  }),
} as const;
