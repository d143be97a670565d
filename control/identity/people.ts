/**
 * The commands on people: add, give roles, remove, new token. A token is told once, to whoever asked for it; only its hash is kept.
 *
 * It refuses everybody but an admin of everything, and it refuses to touch the owner: who holds the installation's files is the owner.
 */

import type { Grants } from '@writ/authority';
import type { Person } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Asked, Plan, PlannedWrite } from '../commit.ts';
import { claim, claimOf, planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { credentialStream, personStream, requestStream } from '../streams.ts';
import { hashOf } from './credential.ts';
import type { PersonEvent, PersonRecord } from './person.ts';
import { ownerName } from './person.ts';
import { mayNotIn, personNamed, rightsOf } from './rights.ts';

export type Told = { readonly person: PersonRecord; readonly token: string };

export interface People {
  /** A new person, or one who was removed and is back, with a token that is told this once. A repeated key tells the same one. */
  addPerson(name: string, grants: Grants, asked: Asked): Promise<Outcome<Told>>;
  /** All their roles from here on. */
  grantRoles(name: string, grants: Grants, asked: Asked): Promise<Outcome<PersonRecord>>;
  /** Their tokens are worth nothing from here on. What they approved stays approved: a mandate is ended by stopping it. */
  removePerson(name: string, asked: Asked): Promise<Outcome<PersonRecord>>;
  /** A new token in the place of the old; for an admin, or for oneself. */
  renewToken(name: string, asked: Asked): Promise<Outcome<Told>>;
  /** A token that says who the person is to another plane, and approves nothing. */
  visitorToken(asked: Asked): Promise<Outcome<string>>;
  /** Everybody there is, for whoever administers them; otherwise oneself. */
  listPeople(by: Person): readonly PersonRecord[];
}

/** What issues tokens: a key asked with again gives the token it gave. */
export type TokenMaker = {
  readonly tokenFor: (kind: 'person' | 'visitor', asked: Asked, purpose: readonly string[]) => string;
  readonly issuedWrite: (id: string, token: string, caller: Person | { kind: 'visitor'; name: string }) => PlannedWrite;
};

/** Names that mean somebody else in an event or a path. */
const reserved: ReadonlySet<string> = new Set([ownerName, 'control', 'me', 'system', 'writ']);

/** The commands, over `core`. */
export function createPeople(core: Core, { tokenFor, issuedWrite }: TokenMaker): People {
  const { projection, commit } = core;
  const state = { projection };

  const write = (name: string, event: PersonEvent): PlannedWrite => ({
    stream: personStream(name),
    events: [event],
    project: planeProject,
    lineage: {},
  });
  const revoked = (id: string, asked: Asked): PlannedWrite => ({
    stream: credentialStream(id),
    events: projection.credentialHashes.has(id)
      ? [{ type: 'credential.revoked', data: { at: core.now(), by: nameOf(asked.by), id } }]
      : [],
    project: planeProject,
    lineage: {},
  });
  const mayNotAdminister = (name: string, { by }: Asked): Refused | undefined => {
    if (by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: 'administer people' });
    const refused = mayNotIn(state, by, 'administer_people', planeProject);
    if (refused !== undefined || name !== ownerName) return refused;
    return refuse({
      code: 'not_yours',
      sentence: 'the owner is whoever holds the files of this installation, and is not administered here',
    });
  };

  /** One act on a person, once per key. */
  async function act(
    name: string,
    route: string,
    asked: Asked,
    { mayNot, plan, token }: Changing,
  ): Promise<Outcome<PersonRecord>> {
    const claimId = claimOf(asked, route);
    const cause = claimId === undefined ? undefined : requestStream(claimId);
    const outcome = await commit(
      asked.by,
      (): Outcome<Plan<void>> => {
        const refused = mayNot(name, asked);
        if (refused !== undefined) return refused;
        const claimed = claim(projection, { ...asked, body: [name, asked.body ?? null] }, route, core.now());
        if ('ok' in claimed) return claimed;
        // INVARIANT: a token that was taken away does not come back by asking the same thing again.
        if (claimed.kind === 'repeated' && token !== undefined && !projection.credentials.has(hashOf(token)))
          return refuse({ code: 'idempotency_conflict', key: asked.key ?? '' });
        if (claimed.kind === 'repeated') return done({ writes: [], reliedOn: [], value: undefined });
        const planned = plan();
        if (!planned.ok) return planned;
        return done({
          writes: [...claimed.writes, ...planned.value],
          reliedOn: [personStream(name), ...rightsOf(asked.by)],
          value: undefined,
        });
      },
      cause,
    );
    if (!outcome.ok) return outcome;
    const record = projection.people.get(name);
    return record === undefined ? refuse({ code: 'not_found', what: 'person', id: name }) : done(record);
  }

  const known = (name: string): Refused | undefined =>
    personNamed(state, name) === undefined ? refuse({ code: 'not_found', what: 'person', id: name }) : undefined;
  const stamp = (name: string, asked: Asked) => ({ at: core.now(), by: nameOf(asked.by), name });

  return {
    async addPerson(name, grants, asked) {
      const token = tokenFor('person', asked, ['add person', name]);
      const added = await act(name, 'addPerson', asked, {
        mayNot: mayNotAdminister,
        token,
        plan: () => {
          if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(name) || reserved.has(name.toLowerCase()))
            return refuse({
              code: 'malformed_request',
              sentence: `\`${name}\` cannot be a person's name`,
              wayOut: 'use letters, digits and `._-`, such as `ann` or `ann.lee`',
            });
          if (personNamed(state, name) !== undefined) return refuse({ code: 'name_taken', name });
          return done([
            write(name, { type: 'person.added', data: { ...stamp(name, asked), grants } }),
            issuedWrite(`person-${name}`, token, { kind: 'person', name }),
          ]);
        },
      });
      return added.ok ? done({ person: added.value, token }) : added;
    },

    grantRoles: (name, grants, asked) =>
      act(name, 'grantRoles', asked, {
        mayNot: mayNotAdminister,
        plan: () =>
          known(name) ?? done([write(name, { type: 'person.granted', data: { ...stamp(name, asked), grants } })]),
      }),

    removePerson: (name, asked) =>
      act(name, 'removePerson', asked, {
        mayNot: mayNotAdminister,
        plan: () => {
          if (projection.people.get(name)?.isRemoved === true) return done([]);
          return (
            known(name) ??
            done([
              write(name, { type: 'person.removed', data: stamp(name, asked) }),
              revoked(`person-${name}`, asked),
              revoked(`shown-${name}`, asked),
            ])
          );
        },
      }),

    async renewToken(name, asked) {
      const token = tokenFor('person', asked, ['renew token', name]);
      const isOwn = asked.by.kind === 'person' && asked.by.name === name && name !== ownerName;
      const renewed = await act(name, 'renewToken', asked, {
        mayNot: isOwn ? () => undefined : mayNotAdminister,
        token,
        plan: () =>
          known(name) ??
          done([issuedWrite(`person-${name}`, token, { kind: 'person', name }), revoked(`shown-${name}`, asked)]),
      });
      return renewed.ok ? done({ person: renewed.value, token }) : renewed;
    },

    async visitorToken(asked) {
      const { by } = asked;
      if (by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: 'be shown to another plane' });
      const held = projection.credentialHashes.get(`person-${by.name}`) ?? '';
      const token = tokenFor('visitor', { by, key: 'visitor' }, [by.name, held]);
      return commit(by, () =>
        done({
          writes: projection.credentials.has(hashOf(token))
            ? []
            : [issuedWrite(`shown-${by.name}`, token, { kind: 'visitor', name: by.name })],
          reliedOn: [personStream(by.name)],
          value: token,
        }),
      );
    },

    listPeople(by) {
      const others = [...projection.people.keys()].filter((name) => name !== ownerName);
      const all = [ownerName, ...others].flatMap((name) => personNamed(state, name) ?? []);
      return mayNotIn(state, by, 'administer_people', planeProject) === undefined
        ? all
        : all.filter(({ name }) => name === by.name);
    },
  };
}

type Changing = {
  readonly mayNot: (name: string, asked: Asked) => Refused | undefined;
  readonly plan: () => Outcome<readonly PlannedWrite[]>;
  /** What is told once, where something is. */
  readonly token?: string;
};
