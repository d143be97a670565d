/** What an agent may read of what the runtime knows, through the door of its run: of its own session, and of others only what everybody who sees its session sees of them. */

import { z } from 'zod';
import { iso } from './mandate-wire.ts';
import { route } from './route.ts';
import { togetherApi } from './together-api.ts';
import { workspaceApi } from './workspace-api.ts';

const none = z.undefined();

/** The name by which a run connects to the MCP server of its own door, which reads these. */
export const knownServer = 'writ';
/** Its tools, each of which only reads. */
export const knownTools = ['facts', 'orientation', 'decisions', 'search', 'seen_before'] as const;

/** Where a session stands, for who comes back to it. */
export const orientedWire = {
  facts: z.array(
    z.object({
      what: z.string(),
      value: z.string(),
      standing: z.enum(['verified now', 'changed', 'unknown']),
      about: z.enum(['clue', 'where', 'happening', 'tried', 'changed', 'seen', 'next']),
      observed_at: iso.nullable(),
      method: z.string(),
      /** The event of its log that says so, by its version; null where something else was looked at. */
      event: z.int().nullable(),
      by: z.string().nullable(),
    }),
  ),
  /** What may mislead who goes on with it, and what answers it. */
  stale: z.array(z.object({ what: z.string(), reset: z.string().nullable(), way: z.string() })),
  next: z.object({ sentence: z.string(), way: z.string().nullable() }),
};

export const knownApi = {
  doorOrientation: route({
    method: 'GET',
    path: '/v1/door/:id/orientation',
    summary: 'where the session of a run stands, for its agent; each fact with its age, and whether it is so now',
    callers: ['point'],
    body: none,
    reply: z.object(orientedWire),
    status: 200,
  }),
  doorDecisions: route({
    method: 'GET',
    path: '/v1/door/:id/decisions',
    summary: "what people decided in the project of a run's session, for its agent, newest first",
    callers: ['point'],
    body: none,
    reply: z.object({
      items: z.array(
        z.object({
          ask: z.string(),
          answer: z.string(),
          by: z.string(),
          at: iso,
          session: z.string(),
          item: z.string(),
        }),
      ),
    }),
    status: 200,
  }),
  doorSearch: route({
    method: 'GET',
    path: '/v1/door/:id/search',
    summary: "what was said in sessions of the project of a run's session, for its agent; `?q=&limit=`",
    callers: ['point'],
    body: none,
    reply: togetherApi.searchSessions.reply,
    status: 200,
  }),
  doorSeenBefore: route({
    method: 'GET',
    path: '/v1/door/:id/seen-before',
    summary:
      'where a failing test, an error or a path was met before, for an agent; `?text=`, or what fails in its session',
    callers: ['point'],
    body: none,
    reply: workspaceApi.seenBefore.reply,
    status: 200,
  }),
} as const;
