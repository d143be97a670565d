/** People and their roles, as routes. A token is in one reply and nowhere else. What each role may do is `authority/person/role.ts`. */

import { roles } from '@writ/authority';
import { z } from 'zod';
import { id } from './mandate-wire.ts';
import { route } from './route.ts';

export const roleWire = z.enum(roles);
/** Role by project; `*` is every project, and the installation itself. */
export const grantsWire = z.record(z.union([id, z.literal('*')]), roleWire);

export const personWire = z.object({
  name: z.string(),
  roles: grantsWire,
  /** Whether a stronger proof, a passphrase, was set. */
  step_up: z.boolean(),
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
