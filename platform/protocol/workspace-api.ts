/** What the runtime knows of the places sessions work in: checkpoints and going back to them, facts with their age, what happened in order, and where something was met before. */

import { z } from 'zod';
import { jsonWire } from './json-wire.ts';
import { id, iso } from './mandate-wire.ts';
import { route } from './route.ts';
import { eventWire } from './session-wire.ts';

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

const short = z.string().max(512);
const count = z.int().min(0);

/** What somebody outside may say that it saw. */
export const toldFactWire = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('command'),
    command: z.string().max(4_096),
    cwd: z.string().max(4_096).nullable().default(null),
    exit_code: z.int().nullable(),
    output: z.string().max(262_144).default(''),
    by: z.enum(['harness', 'person']),
  }),
  z.object({
    kind: z.literal('terminal'),
    terminal: z.string().min(1).max(64),
    shell: z.string().max(128),
    exit_code: z.int().nullable(),
    columns: z.int().min(0),
    rows: z.int().min(0),
    screen: z.string().max(16_384),
  }),
  z.object({ kind: z.literal('pin'), target: z.string().min(1).max(4_096), note: short.default('') }),
  z.object({
    kind: z.literal('outside'),
    source: z.string().min(1).max(64),
    subject: z.string().min(1).max(256),
    status: z.enum(['good', 'bad', 'pending', 'unknown']),
    sentence: z.string().max(2_048).default(''),
    url: z.string().max(2_048).nullable().default(null),
  }),
]);

/** A fact as it was seen; which fields there are, its kind says. */
export const factWire = z.object({
  kind: z.enum(['git', 'command', 'tests', 'mcp', 'data_store', 'pin', 'outside', 'service', 'terminal']),
  seen_at: iso,
  /** How it was seen. */
  method: z.string(),
  /** The tree of files it was seen on, where somebody knew. */
  tree: z.string().nullable(),
  data: jsonWire,
  version: z.int(),
  age_ms: z.int(),
  standing: z.enum(['verified now', 'changed', 'unknown']),
  /** What was found now where it is another, or what bears on it; empty where there is nothing to say. */
  now: z.string(),
});

export const sightingWire = z.object({
  session: id,
  title: z.string(),
  version: z.int(),
  at: iso,
  what: z.string(),
  by: z.enum(['test', 'error', 'path']),
  followed: z.array(z.string()),
});

export const timelineKindWire = z.enum([
  'turns',
  'commands',
  'tests',
  'git',
  'services',
  'observations',
  'notes',
  'people',
  'checkpoints',
  'tools',
]);

export const serviceWire = z.object({
  service: z.string(),
  session: z.string(),
  run: z.string().nullable(),
  port: z.int(),
  address: z.string(),
  pid: z.int(),
  program: z.string(),
  state: z.enum(['listening', 'adopted', 'reaped', 'gone']),
});

export const workspaceApi = {
  services: route({
    method: 'GET',
    path: '/v1/services',
    summary: 'what listens on this machine for sessions: port, process, whose',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(serviceWire) }),
    status: 200,
  }),
  adoptService: route({
    method: 'POST',
    path: '/v1/services/:id/adopt',
    summary: 'take one over: it is not ended with its session',
    callers: ['person'],
    body: none,
    reply: serviceWire,
    status: 200,
  }),
  reapService: route({
    method: 'POST',
    path: '/v1/services/:id/reap',
    summary: 'end one',
    callers: ['person'],
    body: none,
    reply: serviceWire,
    status: 200,
  }),
  facts: route({
    method: 'GET',
    path: '/v1/sessions/:id/facts',
    summary: 'what is known of its workspace, with age and whether it still holds; nothing is run for it',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({ items: z.array(factWire) }),
    status: 200,
  }),
  tellFact: route({
    method: 'POST',
    path: '/v1/sessions/:id/facts',
    summary: 'say what was seen: a command a harness ran, CI, a deploy, an alert, a page or file to keep at hand',
    callers: ['person', 'point'],
    body: toldFactWire,
    reply: z.object({ version: z.int() }),
    status: 201,
  }),
  timeline: route({
    method: 'GET',
    path: '/v1/sessions/:id/timeline',
    summary: 'what happened, of every kind, in order; `?kinds=tests,git&before=&limit=`',
    callers: ['person'],
    body: none,
    reply: z.object({
      items: z.array(
        eventWire.extend({
          kind: timelineKindWire,
          /** False for what a rewind took out of the conversation. */
          in_thread: z.boolean(),
        }),
      ),
    }),
    status: 200,
  }),
  seenBefore: route({
    method: 'GET',
    path: '/v1/seen-before',
    summary:
      'where a failing test, an error or a path was met before; `?session=` for what fails there, or `?text=&project=`',
    callers: ['person'],
    body: none,
    reply: z.object({
      items: z.array(sightingWire),
      events_read: count,
      /** Whether everything was looked through. */
      is_all: z.boolean(),
    }),
    status: 200,
  }),
  doorFacts: route({
    method: 'GET',
    path: '/v1/door/:id/facts',
    summary: "what is known of the workspace of a run's session, for its agent",
    callers: ['point'],
    body: none,
    reply: z.object({ items: z.array(factWire) }),
    status: 200,
  }),
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
