/** The part of the runtime's API about agents: what the files of a repository describe, and what of it people accepted. */

import { z } from 'zod';
import { id, iso } from './mandate-wire.ts';
import { route } from './route.ts';

const none = z.undefined();

export const agentWire = z.object({
  name: z.string(),
  project: id,
  description: z.string(),
  format: z.enum(['writ', 'claude', 'opencode']),
  path: z.string(),
  /** Of the file's bytes at the commit. */
  hash: z.string(),
  commit: z.string(),
  /** `changed`: another version of it was accepted, and that is what runs. */
  standing: z.enum(['accepted', 'changed', 'new']),
  accepted_hash: z.string().nullable(),
  driver: z.string().nullable(),
  model: z.string().nullable(),
  run: z.array(z.string()),
  /** Actions and lines of `allow`; null: whatever the session has. */
  asked: z.array(z.string()).nullable(),
  /** What it names and does not get. */
  withheld: z.array(z.string()),
});

export const agentApi = {
  listAgents: route({
    method: 'GET',
    path: '/v1/agents',
    summary: 'the agents that the newest commit of a repository describes; `?project=&repository=`',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(agentWire), unread: z.array(z.object({ path: z.string(), why: z.string() })) }),
    status: 200,
  }),
  getAgent: route({
    method: 'GET',
    path: '/v1/agents/:name',
    summary: 'one of them, with its prompt and what was accepted of it; `?project=&repository=`',
    callers: ['person'],
    body: none,
    reply: agentWire.extend({
      prompt: z.string(),
      source: z.string(),
      acceptances: z.array(
        z.object({ hash: z.string(), commit: z.string(), path: z.string(), by: z.string(), at: iso }),
      ),
    }),
    status: 200,
  }),
  acceptAgent: route({
    method: 'POST',
    path: '/v1/agents/:name/accept',
    summary: 'accept exactly these bytes of an agent; refused when the commit has others by now',
    callers: ['person'],
    body: z.object({ project: id, repository: z.string().max(4_096), hash: z.string().max(128) }),
    reply: agentWire,
    status: 200,
  }),
} as const;
