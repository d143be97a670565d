import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEvidenceKey } from '../checkpoint/checkpoint.ts';
import { Notary } from '../checkpoint/notary.ts';
import { happened, noon } from '../describe-journal.ts';
import type { Journal } from '../journal.ts';
import { createPrivateFile } from '../sqlite/private-file.ts';
import { openSqliteJournal } from '../sqlite/open.ts';
import { TestStore } from '../sqlite/test-store.ts';
import { verifyStores } from '../witness/verify-stores.ts';
import { openSnapshot } from './open-snapshot.ts';
import { openTogether } from './open-together.ts';

const planes = ['control', 'runtime'] as const;
type Plane = (typeof planes)[number];
type Both = Readonly<Record<Plane, { readonly journal: Journal; readonly notary: Notary }>>;

const pathOf = (store: TestStore, plane: Plane): string => join(store.folder, `${plane}.db`);
const placesIn = (store: TestStore) =>
  planes.map((plane) => ({ plane, place: { kind: 'file', path: pathOf(store, plane) } as const }));

async function openPlane(store: TestStore, plane: Plane): Promise<Both[Plane]> {
  const journal = await openSqliteJournal({ path: pathOf(store, plane), organisation: 'acme', now: () => noon });
  const key = openEvidenceKey(join(store.folder, `${plane}.key`));
  return { journal, notary: await Notary.open(journal, { plane, key, now: () => noon }) };
}

/** Something happens on both, each seals it, and each witnesses the other's seal. */
async function live({ control, runtime }: Both): Promise<void> {
  for (const { journal } of [control, runtime])
    await journal.append(
      [
        { stream: 'a', events: [happened()] },
        { stream: 'b', events: [happened()] },
      ],
      [],
    );
  const [ours, theirs] = [await control.notary.seal(), await runtime.notary.seal()];
  if (!ours || !theirs) throw new Error('nothing was sealed');
  await runtime.notary.witness(ours);
  await control.notary.witness(theirs);
}

/** Opens both as a backup does, lets `between` happen after the first was opened, and says what was found in copies of them. */
async function copiesOf(store: TestStore, between: () => Promise<void>) {
  let opened = 0;
  const snapshots = await openTogether(placesIn(store), async (place) => {
    const snapshot = await openSnapshot(place);
    if (opened++ === 0) await between();
    return snapshot;
  });
  mkdirSync(join(store.folder, 'copy'));
  const heads: Record<string, number> = {};
  for (const { plane, snapshot } of snapshots) {
    const file = join(store.folder, 'copy', `${plane}.db`);
    createPrivateFile(file);
    await snapshot.saveTo(file);
    heads[plane] = Math.max(0, ...(await snapshot.heads()).map(({ position }) => position));
    await snapshot[Symbol.asyncDispose]();
  }
  const reports = await verifyStores(
    planes.map((plane) => ({ plane, place: { kind: 'file', path: join(store.folder, 'copy', `${plane}.db`) } })),
    [],
  );
  return { heads, findings: planes.map((plane) => reports[plane]?.findings) };
}

test('what the later plane learned while it was opened is cut off, and nothing before that', async () => {
  using store = new TestStore();
  const both: Both = { control: await openPlane(store, 'control'), runtime: await openPlane(store, 'runtime') };
  await live(both);
  await live(both);
  const before = { control: await both.control.journal.head(), runtime: await both.runtime.journal.head() };
  const { heads, findings } = await copiesOf(store, async () => {
    for (let round = 0; round < 5; round++) await live(both);
  });
  expect(findings).toEqual([[], []]);
  // Two events and a seal of its own came before it heard of the first seal that the other's snapshot lacks.
  expect(heads).toEqual({ control: before.control, runtime: before.runtime + 3 });
  expect((await both.runtime.journal.readAll({ after: before.runtime + 3, limit: 1 }))[0]?.type).toBe(
    'journal.witnessed',
  );
  for (const plane of planes) await both[plane].journal[Symbol.asyncDispose]();
});

test('nothing is cut where nothing was learned, and a plane that was set back is not hidden by a cut', async () => {
  using store = new TestStore();
  using early = new TestStore();
  const both: Both = { control: await openPlane(store, 'control'), runtime: await openPlane(store, 'runtime') };
  await live(both);
  const head = await both.runtime.journal.head();
  expect(await copiesOf(store, async () => Promise.resolve())).toMatchObject({
    findings: [[], []],
    heads: { runtime: head },
  });
  await both.control.journal[Symbol.asyncDispose]();
  copyFileSync(pathOf(store, 'control'), early.path);
  const again: Both = { ...both, control: await openPlane(store, 'control') };
  await live(again);
  for (const plane of planes) await again[plane].journal[Symbol.asyncDispose]();
  copyFileSync(early.path, pathOf(store, 'control'));
  const snapshots = await openTogether(placesIn(store));
  const [, runtime] = snapshots;
  expect((await runtime?.snapshot.heads())?.at(-1)?.position).toBe(head * 2);
  for (const { snapshot } of snapshots) await snapshot[Symbol.asyncDispose]();
  const reports = await verifyStores(placesIn(store), []);
  expect(reports['control']?.findings.map(({ problem }) => problem)).toEqual([
    expect.stringContaining('were witnessed elsewhere and are missing'),
  ]);
});
