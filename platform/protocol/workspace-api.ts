/** What the runtime knows of the places sessions work in: checkpoints and going back to them. */

import { z } from 'zod';
import { id, iso } from './mandate-wire.ts';
import { route } from './route.ts';

const none = z.undefined();

export const checkpointWire = z.object({
  checkpoint: id,
  at: iso,
  /** Where the conversation stood: a version of the session's log. */
  version: z.int(),
  why: z.enum(['before_turn', 'after_turn', 'before_rewind', 'after_rewind', 'asked']),
  turn: z.string().nullable(),
  files: z.discriminatedUnion('in', [
    z.object({ in: z.literal('repository'), commit: z.string(), tree: z.string() }),
    z.object({ in: z.literal('shadow'), commit: z.string(), tree: z.string() }),
    z.object({ in: z.literal('nothing'), because: z.string() }),
  ]),
  branch: z.string().nullable(),
  head: z.string().nullable(),
  /** What was there and is not in it, in sentences. */
  without: z.array(z.string()),
});

export const rewindPreviewWire = z.object({
  to: checkpointWire,
  /** What a rewind is asked for with: it does what this preview shows, or nothing. */
  hash: z.string(),
  lines: z.array(
    z.object({
      path: z.string(),
      does: z.enum(['write', 'restore', 'delete', 'leave']),
      /** Somebody else changed it after the session's work, or without it. */
      elsewhere: z.boolean(),
      why: z.string(),
    }),
  ),
  /** What does not go back with the files, in sentences. */
  stays: z.array(z.string()),
});

export const workspaceApi = {
  listCheckpoints: route({
    method: 'GET',
    path: '/v1/sessions/:id/checkpoints',
    summary: 'where a session can be taken back to, oldest first',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({ items: z.array(checkpointWire) }),
    status: 200,
  }),
  takeCheckpoint: route({
    method: 'POST',
    path: '/v1/sessions/:id/checkpoints',
    summary: 'keep the files of its place now; `turn` by whoever runs the session elsewhere',
    callers: ['person', 'point'],
    body: z.object({
      why: z.enum(['before_turn', 'after_turn', 'asked']).default('asked'),
      turn: z.string().max(128).nullable().default(null),
    }),
    reply: checkpointWire,
    status: 201,
  }),
  previewRewind: route({
    method: 'POST',
    path: '/v1/sessions/:id/rewind/preview',
    summary: 'what going back would write, restore, delete and leave alone; `to` null: before its newest turn',
    callers: ['person'],
    body: z.object({ to: id.nullable().default(null) }),
    reply: rewindPreviewWire,
    status: 200,
  }),
  rewind: route({
    method: 'POST',
    path: '/v1/sessions/:id/rewind',
    summary: 'go back as a preview showed it; refused when the files moved since',
    callers: ['person'],
    body: z.object({ to: id, hash: z.string().max(64) }),
    reply: z.object({ preview: rewindPreviewWire, undo: id }),
    status: 200,
  }),
} as const;
