import { generateKeyPairSync } from 'node:crypto';
import { stepUpType } from '@writ/protocol';
import { CompactSign } from 'jose';
import { describe, expect, it } from 'vitest';
import type { Person } from '../caller.ts';
import { digestText } from '../digest.ts';
import { shown } from '../mandate/shown.ts';
import type { Outcome } from '../refusal.ts';
import { wordsOf } from '../refusal.ts';
import { codeOf, got, hour, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';
import { pushTo } from '../testing/scenario.ts';
import type { StepUpFor } from './step-up.ts';
import { recoveryDigest, shownForMs } from './recovery.ts';
import { challengeLifeMs, keyText } from './step-up.ts';

/** A key as a person has one: signs whatever it is given. */
function ownKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const x = publicKey.export({ format: 'jwk' }).x ?? '';
  const sign = (claims: object): Promise<string> =>
    new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'EdDSA', typ: stepUpType, kid: 'own' })
      .sign(privateKey);
  return { x, sign };
}
type OwnKey = ReturnType<typeof ownKey>;

const claimsFor = (what: StepUpFor, who: string, challenge: string) => ({
  person: who,
  act: what.act,
  sub: what.subject,
  revision: what.revision,
  text_digest: what.textDigest,
  challenge,
  iat: 1,
});

/** Exactly this, signed with `key` over a challenge of its own; `more` replaces claims. */
async function proof(kit: TestControl, key: OwnKey, what: StepUpFor, by: Person = person, more: object = {}) {
  const { challenge } = got(kit.control.stepUpChallenge(what, by));
  return key.sign({ ...claimsFor(what, by.name, challenge), ...more });
}

async function enrol(kit: TestControl, by: Person, key: OwnKey, former?: OwnKey) {
  const what = {
    act: 'set_key',
    subject: by.name,
    revision: null,
    textDigest: digestText(keyText(by.name, key.x)),
  } as const;
  const change = {
    key: key.x,
    statement: await proof(kit, key, what, by),
    former: former === undefined ? undefined : await proof(kit, former, what, by),
  };
  return kit.control.setStepUpKey(by.name, change, { by });
}

/** Policy wants the approver's own key for pushes; the owner has one, and a proposal waits. */
async function stepUp() {
  const kit = await testControl();
  const key = ownKey();
  got(await enrol(kit, person, key));
  const rules = { classes: { consequential_write: { stepUp: true as const } }, refusedToAgents: {} };
  const { textDigest } = got(kit.control.previewPolicy(rules, person));
  got(await kit.control.adoptPolicy(rules, { textDigest }, { by: person }));
  const m0 = await kit.proposed();
  const of = (id: string): StepUpFor => {
    const record = kit.control.state.mandates.get(id)!;
    return { act: 'approve', subject: id, revision: record.revision, textDigest: shown(record).digest };
  };
  const approve = (
    id: string,
    statement?: string,
    by: Person = person,
    how: 'owner_token' | 'unattended' = 'owner_token',
  ) => {
    const { revision, textDigest } = of(id);
    const command = { type: 'approve', revision: revision ?? 0, textDigest, how, stepUp: statement } as const;
    return kit.control.govern(id, command, { by });
  };
  return { kit, key, m0, of, approve };
}

const why = (outcome: Outcome<unknown>): string => (outcome.ok ? 'not refused' : wordsOf(outcome.refusal).sentence);

describe('an approver’s own key', () => {
  it('is what a token does not suffice for; unattended never does; what was signed is in the evidence', async () => {
    const { kit, key, m0, of, approve } = await stepUp();
    await using _ = kit;
    const bare = await approve(m0);
    expect(codeOf(bare)).toBe('step_up_required');
    expect(!bare.ok && wordsOf(bare.refusal).wayOut).toContain('passphrase');
    expect(codeOf(await approve(m0, await proof(kit, key, of(m0)), person, 'unattended'))).toBe('step_up_required');
    got(await approve(m0, await proof(kit, key, of(m0))));
    const { consent } = got(await kit.control.evidence(m0, person));
    expect(consent.step_up).toMatchObject({ key: key.x });
    const checks = got(await kit.control.verifyEvidence(m0, person));
    expect(checks.find(({ check }) => check === 'approver')).toMatchObject({ holds: true });
  });

  it('signs once: a proof is refused a second time, also after a restart', async () => {
    await using kit = await testControl();
    const key = ownKey();
    got(await enrol(kit, person, key));
    // Setting the key there is again can be done as often as one likes, each time with a proof of its own.
    const text = digestText(keyText('owner', key.x));
    const what = { act: 'set_key', subject: 'owner', revision: null, textDigest: text } as const;
    const statement = await proof(kit, key, what);
    const again = { key: key.x, statement, former: statement };
    got(await kit.control.setStepUpKey('owner', again, { by: person }));
    expect(why(await kit.control.setStepUpKey('owner', again, { by: person }))).toContain('answered before');
    await kit.restart();
    expect(why(await kit.control.setStepUpKey('owner', again, { by: person }))).toContain('answered before');
  });

  it('signs once: of many that bring one proof at once, one is taken', async () => {
    const { kit, key, m0, of, approve } = await stepUp();
    await using _ = kit;
    const statement = await proof(kit, key, of(m0));
    const all = await Promise.all(Array.from({ length: 6 }, () => approve(m0, statement)));
    expect(all.filter(({ ok }) => ok)).toHaveLength(1);
    const used = (await kit.journal.readAll()).filter(
      ({ type, data }) => type === 'person.stepped_up' && JSON.stringify(data).includes('owner'),
    );
    // One when the key was set, one now.
    expect(used).toHaveLength(2);
  });

  it('signs one act of one person on one text: another revision, mandate, text, act or person is refused', async () => {
    const { kit, key, m0, of, approve } = await stepUp();
    await using _ = kit;
    const ann = await kit.person('ann', { '*': 'admin' });
    const annsKey = ownKey();
    got(await enrol(kit, ann, annsKey));
    const m1 = await kit.proposed();
    const before = await proof(kit, key, of(m0));
    const { expiresAt } = kit.control.answering(m0)!.mandate;
    const { authority, budgets, conditions, history, delegation, stopProfile } = kit.control.answering(m0)!.mandate;
    const same = {
      authority,
      budgets,
      conditions,
      history,
      delegation,
      stopProfile,
      steerers: [],
      approvers: [],
      actorKey: null,
    };
    const revised = { ...same, project: 'p', purpose: 'more', actor: 'builder', expiresAt };
    expect(why(await approve(m1, before))).toContain('another approval');
    got(await kit.control.govern(m0, { type: 'revise', terms: revised, revision: null }, { by: person }));
    expect(why(await approve(m0, before))).toContain('another revision');
    expect(why(await approve(m0, await proof(kit, key, of(m0), person, { text_digest: 'other' })))).toContain(
      'another text',
    );
    expect(why(await approve(m0, await proof(kit, key, { ...of(m0), act: 'approve_action' })))).toContain(
      'another act',
    );
    // Somebody else's proof, their key over my name, and my key over theirs.
    expect(why(await approve(m0, await proof(kit, annsKey, of(m0), ann)))).toContain('does not verify');
    expect(why(await approve(m0, await proof(kit, annsKey, of(m0), person)))).toContain('does not verify');
    expect(why(await approve(m0, await proof(kit, key, of(m0), ann)))).toContain('another person');
    // A challenge control gave for something else, or that nobody gave.
    const { challenge } = got(kit.control.stepUpChallenge(of(m1), person));
    expect(why(await approve(m0, await key.sign(claimsFor(of(m0), 'owner', challenge))))).toContain(
      'no such challenge',
    );
    expect(why(await approve(m0, await key.sign(claimsFor(of(m0), 'owner', 'a.99999999999999.b'))))).toContain(
      'no such challenge',
    );
    got(await approve(m0, await proof(kit, key, of(m0))));
  });

  it('signs within two minutes: a challenge that is over is refused, one that is not is taken after a restart', async () => {
    const { kit, key, m0, of, approve } = await stepUp();
    await using _ = kit;
    const statement = await proof(kit, key, of(m0));
    kit.clock.now += challengeLifeMs;
    expect(why(await approve(m0, statement))).toContain('the challenge is over');
    const fresh = await proof(kit, key, of(m0));
    kit.clock.now += challengeLifeMs - 1;
    await kit.restart();
    got(await approve(m0, fresh));
  });

  it('signs what was not changed on the way', async () => {
    const { kit, key, m0, of, approve } = await stepUp();
    await using _ = kit;
    const [head = '', , tail = ''] = (await proof(kit, key, of(m0), person, { text_digest: 'other' })).split('.');
    const { challenge } = got(kit.control.stepUpChallenge(of(m0), person));
    const claims = Buffer.from(JSON.stringify(claimsFor(of(m0), 'owner', challenge))).toString('base64url');
    expect(why(await approve(m0, [head, claims, tail].join('.')))).toContain('does not verify');
    expect(why(await approve(m0, 'no statement'))).toContain('three parts');
  });

  it('is asked for held actions too, and for an extension, which has to be shown first', async () => {
    const { kit, key, m0, of, approve } = await stepUp();
    await using _ = kit;
    got(await approve(m0, await proof(kit, key, of(m0))));
    const extension = { expiresAt: kit.clock.now + 2 * hour, authority: undefined, budgets: undefined, reason: '' };
    const unseen = await kit.control.extend(m0, extension, { by: person });
    expect(!unseen.ok && wordsOf(unseen.refusal)).toMatchObject({
      code: 'step_up_required',
      wayOut: expect.stringContaining('--propose') as string,
    });
    const next = got(await kit.control.proposeExtension(m0, extension, { by: person })).mandate.id;
    expect(codeOf(await approve(next))).toBe('step_up_required');
    got(await approve(next, await proof(kit, key, of(next))));
    const asks = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));
    const m1 = await kit.proposed({ authority: asks });
    // What asks each time is not let through by this yes.
    got(await approve(m1));
    await kit.control.begin(kit.push(m1), 5_000, { by: await kit.actorOf(m1), key: 'k' });
    const asked = kit.control.waiting(person).find(({ kind }) => kind === 'action');
    if (asked?.kind !== 'action') throw new Error('nothing is asked');
    const { id, textDigest } = asked.asked;
    expect(codeOf(await kit.control.giveApproval(id, { textDigest }, { by: person }))).toBe('step_up_required');
    const what = { act: 'approve_action', subject: id, revision: null, textDigest } as const;
    got(await kit.control.giveApproval(id, { textDigest, stepUp: await proof(kit, key, what) }, { by: person }));
    const named = { ...kit.push(m1), parameters: { oid: 'other' }, expiresAt: kit.clock.now + 1_000 };
    expect(codeOf(await kit.control.approveAction(named, { by: person }))).toBe('step_up_required');
  });
});

describe('setting a key', () => {
  it('takes its own signature; another takes the old one’s too; nobody sets it for somebody else', async () => {
    await using kit = await testControl();
    const [ann, bob] = [await kit.person('ann', { p: 'approver' }), await kit.person('bob', { '*': 'admin' })];
    const [first, second] = [ownKey(), ownKey()];
    const bare = { key: first.x, statement: undefined, former: undefined };
    expect(codeOf(await kit.control.setStepUpKey('ann', bare, { by: ann }))).toBe('step_up_invalid');
    got(await enrol(kit, ann, first));
    // Whoever has the token alone changes nothing, and drops nothing.
    expect(codeOf(await enrol(kit, ann, second))).toBe('step_up_required');
    const drop = { key: null, statement: undefined, former: undefined };
    expect(codeOf(await kit.control.setStepUpKey('ann', drop, { by: ann }))).toBe('step_up_required');
    expect(codeOf(await kit.control.setStepUpKey('ann', { ...bare, key: second.x }, { by: bob }))).toBe('not_yours');
    expect(codeOf(await kit.control.setStepUpKey('bob', drop, { by: ann }))).toBe('not_allowed');
    got(await enrol(kit, ann, second, first));
    // An admin drops it, as for somebody who lost the passphrase.
    expect(got(await kit.control.setStepUpKey('ann', drop, { by: bob })).stepUp).toBeNull();
    const m0 = await kit.approved();
    expect(codeOf(await kit.control.setStepUpKey('ann', bare, { by: await kit.actorOf(m0) }))).toBe('not_an_approver');
    expect(
      codeOf(
        kit.control.stepUpChallenge(
          { act: 'approve', subject: m0, revision: 1, textDigest: '' },
          await kit.actorOf(m0),
        ),
      ),
    ).toBe('not_an_approver');
  });
});

describe('a code for a lost key', () => {
  const code = 'ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-2345-6789';
  /** Sets a key as a client does that shows a code with it. */
  async function enrolWith(
    kit: TestControl,
    key: OwnKey | null,
    more: { shows?: string; recovery?: string; former?: OwnKey; signs?: string } = {},
  ) {
    const digest = more.shows === undefined ? undefined : recoveryDigest(more.shows);
    const signed = more.signs === undefined ? digest : recoveryDigest(more.signs);
    const text = keyText(person.name, key?.x ?? null, signed);
    const what = { act: 'set_key', subject: person.name, revision: null, textDigest: digestText(text) } as const;
    const change = {
      key: key?.x ?? null,
      statement: key === null ? undefined : await proof(kit, key, what),
      former: more.former === undefined ? undefined : await proof(kit, more.former, what),
      recovery: more.recovery,
      recoveryDigest: digest,
    };
    return kit.control.setStepUpKey(person.name, change, { by: person });
  }

  it('sets another key once, is written, and is shown for a week', async () => {
    const kit = await testControl();
    const [lost, next, third] = [ownKey(), ownKey(), ownKey()];
    got(await enrolWith(kit, lost, { shows: code }));
    expect(kit.control.recoveries(person)).toEqual([]);
    expect(codeOf(await enrolWith(kit, next, { recovery: 'ABCD' }))).toBe('not_yours');
    // However it was written down.
    const typed = code.toLowerCase().replaceAll('-', ' ');
    expect(got(await enrolWith(kit, next, { recovery: typed, shows: 'another' })).stepUp).toBe(next.x);
    const at = kit.clock.now;
    expect(kit.control.recoveries(person)).toEqual([{ name: person.name, at }]);
    const events = await kit.journal.readAll();
    expect(events.filter(({ type }) => type === 'person.recovered')).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain('EFGH');
    // Once: the same code again, and the key that was lost, are worth nothing.
    expect(codeOf(await enrolWith(kit, third, { recovery: code }))).toBe('not_yours');
    expect(codeOf(await enrolWith(kit, third, { former: lost }))).toBe('step_up_invalid');
    kit.clock.now = at + shownForMs - 1;
    expect(kit.control.recoveries(person)).toHaveLength(1);
    kit.clock.now = at + shownForMs;
    expect(kit.control.recoveries(person)).toEqual([]);
    got(await enrolWith(kit, third, { recovery: 'another' }));
  });

  it('leaves nobody without a key, and is not put in the place of another', async () => {
    const kit = await testControl();
    const lost = ownKey();
    got(await enrolWith(kit, lost, { shows: code }));
    expect(codeOf(await enrolWith(kit, null, { recovery: code }))).toBe('step_up_required');
    // What is signed names the code that was shown.
    const other = await enrolWith(kit, ownKey(), { shows: 'mine', signs: code, former: lost });
    expect(codeOf(other)).toBe('step_up_invalid');
    // Where none was shown there is none: a key that was set without one.
    got(await enrolWith(kit, ownKey(), { recovery: code }));
    expect(codeOf(await enrolWith(kit, ownKey(), { recovery: '' }))).toBe('not_yours');
  });
});
