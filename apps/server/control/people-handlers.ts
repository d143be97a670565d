/** The routes on people. Each translates to one command or query of control and back. */

import type { Control, PersonRecord } from '@writ/control';
import type { peopleApi, personWire } from '@writ/protocol';
import type { z } from 'zod';
import type { ControlHandlers } from './caller.ts';
import { askedOf, knownPerson } from './caller.ts';
import { iso } from './mandate-wire.ts';
import { answerOf, ok } from './refusal-problem.ts';

export function peopleHandlers(control: Control): Pick<ControlHandlers, keyof typeof peopleApi> {
  return {
    addPerson: async (call) =>
      answerOf(await control.addPerson(call.body.name, call.body.roles, askedOf(call)), ({ person, token }) => ({
        person: personToWire(person),
        token,
      })),
    listPeople: ({ caller }) => ok({ items: control.listPeople(knownPerson(caller)).map(personToWire) }),
    grantRoles: async (call) =>
      answerOf(await control.grantRoles(nameIn(call), call.body.roles, askedOf(call)), personToWire),
    removePerson: async (call) => answerOf(await control.removePerson(nameIn(call), askedOf(call)), personToWire),
    renewToken: async (call) =>
      answerOf(await control.renewToken(nameIn(call), askedOf(call)), ({ person, token }) => ({
        person: personToWire(person),
        token,
      })),
    stepUpChallenge: ({ body, caller }) => {
      const { act, subject, revision, text_digest: textDigest } = body;
      const by = knownPerson(caller);
      return answerOf(control.stepUpChallenge({ act, subject, revision, textDigest }, by), (made) => ({
        challenge: made.challenge,
        expires_at: iso(made.expiresAt),
        person: by.name,
      }));
    },
    setStepUpKey: async (call) => {
      const { key, step_up: statement, former, recovery, recovery_digest: recoveryDigest } = call.body;
      const change = { key, statement, former, recovery, recoveryDigest };
      return answerOf(await control.setStepUpKey(nameIn(call), change, askedOf(call)), personToWire);
    },
    visitorToken: async (call) => answerOf(await control.visitorToken(askedOf(call)), (token) => ({ token })),
  };
}

const nameIn = ({ params }: { readonly params: Readonly<Record<string, string>> }): string => params['name'] ?? '';

const personToWire = ({ name, grants, stepUp, recovery }: PersonRecord): z.output<typeof personWire> => ({
  name,
  roles: { ...grants },
  step_up: stepUp !== null,
  recovery: recovery !== null,
});
