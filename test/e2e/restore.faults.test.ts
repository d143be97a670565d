/** Yesterday's backup is put back by hand. What was revoked since does not come back to life, and neither does anything else before a person has looked at it. */

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditEvents, grows, heartbeat, mandateOf, revoke, startMission } from './support/mission.ts';
import { createRepository, linesIn } from './support/night-repository.ts';
import { createWorld, stays, until } from './support/world.ts';

/** `noticed`: by control itself, from its own note, or by the runtime, when that note was put back or lost too. */
test.each(['control', 'runtime'] as const)('a restored journal un-revokes nothing, and %s notices', async (noticed) => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  const database = join(world.home, 'control', 'control.db');
  const repository = createRepository(world.place, {
    tasks: ['- [ ] T1 run: `node agents/night.mjs nest alpha` done: `true` — runs for ever'],
  });
  const { mandate } = await startMission(world, repository);
  const beats = await heartbeat(world, 'alpha', () => true);

  await world.writ(['down']);
  cpSync(database, join(world.place, 'yesterday.db'));
  expect((await world.writ(['up'])).code).toBe(0);
  expect((await mandateOf(world, mandate)).state).toBe('active');
  await grows('the work goes on', beats, 20_000);
  await revoke(world, mandate);
  const { position } = (await world.api<{ position: number }>('control', 'GET', '/readyz')).body;
  await until('the runtime has it in its journal', async () => (await witnessed(world.home)) >= position);
  await world.writ(['down']);

  cpSync(join(world.place, 'yesterday.db'), database);
  for (const file of ['-wal', '-shm']) rmSync(`${database}${file}`, { force: true });
  if (noticed === 'runtime') rmSync(join(world.home, 'control', 'seen.json'));
  expect((await world.writ(['up'])).code).toBe(0);

  const suspended = await until('the mandate is suspended', async () => {
    const found = await mandateOf(world, mandate);
    return found.state === 'suspended' ? found : undefined;
  });
  expect(suspended.state_detail).toMatch(/restored|witnessed/);
  await stays('the work', 1_500, () => linesIn(beats));
  const restored = (await auditEvents(world)).filter(({ type }) => type === 'journal.restored');
  expect(restored).toMatchObject([{ actor: 'control', data: { incarnation: 2, found: noticed } }]);
  expect((await world.json<{ ok: boolean }>(['audit', 'verify'])).ok).toBe(true);
  // No key of before signs or is believed: which were retired in what was lost, nobody knows.
  const ring = await world.json<{ items: { use: string; state: string; reason: string | null }[] }>(['keys', 'list']);
  expect(ring.items.filter(({ use, reason }) => use === 'permit' && reason?.includes('set back') === true)).not.toEqual(
    [],
  );

  // It is said once: the next start finds nothing more to say, and a person may reinstate what they know was not revoked.
  await world.writ(['down']);
  expect((await world.writ(['up'])).code).toBe(0);
  await stays(
    'the incarnation',
    1_500,
    async () => (await auditEvents(world)).filter(({ type }) => type === 'journal.restored').length,
  );
});

test('a backup taken while the work goes on un-revokes nothing where it came from, nor on another machine', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  const repository = createRepository(world.place, {
    tasks: ['- [ ] T1 run: `node agents/night.mjs nest alpha` done: `true` — runs for ever'],
  });
  const { mandate } = await startMission(world, repository);
  const beats = await heartbeat(world, 'alpha', () => true);
  const backup = join(world.place, 'backup');
  const taken = await world.json<{ journals: { control: { head: number } } }>(['store', 'backup', backup]);
  expect(taken.journals.control.head).toBeGreaterThan(0);
  await grows('the work goes on', beats, 20_000);
  expect((await world.writ(['store', 'restore', backup])).stderr).toMatch(/Writ is running/);
  await revoke(world, mandate);
  await world.writ(['down']);

  expect((await world.writ(['store', 'restore', backup])).stderr).toBe('');
  expect((await world.writ(['up'])).code).toBe(0);
  const here = await mandateOf(world, mandate);
  expect([here.state, here.state_detail]).toEqual(['suspended', expect.stringMatching(/put back from a backup/)]);
  await stays('the work', 1_500, () => linesIn(beats));
  const restored = (await auditEvents(world)).filter(({ type }) => type === 'journal.restored');
  expect(restored).toMatchObject([{ data: { incarnation: 2, found: 'restore' } }]);
  expect((await world.json<{ ok: boolean }>(['audit', 'verify'])).ok).toBe(true);

  // Nobody there has seen anything, and the keys came along: it verifies as one journal, under one key.
  await using other = await createWorld();
  expect((await other.writ(['store', 'restore', backup])).stderr).toBe('');
  expect((await other.writ(['up'])).code).toBe(0);
  expect((await mandateOf(other, mandate)).state).toBe('suspended');
  expect((await other.json<{ ok: boolean }>(['audit', 'verify'])).ok).toBe(true);
  await other.json(['mandate', 'reinstate', mandate, '--reason', 'it was not revoked']);
  expect((await mandateOf(other, mandate)).state).toBe('active');
});

/** How far of control's journal the runtime's own has witnessed. */
async function witnessed(home: string): Promise<number> {
  const { openJournalReadOnly } = await import('@writ/journal');
  await using reader = await openJournalReadOnly(join(home, 'runtime', 'runtime.db'));
  const last = (await reader.read('witness-control')).at(-1)?.data;
  return typeof last === 'object' && last !== null && 'position' in last ? Number(last.position) : 0;
}
