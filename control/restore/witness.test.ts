import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBefore } from '@writ/protocol';
import { expect, it } from 'vitest';
import { notFrozen } from '../testing/scenario.ts';
import { codeOf, got, person, testControl } from '../testing/test-control.ts';
import { signingKey } from '../token/key-ring.ts';
import type { TestControl } from '../testing/test-control.ts';

/** Puts the journal back to what `yesterday` held; `note`: with or without the plane's own note. */
async function setBack(kit: TestControl, yesterday: string, note: 'kept' | 'lost'): Promise<void> {
  await kit.restart(() => {
    copyFileSync(yesterday, join(kit.dir, 'control.db'));
    for (const suffix of ['-wal', '-shm']) rmSync(join(kit.dir, `control.db${suffix}`), { force: true });
    if (note === 'lost') rmSync(join(kit.dir, 'seen.json'));
  });
}

async function backup(kit: TestControl): Promise<string> {
  const yesterday = join(kit.dir, 'yesterday.db');
  await kit.restart(() => {
    copyFileSync(join(kit.dir, 'control.db'), yesterday);
  });
  return yesterday;
}

const stateOf = (kit: TestControl, id: string): string | undefined =>
  kit.control.state.mandates.get(id)?.mandate.state.name;

it('suspends every mandate in force, children by themselves, before the first question is answered', async () => {
  await using kit = await testControl();
  const [m0, ended] = [
    await kit.approved({ delegation: { maxDepth: 1, maxChildren: 2, actors: 'any' } }),
    await kit.approved(),
  ];
  const m0_1 = await kit.child(m0);
  await kit.stop(ended);
  const by = await kit.actorOf(m0);
  await kit.begun(m0);
  const yesterday = await backup(kit);
  await kit.stop(m0_1);
  await kit.approved();
  await setBack(kit, yesterday, 'kept');
  expect([m0, m0_1, ended].map((id) => stateOf(kit, id))).toEqual(['suspended', 'suspended', 'revoked']);
  expect(codeOf(await kit.control.begin(kit.push(m0), 5_000, { by, key: 'k2' }))).toBe('mandate_inactive');
  const [operation] = [...kit.control.state.operations.values()];
  expect(operation?.state).toMatchObject({ name: 'open', interrupt: { how: 'interrupt' } });
  // Reinstating the parent brings no child back: its end may be in what was lost.
  got(await kit.control.govern(m0, { type: 'reinstate', reason: 'looked at' }, { by: person }));
  expect([m0, m0_1].map((id) => stateOf(kit, id))).toEqual(['active', 'suspended']);
  expect(kit.control.state.incarnation).toBe(2);
  await kit.restart();
  expect(kit.control.state.incarnation).toBe(2);
  expect(stateOf(kit, m0)).toBe('active');
});

it('suspends what a condition holds as well: it would come back by itself', async () => {
  await using kit = await testControl();
  const held = await kit.approved({ conditions: [notFrozen({ returns: 'automatically' })] });
  const say = async (value: string) =>
    got(
      await kit.control.report(
        { subject: 'branch:p/x', value, source: undefined, sequence: undefined },
        { by: person },
      ),
    );
  await say('frozen');
  const yesterday = await backup(kit);
  await kit.stop(held);
  await setBack(kit, yesterday, 'kept');
  await say('open');
  expect(kit.control.state.mandates.get(held)?.mandate.state).toMatchObject({
    name: 'suspended',
    cause: { kind: 'restored' },
  });
});

it('gives keys no second life: what was retired in what was lost signs nothing and is believed nowhere', async () => {
  await using kit = await testControl();
  const permitKey = () => signingKey(kit.control.state.keys, 'permit')?.kid ?? '';
  const m0 = await kit.approved();
  const leaked = permitKey();
  const { permit } = await kit.begun(m0);
  const half = readFileSync(join(kit.dir, 'keys', `${leaked}.jwk`));
  const yesterday = await backup(kit);
  got(await kit.control.rotateKey('permit', true, { by: person }));
  got(await kit.control.retireKey(leaked, 'it leaked', person));
  const place = { incarnation: 1, epoch: kit.control.keySet().epoch };
  await kit.restart(() => {
    copyFileSync(yesterday, join(kit.dir, 'control.db'));
    for (const suffix of ['-wal', '-shm']) rmSync(join(kit.dir, `control.db${suffix}`), { force: true });
    // Whoever sets everything back brings the file of the key as well.
    writeFileSync(join(kit.dir, 'keys', `${leaked}.jwk`), half, { mode: 0o600 });
  });
  expect(kit.control.state.keys.keys.get(leaked)?.state).toMatchObject({ name: 'retired' });
  expect(kit.control.keySet().keys.map(({ kid }) => kid)).not.toContain(leaked);
  expect(isBefore(kit.control.keySet(), place)).toBe(false);
  expect(existsSync(join(kit.dir, 'keys', `${leaked}.jwk`))).toBe(false);
  got(await kit.control.govern(m0, { type: 'reinstate', reason: 'looked at' }, { by: person }));
  expect(await kit.redeem(permit)).toMatchObject({ current: false, reason: 'the permit was not signed here' });
  expect(await kit.redeem((await kit.begun(m0, 'anew')).permit)).toMatchObject({ current: true });
  // Evidence from before stays readable.
  const evidence = [...kit.control.state.keys.keys.values()].filter(({ use }) => use === 'evidence');
  expect(evidence.map(({ state }) => state.name)).toEqual(['verifying', 'signing']);
  await kit.restart();
  expect(permitKey()).not.toBe(leaked);
  expect(await kit.redeem((await kit.begun(m0, 'later')).permit)).toMatchObject({ current: true });
});

it('makes new keys while it serves, when another plane notices', async () => {
  await using kit = await testControl();
  const m0 = await kit.approved();
  const yesterday = await backup(kit);
  got(await kit.control.rotateKey('permit', true, { by: person }));
  await kit.stop(m0);
  const seen = kit.control.standing();
  await setBack(kit, yesterday, 'lost');
  const { permit } = await kit.begun(m0);
  expect(got(await kit.control.witnessed(seen, 'runtime'))).toBe(false);
  expect(kit.control.keySet().incarnation).toBe(2);
  got(await kit.control.govern(m0, { type: 'reinstate', reason: '' }, { by: person }));
  expect(await kit.redeem(permit)).toMatchObject({ current: false });
  expect(await kit.redeem((await kit.begun(m0, 'anew')).permit)).toMatchObject({ current: true });
});

it('suspends every mandate in force after a backup was put back on purpose, once, whoever else has seen more', async () => {
  await using kit = await testControl();
  const [m0, ended] = [await kit.approved(), await kit.approved()];
  const head = kit.control.standing().position;
  const yesterday = await backup(kit);
  await kit.stop(ended);
  // With nobody to notice: the plane's own note is put back too, and the journal has not moved past the backup.
  await kit.restart(() => {
    copyFileSync(yesterday, join(kit.dir, 'control.db'));
    for (const suffix of ['-wal', '-shm']) rmSync(join(kit.dir, `control.db${suffix}`), { force: true });
    rmSync(join(kit.dir, 'seen.json'));
    writeFileSync(join(kit.dir, 'restored.json'), JSON.stringify({ incarnation: 1, position: head, hash: '' }));
  });
  expect([m0, ended].map((id) => stateOf(kit, id))).toEqual(['suspended', 'suspended']);
  expect(kit.control.state.mandates.get(m0)?.mandate.state).toMatchObject({
    cause: { kind: 'restored', reason: expect.stringContaining('was put back from a backup') as string },
  });
  expect(kit.control.state.incarnation).toBe(2);
  got(await kit.control.govern(m0, { type: 'reinstate', reason: 'looked at' }, { by: person }));
  await kit.restart();
  expect(stateOf(kit, m0)).toBe('active');
  expect(kit.control.state.incarnation).toBe(2);
});

it('hears it from whoever has seen more, also when the journal has grown past it by then', async () => {
  await using kit = await testControl();
  const m0 = await kit.approved();
  const yesterday = await backup(kit);
  await kit.stop(m0);
  const seen = kit.control.standing();
  await setBack(kit, yesterday, 'lost');
  expect(stateOf(kit, m0)).toBe('active');
  for (let i = 0; i < 10; i++) await kit.proposed();
  expect(kit.control.standing().position).toBeGreaterThan(seen.position);
  expect(got(await kit.control.witnessed(seen, 'runtime'))).toBe(false);
  expect(stateOf(kit, m0)).toBe('suspended');
  expect(kit.control.state.incarnation).toBe(2);
});

it('says nothing of a witness the journal still has, or of an end that is known to be lost', async () => {
  await using kit = await testControl();
  const m0 = await kit.approved();
  const early = kit.control.standing();
  const lost = { incarnation: 1, position: 10_000, hash: 'x' };
  await kit.proposed();
  const head = kit.control.standing();
  expect(got(await kit.control.witnessed(early, 'runtime'))).toBe(true);
  expect(kit.control.standing()).toEqual(head);
  expect(stateOf(kit, m0)).toBe('active');
  const heard = await Promise.all([1, 2, 3].map(() => kit.control.witnessed(lost, 'runtime')));
  expect(heard.map((outcome) => got(outcome))).toContain(false);
  expect(kit.control.state.incarnation).toBe(2);
  const again = await kit.approved();
  expect(got(await kit.control.witnessed(lost, 'runtime'))).toBe(true);
  expect(stateOf(kit, again)).toBe('active');
  // A backup from before the last restore is found out by who has seen that.
  expect(got(await kit.control.witnessed({ incarnation: 5, position: 1, hash: 'y' }, 'runtime'))).toBe(false);
  expect(kit.control.state.incarnation).toBe(6);
});

it('keeps its note outside the journal, and no further than the journal has come', async () => {
  await using kit = await testControl();
  await kit.approved();
  const standing = kit.control.standing();
  await kit.restart();
  expect(standing.position).toBeGreaterThan(0);
  const note = JSON.parse(readFileSync(join(kit.dir, 'seen.json'), 'utf8')) as typeof standing;
  expect(note.position).toBeGreaterThanOrEqual(standing.position);
  expect(note.position).toBeLessThanOrEqual(kit.control.standing().position);
});
