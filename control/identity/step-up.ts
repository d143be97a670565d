/**
 * A stronger proof for one act: a person signs, with a key of their own that no agent has, exactly what they say yes to. Control gives a challenge for that
 * act, that text and that person; it is good for two minutes and once, also across a restart and on every node.
 *
 * It keeps no private key and no challenge: a challenge carries its own proof that control made it (HMAC), and its use is an event. It refuses to set a first
 * key for somebody else, and to change or drop one without the old key's proof or another admin.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { publicKeyOf, stepUpType, verifyCompactJws } from '@writ/protocol';
import { readPrivate, writePrivate } from '@writ/journal';
import type { Caller, Person } from '../caller.ts';
import { nameOf } from '../caller.ts';
import type { Asked, PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { digestJson, digestText } from '../digest.ts';
import type { Outcome, Refused } from '../refusal.ts';
import { done, refuse } from '../refusal.ts';
import { personStream } from '../streams.ts';
import type { StepUpProof } from './authenticated.ts';
import type { PersonEvent, PersonRecord } from './person.ts';
import { isRecoveryCode } from './recovery.ts';
import { mayNotIn, personNamed } from './rights.ts';

/** What somebody says yes to. */
export type StepUpAct = 'approve' | 'approve_action' | 'extend' | 'adopt_policy' | 'set_key';

/** Exactly one act: the challenge, and what is signed, are for nothing else. */
export type StepUpFor = {
  readonly act: StepUpAct;
  readonly subject: string;
  readonly revision: number | null;
  readonly textDigest: string;
};

export type Proved = { readonly proof: StepUpProof; readonly write: PlannedWrite };
/** Whether `statement` proves that `by` wants exactly this, now and for the first time. */
export type Prove = (by: Person, what: StepUpFor, statement: string) => Outcome<Proved>;

export type Challenge = { readonly challenge: string; readonly expiresAt: number };

export interface StepUps {
  /** A challenge for one act of this person. It is not an act: nothing is written. */
  stepUpChallenge(what: StepUpFor, by: Caller): Outcome<Challenge>;
  /**
   * The key of `name` from here on; null: none. A first key needs nothing but its own signature over a challenge; another needs the old key's as well. An
   * admin may drop the key of somebody else, who then sets a new one. Who has no other admin sets a new one with the code that was shown with the old.
   */
  setStepUpKey(
    name: string,
    change: {
      readonly key: string | null;
      readonly statement: string | undefined;
      readonly former: string | undefined;
      /** The code that was shown with the key there is, in the place of that key's proof. */
      readonly recovery?: string | undefined;
      /** The digest of the code that is shown with the new key (`recovery.ts`). */
      readonly recoveryDigest?: string | undefined;
    },
    asked: Asked,
  ): Promise<Outcome<PersonRecord>>;
}

/** How long a challenge is good for, in milliseconds: reading the text once more, and a passphrase. */
export const challengeLifeMs = 120_000;
/** In characters. */
const maxStatement = 4_096;

/** What a key is set for: the key itself, as a text that is signed. */
export const keyText = (name: string, key: string | null, recoveryDigest?: string): string =>
  `the key of ${name} is ${key ?? 'none'}${recoveryDigest === undefined ? '' : `, and the code that stands in for it once is known by ${recoveryDigest}`}`;

/** Opens it over `folder`, making the secret that challenges are known by. */
export async function openStepUp(
  core: Core,
  { folder, random }: { readonly folder: string; readonly random: (bytes: number) => Uint8Array },
): Promise<{ readonly stepUps: StepUps; readonly prove: Prove }> {
  const { projection } = core;
  const secret = await openSecret(`${folder}/step-up.key`, random);
  const mac = (person: string, { act, subject, revision, textDigest }: StepUpFor, id: string): Buffer =>
    createHmac('sha256', secret)
      .update(digestJson([person, act, subject, revision, textDigest, id]))
      .digest();

  /** When a challenge that is ours, for exactly this, ends; undefined for any other. */
  function endOf(challenge: string, person: string, what: StepUpFor): number | undefined {
    const [nonce = '', until = '', tag = '', ...more] = challenge.split('.', 4);
    const end = Number(until);
    const expected = mac(person, what, `${nonce}.${until}`);
    const given = Buffer.from(tag, 'base64url');
    const isOurs = more.length === 0 && given.length === expected.length && timingSafeEqual(given, expected);
    return isOurs && Number.isSafeInteger(end) ? end : undefined;
  }

  function verified(
    by: Person,
    what: StepUpFor,
    statement: string,
    key: string,
  ): Outcome<{ challenge: string; until: number }> {
    const said = verifyCompactJws(statement, {
      type: stepUpType,
      maxLength: maxStatement,
      keyOf: () => publicKeyOf(key),
    });
    if (!said.ok) return invalid(said.why);
    const { claims } = said;
    const expected = {
      person: by.name,
      act: what.act,
      sub: what.subject,
      revision: what.revision,
      text_digest: what.textDigest,
    };
    for (const [name, value] of Object.entries(expected))
      if ((claims[name] ?? null) !== value) return invalid(`it is for another ${nouns[name] ?? name}`);
    const { challenge } = claims;
    const until = typeof challenge === 'string' ? endOf(challenge, by.name, what) : undefined;
    if (typeof challenge !== 'string' || until === undefined) return invalid('control gave no such challenge for this');
    // INVARIANT: strictly before its end, and never twice; written so that a time that is no number is over.
    if (!(core.now() < until)) return invalid('the challenge is over');
    if (personNamed({ projection }, by.name)?.answered.has(digestText(challenge)) === true)
      return invalid('the challenge was answered before');
    return done({ challenge: digestText(challenge), until });
  }

  const steppedUp = (name: string, used: { readonly challenge: string; readonly until: number }): PersonEvent => ({
    type: 'person.stepped_up',
    data: { at: core.now(), by: name, name, ...used },
  });

  const write = (name: string, events: PlannedWrite['events']): PlannedWrite => ({
    stream: personStream(name),
    events,
    project: planeProject,
    lineage: {},
  });

  const prove: Prove = (by, what, statement) => {
    const key = personNamed({ projection }, by.name)?.stepUp ?? null;
    if (key === null) return invalid(`\`${by.name}\` has set no key`);
    const said = verified(by, what, statement, key);
    if (!said.ok) return said;
    const at = core.now();
    return done({ proof: { at, statement, key }, write: write(by.name, [steppedUp(by.name, said.value)]) });
  };

  return {
    prove,
    stepUps: {
      stepUpChallenge(what, by) {
        if (by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: 'prove to be a person' });
        const expiresAt = core.now() + challengeLifeMs;
        const id = `${Buffer.from(random(16)).toString('base64url')}.${String(expiresAt)}`;
        return done({ challenge: `${id}.${mac(by.name, what, id).toString('base64url')}`, expiresAt });
      },
      setStepUpKey: async (name, { key, statement, former, recovery, recoveryDigest }, asked) => {
        const { by } = asked;
        const outcome = await core.commit(by, () => {
          if (by.kind !== 'person') return refuse({ code: 'not_an_approver', attempted: 'set the key of a person' });
          const known = personNamed({ projection }, name);
          const isOwn = by.name === name;
          const refused = isOwn ? undefined : mayNotIn({ projection }, by, 'administer_people', planeProject);
          if (refused !== undefined) return refused;
          if (known === undefined) return refuse({ code: 'not_found', what: 'person', id: name });
          const stamp = { at: core.now(), by: nameOf(by), name };
          const data = {
            ...stamp,
            key,
            ...(key !== null && recoveryDigest !== undefined && { recovery: recoveryDigest }),
          };
          const set = write(name, [{ type: 'person.step_up_set', data }]);
          if (!isOwn)
            return key === null
              ? done({ writes: [set], reliedOn: [personStream(by.name)], value: undefined })
              : refuse({ code: 'not_yours', sentence: `only \`${name}\` sets a key for \`${name}\`` });
          const what: StepUpFor = {
            act: 'set_key',
            subject: name,
            revision: null,
            textDigest: digestText(keyText(name, key, recoveryDigest)),
          };
          // The new key shows that its owner has it; the old one, that it is they who change it.
          const fresh = key === null ? done(null) : verified(by, what, statement ?? '', key);
          if (!fresh.ok) return fresh;
          if (recovery !== undefined && known.stepUp !== null) {
            if (!isRecoveryCode(known, recovery))
              return refuse({
                code: 'not_yours',
                sentence: `this is not the code that was shown with the key of \`${name}\``,
              });
            // INVARIANT: a code sets a new key, and never leaves a person with none: a token alone would set the next.
            if (fresh.value === null) return formerNeeded(name);
            const events = [{ type: 'person.recovered', data: stamp } as const, steppedUp(name, fresh.value)];
            return done({ writes: [write(name, events), set], reliedOn: [], value: undefined });
          }
          const old = known.stepUp === null ? done(null) : prove(by, what, former ?? '');
          if (!old.ok) return former === undefined ? formerNeeded(name) : old;
          const used = fresh.value === null ? [] : [steppedUp(name, fresh.value)];
          // One challenge may be signed with both keys.
          const proved = old.value?.write.events ?? used;
          return done({ writes: [write(name, proved), set], reliedOn: [], value: undefined });
        });
        const record = personNamed({ projection }, name);
        if (!outcome.ok) return outcome;
        return record === undefined ? refuse({ code: 'not_found', what: 'person', id: name }) : done(record);
      },
    },
  };
}

const nouns: Readonly<Record<string, string>> = {
  person: 'person',
  act: 'act',
  sub: 'approval',
  revision: 'revision',
  text_digest: 'text',
};

const invalid = (why: string): Refused => refuse({ code: 'step_up_invalid', why });

const formerNeeded = (name: string): Refused =>
  refuse({
    code: 'step_up_required',
    what: `another key of \`${name}\``,
    actionClass: 'privileged_administration',
    wayOut:
      'give the passphrase of the key there is, or the code that was shown with it (`writ people step-up --recover`), or have another admin drop it',
  });

async function openSecret(path: string, random: (bytes: number) => Uint8Array): Promise<Buffer> {
  const kept = await readPrivate(path);
  if (kept !== undefined) return Buffer.from(kept, 'base64url');
  const made = Buffer.from(random(32));
  await writePrivate(path, made.toString('base64url'));
  return made;
}
