/** The part of the runtime's API about people in one session: who sees it, who takes part, who has it open now, and what was said where. */

import { z } from 'zod';
import { iso } from './mandate-wire.ts';
import { route } from './route.ts';
import { sessionWire } from './session-wire.ts';

const none = z.undefined();
const nobody = z.object({});

export const togetherApi = {
  shareSession: route({
    method: 'PUT',
    path: '/v1/sessions/:id/visibility',
    summary:
      'who sees it: the members of a private one, or everybody in its project; what was shared is not made private again',
    callers: ['person'],
    body: z.discriminatedUnion('to', [
      z.object({ to: z.literal('project') }),
      z.object({ to: z.literal('private'), members: z.array(z.string().max(128)).min(1).max(64) }),
    ]),
    reply: sessionWire,
    status: 200,
  }),
  joinSession: route({
    method: 'POST',
    path: '/v1/sessions/:id/join',
    summary: 'take part in it; what may be done in it is its mandate\u2019s to say',
    callers: ['person'],
    body: nobody,
    reply: sessionWire,
    status: 200,
  }),
  leaveSession: route({
    method: 'POST',
    path: '/v1/sessions/:id/leave',
    summary: 'take part in it no more',
    callers: ['person'],
    body: nobody,
    reply: sessionWire,
    status: 200,
  }),
  presence: route({
    method: 'GET',
    path: '/v1/sessions/:id/presence',
    summary: 'who has its event stream open now (`GET /v1/sessions/:id/events`)',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({ present: z.array(z.string()) }),
    status: 200,
  }),
  searchSessions: route({
    method: 'GET',
    path: '/v1/search',
    summary: 'what was said, printed and noted in sessions; `?q=&session=&project=&limit=`',
    callers: ['person'],
    body: none,
    reply: z.object({
      items: z.array(
        z.object({
          session: z.string(),
          project: z.string(),
          title: z.string(),
          position: z.int(),
          version: z.int(),
          type: z.string(),
          at: iso,
          actor: z.string(),
          /** A piece of the text, with what was found between `\u0001` and `\u0002`. It is somebody else\u2019s words. */
          snippet: z.string(),
        }),
      ),
      /** Up to where the log was read for it. */
      position: z.int(),
    }),
    status: 200,
  }),
} as const;
