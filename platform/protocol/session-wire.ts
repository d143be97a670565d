/** A session and an event of it as the runtime's routes show them. */

import { z } from 'zod';
import { jsonWire } from './json-wire.ts';
import { id, iso } from './mandate-wire.ts';

export const sessionWire = z.object({
  id,
  title: z.string(),
  project: z.string(),
  mission: z.string().nullable(),
  task: z.string().nullable(),
  parent: z.string().nullable(),
  mandate: z.string().nullable(),
  agent: z.string(),
  driver: z.enum(['command', 'acp', 'model', 'person', 'attended']),
  state: z.enum(['idle', 'running', 'paused', 'inert', 'closed']),
  state_detail: z.string(),
  /** What paused it; null of any that is not. */
  paused_by: z
    .enum([
      'person',
      'mandate',
      'budget',
      'approval',
      'unreachable',
      'place',
      'scope',
      'context',
      'credential',
      'fault',
    ])
    .nullable(),
  workspace: z.object({ path: z.string(), branch: z.string().nullable(), head: z.string().nullable() }).nullable(),
  /** What it was forked from, and after which of its events; null where it is no fork. */
  forked_from: z.object({ session: z.string(), at: z.int() }).nullable(),
  archived: z.boolean(),
  /** `private`: its members alone see it. */
  visibility: z.enum(['project', 'private']),
  members: z.array(z.string()),
  /** The people who said something in it, or joined it, and did not leave. */
  participants: z.array(z.string()),
  version: z.int(),
  created_at: iso,
  updated_at: iso,
});

export const eventWire = z.object({
  position: z.int(),
  version: z.int(),
  type: z.string(),
  at: iso,
  actor: z.string(),
  data: jsonWire,
});

/** What brings a turn about. */
export const wakeName = z.enum([
  'person',
  'timer',
  'child',
  'retry',
  'queue',
  'restart',
  'handoff',
  'credential',
  'late_result',
  'model',
  'workspace',
  'fork',
]);
