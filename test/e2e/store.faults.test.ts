/** The journals live in PostgreSQL, move to files and back: what was approved and revoked is the same wherever they are, and no store is ever started over by mistake. */

import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PostgresServer } from '../kit/postgres/postgres-server.ts';
import { mandateOf, mandates, revoke, startMission } from './support/mission.ts';
import { createRepository } from './support/night-repository.ts';
import { createWorld } from './support/world.ts';

type Verified = {
  readonly ok: boolean;
  readonly journals: Record<'control' | 'runtime', { head: number; streams: number }>;
};

test('a store is chosen, remembered, moved and proved, and never left behind', async () => {
  await using server = await PostgresServer.start();
  await using world = await createWorld();
  for (const database of ['writ', 'other']) await server.query(`CREATE DATABASE ${database}`);
  const at = (database: string): string => server.url.replace(/postgres$/, database);

  expect((await world.writ(['up', '--store', at('writ')])).code).toBe(0);
  expect(statSync(join(world.home, 'store.json')).mode & 0o777).toBe(0o600);
  const repository = createRepository(world.place, {
    tasks: ['- [ ] T1 run: `node agents/night.mjs nest alpha` done: `true` — runs for ever'],
  });
  const { mandate } = await startMission(world, repository);
  await revoke(world, mandate);
  expect((await mandateOf(world, mandate)).state).toBe('revoked');
  expect(() => statSync(join(world.home, 'control', 'control.db'))).toThrow('ENOENT');
  const before = await world.json<Verified>(['audit', 'verify']);
  expect(before.ok).toBe(true);

  // While it runs nothing moves; and neither does an installation that has journals to another store.
  expect((await world.writ(['store', 'copy', '--to', 'embedded'])).stderr).toMatch(/Writ is running/);
  await world.writ(['down']);
  const left = await world.writ(['up', '--store', at('other')]);
  expect(left.code).toBe(1);
  expect(left.stderr).toMatch(/with others it would not know what\s+was approved and revoked/);
  expect(left.stderr).not.toContain('writ@');

  for (const store of ['embedded', at('other')]) {
    expect((await world.writ(['store', 'copy', '--to', store])).stderr).toBe('');
    expect((await world.writ(['up'])).code).toBe(0);
    expect((await mandateOf(world, mandate)).state).toBe('revoked');
    const after = await world.json<Verified>(['audit', 'verify']);
    expect(after.ok).toBe(true);
    // It goes on: the start itself was recorded after what was copied.
    for (const plane of ['control', 'runtime'] as const) {
      expect(after.journals[plane].head).toBeGreaterThanOrEqual(before.journals[plane].head);
    }
    expect((await mandates(world)).map(({ id }) => id)).toContain(mandate);
    await world.writ(['down']);
  }

  // Whoever brings an old store back by hand is told where the journals went.
  writeFileSync(join(world.home, 'store.json'), JSON.stringify({ store: 'embedded' }));
  const old = await world.writ(['up']);
  expect(old.code).toBe(1);
  expect(old.stderr).toMatch(/was\s+moved\s+to/);
});
