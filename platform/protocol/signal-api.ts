/**
 * Signals and their sources, as routes: facts about subjects that mandates depend on, and who may report them. A source's credential is in one reply
 * and nowhere else. What GitHub and transmitters of Shared Signals push arrives on paths of their own, in their own formats.
 */

import { z } from 'zod';
import { jsonWire } from './json-wire.ts';
import { id, iso, receiptWire, scalar } from './mandate-wire.ts';
import { route } from './route.ts';

const none = z.undefined();
const subject = z.string().min(1).max(512);

export const signalWire = z.strictObject({
  subject,
  value: scalar,
  /** Absent for whoever reports. A person names a source for people, or any word of their own to keep counts apart. */
  source: z.string().min(1).max(128).optional(),
  /** The source's own count; a report no newer than its last changes nothing. Absent: the next one. */
  sequence: z.int().min(0).optional(),
  /** When it was seen, where that was earlier. */
  observed_at: iso.optional(),
});

export const signalReadingWire = z.object({
  subject: z.string(),
  value: scalar,
  source: z.string(),
  sequence: z.int(),
  at: iso,
});

const jwk = z.record(z.string(), jsonWire);
const subjects = z.array(subject).min(1).max(64);
const transmitterKeys = z.union([
  z.strictObject({ jwks: z.strictObject({ keys: z.array(jwk).min(1).max(32) }) }),
  z.strictObject({
    url: z.string().max(2_048),
    /** Addresses it may be fetched from although they are not public, such as `127.0.0.1`. */
    addresses: z.array(z.string().max(64)).max(16).default([]),
  }),
]);

export const sourceAskWire = z.discriminatedUnion('kind', [
  z.strictObject({ id, kind: z.literal('api'), subjects }),
  z.strictObject({ id, kind: z.literal('cli'), subjects }),
  z.strictObject({
    id,
    kind: z.literal('github'),
    subjects,
    /** What a repository (`OWNER/REPO`) is called in subjects, where it has another name. */
    names: z.record(z.string().max(256), z.string().min(1).max(256)).default({}),
  }),
  z.strictObject({
    id,
    kind: z.literal('ssf'),
    subjects,
    issuer: z.string().min(1).max(2_048),
    audience: z.string().min(1).max(2_048),
    keys: transmitterKeys,
  }),
]);

export const sourceWire = z.object({
  id,
  kind: z.enum(['api', 'cli', 'github', 'ssf']),
  subjects: z.array(z.string()),
  added_by: z.string(),
  added_at: iso,
  /** Where it pushes to; null for a source that does not. */
  path: z.string().nullable(),
  /** What was last heard of it; null before it was heard, and for a source whose reports stand by themselves. */
  last: z.object({ at: iso, type: z.string(), outcome: z.string(), note: z.string() }).nullable(),
});

export const signalApi = {
  signal: route({
    method: 'POST',
    path: '/v1/signals',
    summary: 'report a fact about a subject',
    callers: ['person', 'source'],
    body: signalWire,
    reply: z.object({
      reading: signalReadingWire,
      /** Whether it was news. */
      applied: z.boolean(),
      /** Of what ran under a mandate that depends on it; for people alone. */
      receipts: z.array(receiptWire),
      /** How many live mandates depend on the subject themselves. */
      dependents: z.int(),
    }),
    status: 202,
  }),
  listSignals: route({
    method: 'GET',
    path: '/v1/signals',
    summary: 'the latest reading of each subject',
    callers: ['person', 'point'],
    body: none,
    reply: z.object({ items: z.array(signalReadingWire) }),
    status: 200,
  }),
  addSource: route({
    method: 'POST',
    path: '/v1/sources',
    summary: 'let a source report; its credential is in this reply and is never shown again',
    callers: ['person'],
    body: sourceAskWire,
    reply: z.object({ source: sourceWire, credential: z.string().nullable() }),
    status: 201,
  }),
  listSources: route({
    method: 'GET',
    path: '/v1/sources',
    summary: 'the sources, and what was last heard of each',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(sourceWire) }),
    status: 200,
  }),
  removeSource: route({
    method: 'DELETE',
    path: '/v1/sources/:id',
    summary: 'hear it no more; what it said stays until somebody says otherwise',
    callers: ['person'],
    body: none,
    reply: sourceWire,
    status: 200,
  }),
} as const;
