import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { checkEvidence, keysFor } from '@writ/protocol';
import type { EvidenceCheck } from '@writ/protocol';
import { describe, expect, it } from 'vitest';
import { shown } from '../mandate/shown.ts';
import { termsOf } from '../mandate/terms.ts';
import { notFrozen, pushTo } from '../testing/scenario.ts';
import { codeOf, got, person, testControl } from '../testing/test-control.ts';
import type { TestControl } from '../testing/test-control.ts';

const asks = pushTo('writ').map((entry) => ({ ...entry, constraints: { requiresActionApproval: true } }));

const failing = (checks: readonly EvidenceCheck[]) =>
  checks.filter(({ holds }) => holds === false).map(({ check }) => check);

/** Changes what the database holds behind the back of whoever serves it. */
const tamper = (kit: TestControl, change: string) =>
  kit.restart(() => {
    using db = new DatabaseSync(join(kit.dir, 'control.db'));
    db.exec(`DROP TRIGGER data_is_only_ever_erased; ${change}`);
  });

describe('evidence of an approval', () => {
  it('has the text that was shown, by whom, with which token, resting on what; all of it verifies, also after a restart', async () => {
    await using kit = await testControl();
    const ann = await kit.person('ann', { p: 'approver' });
    await kit.control.report({ subject: 'branch:p/x', value: 'open', source: 'test', sequence: 7 }, { by: person });
    const m0 = await kit.proposed({ conditions: [notFrozen()] });
    const record = kit.control.answering(m0)!;
    const { text, digest } = shown(record);
    got(
      await kit.control.govern(
        m0,
        { type: 'approve', revision: 1, textDigest: digest, how: 'owner_token' },
        { by: ann },
      ),
    );
    const { consent } = got(await kit.control.evidence(m0, person));
    expect(consent).toMatchObject({
      id: m0,
      text,
      text_digest: digest,
      revision: 1,
      requested_by: ['owner'],
      approved_by: 'ann',
      how: 'person_token',
      credential: { id: 'person-ann' },
      step_up: null,
      rested_on: [{ subject: 'branch:p/x', value: 'open', sequence: 7 }],
    });
    const before = got(await kit.control.verifyEvidence(m0, person));
    expect(Object.fromEntries(before.map(({ check, holds }) => [check, holds]))).toEqual({
      text: true,
      approver: null,
      signature: true,
      revision: true,
      renderer: true,
      signals: true,
      journal: true,
    });
    await kit.restart();
    // Whatever became of it since, it is the same evidence with the same signature.
    await kit.stop(m0);
    expect(got(await kit.control.evidence(m0, person)).consent).toEqual(consent);
    expect(got(await kit.control.verifyEvidence(m0, person))).toEqual(before);
  });

  it('is of the revision that was approved, and there is none before', async () => {
    await using kit = await testControl();
    const m0 = await kit.proposed();
    expect(codeOf(await kit.control.evidence(m0, person))).toBe('not_found');
    const revised = { ...termsOf(kit.control.answering(m0)!.mandate), purpose: 'other' };
    got(await kit.control.govern(m0, { type: 'revise', terms: revised, revision: null }, { by: person }));
    const textDigest = shown(kit.control.answering(m0)!).digest;
    const approve = { type: 'approve', revision: 2, textDigest, how: 'attended_start' } as const;
    got(await kit.control.govern(m0, approve, { by: person }));
    const { consent } = got(await kit.control.evidence(m0, person));
    expect(consent).toMatchObject({ revision: 2, how: 'attended_start' });
    expect(consent.text).toContain('purpose: other');
    expect(failing(got(await kit.control.verifyEvidence(m0, person)))).toEqual([]);
  });

  it('of a successor, of a held action and of a child say each what they are', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ authority: asks });
    const m0_1 = await kit.child(m0, { authority: asks });
    expect(got(await kit.control.evidence(m0_1, person)).consent).toMatchObject({ how: 'delegated', credential: null });
    const by = await kit.actorOf(m0);
    await kit.control.begin(kit.push(m0), 5_000, { by, key: 'k' });
    const [asked] = kit.control.waiting(person);
    if (asked?.kind !== 'action') throw new Error('nothing is asked');
    const { id, textDigest, text } = asked.asked;
    got(await kit.control.giveApproval(id, { textDigest }, { by: person }));
    const action = got(await kit.control.evidence(id, person));
    expect(action.consent).toMatchObject({
      kind: 'action',
      text,
      requested_by: ['agent:builder', 'owner'],
      how: 'owner_token',
    });
    expect(failing(got(await kit.control.verifyEvidence(id, person)))).toEqual([]);
    const extension = { expiresAt: kit.clock.now + 7_200_000, authority: undefined, budgets: undefined, reason: '' };
    const next = got(await kit.control.extend(m0, extension, { by: person })).mandate.id;
    const { consent } = got(await kit.control.evidence(next, person));
    expect(consent.text).toContain(`mandate ${next}`);
    expect(failing(got(await kit.control.verifyEvidence(next, person)))).toEqual([]);
  });

  it('names what was changed behind its back', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved({ conditions: [notFrozen()] });
    const m1 = await kit.approved();
    const exported = got(await kit.control.evidence(m0, person));
    const where = `WHERE type = 'mandate.approved' AND data LIKE '%${m0}%'`;
    await tamper(kit, `UPDATE events SET data = replace(data, 'passkeys', 'payments') ${where}`);
    expect(failing(got(await kit.control.verifyEvidence(m0, person)))).toEqual(['text', 'renderer', 'journal']);
    expect(failing(got(await kit.control.verifyEvidence(m1, person)))).toEqual([]);
    // What was exported before does not change with it, and control's signature is over what was.
    const keys = keysFor(kit.control.keySet(), 'evidence');
    const now = got(await kit.control.evidence(m0, person));
    expect(failing(checkEvidence(exported, (kid) => keys.get(kid)))).toEqual([]);
    expect(failing(checkEvidence({ ...exported, consent: now.consent }, (kid) => keys.get(kid)))).toEqual([
      'text',
      'signature',
    ]);
    // Permits and artifacts are signed with other keys, and theirs verify no evidence.
    const permits = keysFor(kit.control.keySet(), 'permit');
    expect(
      checkEvidence(exported, (kid) => permits.get(kid)).find(({ check }) => check === 'signature')?.holds,
    ).toBeNull();
  });

  it('is shown to whoever sees the mandate', async () => {
    await using kit = await testControl();
    const m0 = await kit.approved();
    const viewer = await kit.person('vera', { p: 'viewer' });
    const stranger = await kit.person('sam', { q: 'admin' });
    got(await kit.control.evidence(m0, viewer));
    expect(codeOf(await kit.control.evidence(m0, stranger))).toBe('not_found');
    expect(codeOf(await kit.control.verifyEvidence(m0, stranger))).toBe('not_found');
  });
});
