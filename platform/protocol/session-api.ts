/** What is done with whole sessions: forking, granting, archiving. Every route here is a person's. */

import { z } from 'zod';
import { jsonWire } from './json-wire.ts';
import { id, iso, text } from './mandate-wire.ts';
import { route } from './route.ts';
import { eventWire, sessionWire } from './session-wire.ts';

const none = z.undefined();

/** What can be cleared of a session, each by itself. */
export const resetPart = z.enum([
  'context',
  'scratchpad',
  'connections',
  'credentials',
  'services',
  'queue',
  'children',
]);

export const sessionApi = {
  forkSession: route({
    method: 'POST',
    path: '/v1/sessions/:id/fork',
    summary: 'another session with its history up to an event, in a worktree of its own and without a mandate',
    callers: ['person'],
    body: z.object({
      at: z.int().min(1).nullable().default(null),
      title: z.string().max(256).nullable().default(null),
      run: z
        .object({ driver: z.enum(['command', 'acp', 'person']), agent: z.string(), argv: z.array(z.string()) })
        .nullable()
        .default(null),
    }),
    reply: sessionWire,
    status: 201,
  }),
  adoptFork: route({
    method: 'POST',
    path: '/v1/sessions/:id/adopt',
    summary:
      'bring what a fork came to home: first a preview, then exactly that, by its digest; its mandate is asked about each file',
    callers: ['person'],
    body: z.object({ fork: id, digest: z.string().nullable().default(null) }),
    reply: z.object({
      done: z.boolean(),
      digest: z.string(),
      files: z.array(z.object({ path: z.string(), does: z.enum(['write', 'restore', 'delete', 'leave']) })),
      notes: z.array(z.object({ by: z.string(), text: z.string() })),
      decisions: z.array(z.object({ ask: z.string(), answer: z.string(), by: z.string() })),
      /** The checkpoint that undoes it: `writ session rewind`. */
      undo: z.string().nullable(),
    }),
    status: 200,
  }),
  sessionHistory: route({
    method: 'GET',
    path: '/v1/sessions/:id/history',
    summary: 'its events and those of what it was forked from, oldest first; `?after=&limit=`',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({
      items: z.array(eventWire.extend({ seq: z.int(), session: z.string() })),
      length: z.int(),
    }),
    status: 200,
  }),
  grantMandate: route({
    method: 'POST',
    path: '/v1/sessions/:id/mandate',
    summary: 'bind a session that has no mandate to one that is in force',
    callers: ['person'],
    body: z.object({ mandate: id, credential: z.string() }),
    reply: sessionWire,
    status: 202,
  }),
  carryAway: route({
    method: 'POST',
    path: '/v1/sessions/:id/carry-away',
    summary: 'a signed bundle of its events and files for another machine; no mandate, credential or lease is in it',
    callers: ['person'],
    body: z.object({ withhold_words: z.boolean().default(false) }),
    reply: z.object({ bundle: z.string(), digest: z.string(), key: z.string(), events: z.int() }),
    status: 200,
  }),
  takeIn: route({
    method: 'POST',
    path: '/v1/carried-sessions',
    summary:
      'take in a session that was carried here; it arrives without a mandate, and beside what is here where both went on',
    callers: ['person'],
    body: z.object({
      project: id,
      bundle: z.string(),
      /** The key of the installation it comes from, where it is another one. */
      key: z.string().nullable().default(null),
      /** Where its files go; null for nowhere. */
      repository: z.string().nullable().default(null),
    }),
    reply: sessionWire,
    status: 201,
    largeBody: true,
  }),
  takeInHistory: route({
    method: 'POST',
    path: '/v1/harness-histories',
    summary: 'take in what a harness wrote down of a session of its own; it can be read, and may do nothing',
    callers: ['person'],
    body: z.object({
      project: id,
      harness: z.enum(['claude', 'codex', 'opencode']),
      session: z.string().max(256),
      entries: z.array(
        z.discriminatedUnion('kind', [
          z.object({ at: iso, kind: z.enum(['call', 'interrupted']), data: jsonWire }),
          z.object({ at: iso, kind: z.literal('typed'), text: z.string() }),
          /** `by`: the helper that said it, as the harness calls it; null: the agent of the session. */
          z.object({
            ...{ at: iso, kind: z.enum(['said', 'thought']), text: z.string() },
            by: z.string().max(256).nullable().default(null),
          }),
          /** `call`: the `id` in the data of what it answers. `exit_code`: null where the harness does not say it. */
          z.object({
            ...{ at: iso, kind: z.literal('answered'), call: z.string().max(512), text: z.string() },
            exit_code: z.int().nullable().default(null),
          }),
        ]),
      ),
    }),
    reply: sessionWire,
    status: 201,
    largeBody: true,
  }),
  resetSession: route({
    method: 'POST',
    path: '/v1/sessions/:id/reset',
    summary:
      'clear one part of its state, with a receipt; `dry_run` only says what that would do. Nothing of its log is deleted',
    callers: ['person'],
    body: z.object({ what: resetPart, dry_run: z.boolean().default(false) }),
    reply: z.object({
      what: resetPart,
      done: z.boolean(),
      cleared: z.array(z.string()),
      kept: z.array(z.string()),
      /** How to get it back. */
      undo: z.string(),
    }),
    status: 200,
  }),
  leaveNote: route({
    method: 'POST',
    path: '/v1/sessions/:id/notes',
    summary: 'a clue for whoever comes back, or for one person',
    callers: ['person'],
    body: z.object({ text: z.string().min(1).max(8_192), for: z.string().max(128).nullable().default(null) }),
    reply: sessionWire,
    status: 201,
  }),
  renewCredential: route({
    method: 'POST',
    path: '/v1/sessions/:id/credential',
    summary:
      'a new credential for its mandate; with `take`, this machine writes it from now on and what another still writes is refused',
    callers: ['person'],
    body: z.object({ credential: z.string(), take: z.boolean().default(false) }),
    reply: sessionWire,
    status: 202,
  }),
  archiveSession: route({
    method: 'POST',
    path: '/v1/sessions/:id/archive',
    summary: 'take it out of the lists; it stays readable',
    callers: ['person'],
    body: z.object({ reason: text.default('') }),
    reply: sessionWire,
    status: 200,
  }),
  unarchiveSession: route({
    method: 'POST',
    path: '/v1/sessions/:id/unarchive',
    summary: 'bring it back into the lists',
    callers: ['person'],
    body: z.object({ reason: text.default('') }),
    reply: sessionWire,
    status: 200,
  }),
} as const;
