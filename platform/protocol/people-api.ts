/** People and their roles, as routes. A token is in one reply and nowhere else. What each role may do is `authority/person/role.ts`. */

import { roles } from '@writ/authority';
import { z } from 'zod';
import { stepUpStatement } from './approval-api.ts';
import { id, iso } from './mandate-wire.ts';
import { route } from './route.ts';

export const roleWire = z.enum(roles);
/** Role by project; `*` is every project, and the installation itself. */
export const grantsWire = z.record(z.union([id, z.literal('*')]), roleWire);

export const personWire = z.object({
  name: z.string(),
  roles: grantsWire,
  /** Whether a key of their own was set, for what a token does not suffice for. */
  step_up: z.boolean(),
  /** Whether a code was shown that stands in for that key, once, should it be lost. */
  recovery: z.boolean(),
});

const told = z.object({ person: personWire, token: z.string() });
const none = z.undefined();

export const peopleApi = {
  addPerson: route({
    method: 'POST',
    path: '/v1/people',
    summary: 'add a person; their token is in this reply and is never shown again',
    callers: ['person'],
    body: z.object({ name: z.string().min(1).max(64), roles: grantsWire }),
    reply: told,
    status: 201,
  }),
  listPeople: route({
    method: 'GET',
    path: '/v1/people',
    summary: 'the people and their roles; only oneself to who administers nobody',
    callers: ['person'],
    body: none,
    reply: z.object({ items: z.array(personWire) }),
    status: 200,
  }),
  grantRoles: route({
    method: 'PUT',
    path: '/v1/people/:name/roles',
    summary: 'all the roles of a person from now on',
    callers: ['person'],
    body: z.object({ roles: grantsWire }),
    reply: personWire,
    status: 200,
  }),
  removePerson: route({
    method: 'DELETE',
    path: '/v1/people/:name',
    summary: 'their tokens are worth nothing from now on; what they approved stays approved',
    callers: ['person'],
    body: none,
    reply: personWire,
    status: 200,
  }),
  renewToken: route({
    method: 'POST',
    path: '/v1/people/:name/token',
    summary: 'a new token in the place of the old; for oneself, or by who administers people',
    callers: ['person'],
    body: none,
    reply: told,
    status: 201,
  }),
  stepUpChallenge: route({
    method: 'POST',
    path: '/v1/step-up',
    summary:
      'a challenge for one act on one text: signed with the key of who asks, it proves that a yes is theirs, once and for two minutes',
    callers: ['person'],
    body: z.object({
      act: z.enum(['approve', 'approve_action', 'adopt_policy', 'set_key']),
      /** The mandate, held action, policy or person it is about. */
      subject: z.string().min(1).max(128),
      revision: z.int().nullable().default(null),
      text_digest: z.string().max(64),
    }),
    reply: z.object({ challenge: z.string(), expires_at: iso, person: z.string() }),
    status: 201,
    question: true,
  }),
  setStepUpKey: route({
    method: 'PUT',
    path: '/v1/people/:name/step-up',
    summary:
      'set a key of your own (RFC 8037, Ed25519), or drop it; another than the first needs the old key as well, or the code shown with it, or an admin to drop that',
    callers: ['person'],
    body: z.object({
      key: z
        .string()
        .regex(/^[A-Za-z0-9_-]{43}$/)
        .nullable(),
      /** Signed with the new key, and with the one there is. */
      step_up: stepUpStatement,
      former: stepUpStatement,
      /** The code that was shown with the key there is, in the place of its signature. */
      recovery: z.string().max(128).optional(),
      /** The digest of the code that is shown with the new key: SHA-256 of its letters and digits in upper case, base64url; it is part of what is signed. */
      recovery_digest: z
        .string()
        .regex(/^[A-Za-z0-9_-]{43}$/)
        .optional(),
    }),
    reply: personWire,
    status: 200,
  }),
  visitorToken: route({
    method: 'POST',
    path: '/v1/visitor',
    summary: 'a token that tells another plane who you are, and is good for nothing here',
    callers: ['person'],
    body: none,
    reply: z.object({ token: z.string() }),
    status: 201,
  }),
} as const;
