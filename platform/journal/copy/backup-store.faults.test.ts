import { existsSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresServer } from '../../../test/kit/postgres/postgres-server.ts';
import { openEvidenceKey } from '../checkpoint/checkpoint.ts';
import { Notary } from '../checkpoint/notary.ts';
import { happened, noon } from '../describe-journal.ts';
import type { Journal } from '../journal.ts';
import { openJournal } from '../place.ts';
import type { StorePlace } from '../place.ts';
import { openJournalReadOnly } from '../sqlite/open.ts';
import { TestStore } from '../sqlite/test-store.ts';
import { backUp, inspectBackup, restoreStore } from './backup-store.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const acme = { organisation: 'acme', now: () => noon };
type Kind = 'file' | 'postgres';
let schemas = 0;

function placeIn(kind: Kind, store: TestStore, plane: string): StorePlace {
  return kind === 'file'
    ? { kind: 'file', path: join(store.folder, `${plane}.db`) }
    : { kind: 'postgres', url: server.url, schema: `${plane}_${String(++schemas)}` };
}

/** Two planes that append, seal and witness each other without pause until they are told to stop; counts what was acknowledged. */
function busyPlanes(control: Journal, runtime: Journal, store: TestStore) {
  let isOver = false;
  const acknowledged = { control: 0, runtime: 0 };
  const append = async (plane: 'control' | 'runtime', journal: Journal): Promise<void> => {
    for (let i = 0; !isOver; i++) {
      const lineage = { session: `s-${String(i % 3)}` };
      const written = await journal.append(
        [
          { stream: `left/${String(i % 7)}`, events: [happened({ i }, { lineage })] },
          { stream: `right/${String(i % 7)}`, events: [happened({ i, filler: 'x'.repeat(300) })] },
        ],
        [],
      );
      if (written.ok) acknowledged[plane] = written.position;
      await nextTurn();
    }
  };
  const witness = async (): Promise<void> => {
    const notary = (journal: Journal, plane: string): Promise<Notary> =>
      Notary.open(journal, { plane, key: openEvidenceKey(join(store.folder, `${plane}.key`)), now: () => noon });
    using ours = await notary(control, 'control');
    using theirs = await notary(runtime, 'runtime');
    while (!isOver) {
      const [mine, yours] = [await ours.seal(), await theirs.seal()];
      if (yours) await ours.witness(yours);
      if (mine) await theirs.witness(mine);
      await nextTurn();
    }
  };
  const working = Promise.all([append('control', control), append('runtime', runtime), witness()]);
  return {
    acknowledged: () => ({ ...acknowledged }),
    stop: async () => {
      isOver = true;
      await working;
    },
  };
}

test.each(['file', 'postgres'] as const)(
  'a backup is one moment of both planes while they write, and goes back into either kind of store: %s',
  async (kind) => {
    using store = new TestStore();
    const places = { control: placeIn(kind, store, 'control'), runtime: placeIn(kind, store, 'runtime') };
    await using control = await openJournal(places.control, acme);
    await using runtime = await openJournal(places.runtime, acme);
    const planes = busyPlanes(control, runtime, store);
    const named = [
      { plane: 'runtime', place: places.runtime },
      { plane: 'control', place: places.control },
    ];
    for (let round = 1; round <= 3; round++) {
      // Something to copy, and something that has been witnessed.
      while (planes.acknowledged().control < round * 400 || planes.acknowledged().runtime < round * 400)
        await nextTurn();
      const before = planes.acknowledged();
      const fileOf = (plane: string): string => join(store.folder, `round-${String(round)}`, `${plane}.db`);
      const backedUp = await backUp(named, fileOf);
      const after = planes.acknowledged();
      for (const plane of ['control', 'runtime'] as const) {
        const { report } = backedUp[plane] ?? {};
        expect(report?.ok).toBe(true);
        expect(report?.head).toBeGreaterThanOrEqual(before[plane]);
        // Nobody waited for it.
        expect(after[plane]).toBeGreaterThan(before[plane]);
        expect(statSync(fileOf(plane)).mode & 0o777).toBe(0o600);
      }
      expect(readdirSync(join(store.folder, `round-${String(round)}`)).sort()).toEqual(['control.db', 'runtime.db']);
    }
    await planes.stop();
    const file = join(store.folder, 'round-3', 'control.db');
    const events = await (async () => {
      await using reader = await openJournalReadOnly(file);
      return await reader.readAll();
    })();
    expect(events).toEqual(await control.readAll({ limit: events.length }));
    for (const other of ['file', 'postgres'] as const) {
      const to = placeIn(other, store, 'elsewhere');
      {
        await using restoration = await restoreStore(file, to);
        // Nobody starts over a journal that is half put back.
        await expect(openJournal(to, acme)).rejects.toMatchObject({ kind: other === 'file' ? 'locked' : 'format' });
        await restoration.finish();
      }
      await using journal = await openJournal(to, acme);
      expect(await journal.readAll()).toEqual(events);
      expect((await journal.verify()).ok).toBe(true);
      expect((await journal.append([{ stream: 'left/1', events: [happened()] }], [])).ok).toBe(true);
    }
  },
  90_000,
);

test('what stands where a backup goes is set aside, however damaged, and a backup that does not verify is not put back', async () => {
  using store = new TestStore();
  const place = placeIn('file', store, 'control');
  const path = join(store.folder, 'control.db');
  {
    await using journal = await openJournal(place, acme);
    await journal.append([{ stream: 'a', events: [happened({ amount: 10 }), happened({ amount: 11 })] }], []);
  }
  const fileOf = (plane: string): string => join(store.folder, 'backup', `${plane}.db`);
  await backUp([{ plane: 'control', place }], fileOf);
  truncateSync(path, 5000);
  {
    await using restoration = await restoreStore(fileOf('control'), place);
    await restoration.finish();
  }
  expect(existsSync(`${path}.replaced-1`)).toBe(true);
  {
    await using journal = await openJournal(place, acme);
    expect(await journal.head()).toBe(2);
    await expect(restoreStore(fileOf('control'), place)).rejects.toMatchObject({ kind: 'locked' });
  }
  using damaged = new TestStore();
  Object.assign(damaged, { path: fileOf('control') });
  damaged.tamper(`UPDATE events SET data = '{"amount":99}' WHERE position = 1`);
  await expect(inspectBackup([{ plane: 'control', file: fileOf('control') }])).rejects.toThrow(
    /does not verify: position 1/,
  );
  await expect(restoreStore(fileOf('control'), place)).rejects.toThrow(/does not verify: position 1/);
  await using journal = await openJournal(place, acme);
  expect(await journal.head()).toBe(2);
});
