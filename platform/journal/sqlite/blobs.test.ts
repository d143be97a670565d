/** Large data in a SQLite store: kept once for each project, under an address that tells nothing, and gone with the last event that refers to it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blobLength } from '../blob.ts';
import { backUp, restoreStore } from '../copy/backup-store.ts';
import { copyStore } from '../copy/copy-store.ts';
import { verifyExport } from '../export/verify-export.ts';
import { nothingWithheld } from '../export/withholding.ts';
import { writeExport } from '../export/write-export.ts';
import type { Journal, NewEvent } from '../journal.ts';
import { openJournalReadOnly, openSqliteJournal } from './open.ts';
import { TestStore } from './test-store.ts';

const said = (data: string, project = 'p'): NewEvent => ({ type: 'thing.said', data, project, actor: 'user:ada' });
const text = `a secret ${'z'.repeat(blobLength)}`;

/** 1 and 2 say the same in one project, 3 in another, 4 something short. */
async function filled(store: TestStore): Promise<Journal> {
  const journal = await store.open();
  await journal.append([{ stream: 'a', events: [said(text), said(text), said(text, 'q'), said('short')] }], []);
  return journal;
}

const blobs = (store: TestStore) =>
  store.query('SELECT address, refs, length(content) AS size FROM blobs ORDER BY refs');
const texts = async (journal: Pick<Journal, 'readAll'>): Promise<readonly unknown[]> =>
  (await journal.readAll()).map(({ data }) => data);

test('the same text is kept once in a project, and nobody can tell by its address that another has it', async () => {
  using store = new TestStore();
  await (await filled(store))[Symbol.asyncDispose]();
  const kept = blobs(store);
  expect(kept.map(({ refs }) => refs)).toEqual([1, 2]);
  expect(new Set(kept.map(({ address }) => address)).size).toBe(2);
  expect(store.query(`SELECT position FROM events WHERE data = '' AND blob IS NOT NULL`)).toHaveLength(3);
  // Another store gives the very same text in the same project another address.
  using other = new TestStore();
  await (await filled(other))[Symbol.asyncDispose]();
  const all = [...kept, ...blobs(other)].map(({ address }) => address);
  expect(new Set(all).size).toBe(4);
});

test('it goes from the files with the last event that refers to it', async () => {
  using store = new TestStore();
  await using journal = await filled(store);
  const isInFiles = (): boolean =>
    readdirSync(store.folder).some((file) => readFileSync(join(store.folder, file)).includes('a secret'));
  const erase = (position: number) =>
    journal.erase({ positions: [position], project: 'p', actor: 'user:ada', reason: 'asked to' });
  await erase(1);
  expect(blobs(store).map(({ refs }) => refs)).toEqual([1, 1]);
  await erase(3);
  expect(blobs(store)).toHaveLength(1);
  expect(isInFiles()).toBe(true);
  await erase(2);
  expect(blobs(store)).toEqual([]);
  expect(isInFiles()).toBe(false);
  expect(await journal.verify()).toMatchObject({ ok: true });
});

const notWritten =
  /^the data of the event at `3` is not what was written there; `writ audit verify` says what else is not$/;

test.each<[string, string, readonly string[], RegExp | null]>([
  [
    'its text is edited',
    `UPDATE blobs SET content = '"harmless"' WHERE refs = 1`,
    ['3 the data does not match its hash'],
    notWritten,
  ],
  ['it is deleted', 'DELETE FROM blobs WHERE refs = 1', ['3 the data does not match its hash'], notWritten],
  [
    'another takes its place',
    `UPDATE blobs SET content = (SELECT '"another"' || content FROM blobs WHERE refs = 2) WHERE refs = 1`,
    ['3 the data does not match its hash'],
    notWritten,
  ],
  [
    'its count is changed, so that an erasure would take it too early',
    'UPDATE blobs SET refs = 1',
    ['1 a blob is counted 1 times and 2 events refer to it'],
    null,
  ],
  [
    'one lies there that nobody refers to',
    `INSERT INTO blobs VALUES ('x', 1, 'smuggled')`,
    ['0 a blob is counted 1 times and 0 events refer to it'],
    null,
  ],
])('when %s, verification names it, and nobody is given it', async (_, tamper, findings, refused) => {
  using store = new TestStore();
  await (await filled(store))[Symbol.asyncDispose]();
  store.tamper(tamper);
  await using journal = await store.open();
  const report = await journal.verify();
  expect(report.findings.map(({ position, problem }) => `${String(position)} ${problem}`)).toEqual(findings);
  if (refused === null) expect(await texts(journal)).toEqual([text, text, text, 'short']);
  else await expect(journal.readAll()).rejects.toThrow(refused);
});

test('it goes along into a backup, out of it, into a copy and into an export', async () => {
  using store = new TestStore();
  const journal = await filled(store);
  const all = [text, text, text, 'short'];
  const place = { kind: 'file', path: store.path } as const;
  const inFolder = (name: string): string => join(store.folder, name);
  await backUp([{ plane: 'control', place }], () => inFolder('backup.db'));
  const exported = inFolder('export');
  const whole = { withholding: nothingWithheld, keyOf: () => undefined, now: Date.now };
  await writeExport({ folder: exported, journals: [{ plane: 'control', place }], ...whole });
  expect((await verifyExport(exported, [])).journals['control']).toMatchObject({ ok: true, events: 4 });
  expect(readFileSync(join(exported, 'control.events.jsonl'), 'utf8').split('a secret')).toHaveLength(4);
  await journal[Symbol.asyncDispose]();
  {
    await using backup = await openJournalReadOnly(inFolder('backup.db'));
    expect(await texts(backup)).toEqual(all);
  }
  {
    await using restored = await restoreStore(inFolder('backup.db'), { kind: 'file', path: inFolder('restored.db') });
    await restored.finish();
  }
  {
    await using copied = await copyStore(place, { kind: 'file', path: inFolder('copy.db') });
    await copied.finish();
  }
  for (const name of ['restored.db', 'copy.db']) {
    await using again = await openSqliteJournal({ path: inFolder(name), organisation: 'acme', now: Date.now });
    expect(await texts(again)).toEqual(all);
    expect(await again.verify()).toMatchObject({ ok: true, findings: [] });
  }
});

test('a store that no writer of this version has opened yet is read as it is', async () => {
  using store = new TestStore();
  await (await filled(store))[Symbol.asyncDispose]();
  // As it was before there were blobs: all data in its events.
  store.tamper(`
    DROP TRIGGER blobs_are_only_ever_erased; DROP INDEX events_with_blobs;
    UPDATE events SET data = (SELECT content FROM blobs WHERE address = blob) WHERE blob IS NOT NULL;
    ALTER TABLE events DROP COLUMN blob; DROP TABLE blobs; DROP TABLE snapshots;
    DELETE FROM meta WHERE key = 'blob_key'; UPDATE meta SET value = '2' WHERE key = 'reader_version';
    PRAGMA user_version = 1`);
  {
    await using reader = await openJournalReadOnly(store.path);
    expect(await texts(reader)).toEqual([text, text, text, 'short']);
    expect(await reader.verify()).toMatchObject({ ok: true, findings: [] });
  }
  await using journal = await store.open();
  await journal.append([{ stream: 'a', events: [said(text)] }], []);
  expect(await texts(journal)).toEqual([text, text, text, 'short', text]);
  expect(await journal.verify()).toMatchObject({ ok: true, findings: [] });
  expect(blobs(store).map(({ refs }) => refs)).toEqual([1]);
});
