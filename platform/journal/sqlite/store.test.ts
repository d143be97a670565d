import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { happened, noon, unsealed } from '../describe-journal.ts';
import { JournalError } from '../errors.ts';
import { openToWrite } from './open-database.ts';
import { openJournalReadOnly, openSqliteJournal } from './open.ts';
import { SqliteJournal } from './sqlite-journal.ts';
import { TestStore } from './test-store.ts';

const write = [{ stream: 'a', events: [happened()] }];

async function errorOf(promise: Promise<unknown>): Promise<JournalError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof JournalError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

test.skipIf(process.platform === 'win32')(
  'files are 0600 and folders it makes are 0700, whatever the umask',
  async () => {
    using store = new TestStore();
    const folder = join(store.folder, 'new', 'deep');
    const before = process.umask(0);
    try {
      await using journal = await openSqliteJournal({
        path: join(folder, 'j.db'),
        organisation: 'acme',
        now: () => noon,
      });
      await journal.append(write, []);
      expect(readdirSync(folder).sort()).toEqual(['j.db', 'j.db-shm', 'j.db-wal', 'j.db.lock', 'j.db.pid']);
      for (const file of readdirSync(folder))
        expect([file, statSync(join(folder, file)).mode & 0o777]).toEqual([file, 0o600]);
      for (const made of [folder, join(store.folder, 'new')]) expect(statSync(made).mode & 0o777).toBe(0o700);
    } finally {
      process.umask(before);
    }
  },
);

test.skipIf(process.platform === 'win32')('an existing journal that others could read is closed to them', async () => {
  using store = new TestStore();
  await (await store.open())[Symbol.asyncDispose]();
  chmodSync(store.path, 0o644);
  await using _journal = await store.open();
  expect(statSync(store.path).mode & 0o777).toBe(0o600);
});

test('a second writer is refused by the holder’s process number, also by another path, until the first closes', async () => {
  using store = new TestStore();
  const elsewhere = mkdtempSync(join(tmpdir(), 'writ-journal-'));
  try {
    const link = join(elsewhere, 'link');
    symlinkSync(store.folder, link, 'junction');
    {
      await using first = await store.open();
      for (const path of [store.path, join(link, 'control.db')]) {
        const error = await errorOf(openSqliteJournal({ path, organisation: 'acme', now: () => noon }));
        expect(error.kind).toBe('locked');
        expect(error.message).toContain(`\`${String(process.pid)}\``);
      }
      expect((await first.append(write, [])).ok).toBe(true);
    }
    await using again = await store.open();
    expect(await again.head()).toBe(1);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

test('a reader sees each commit while the writer goes on, verifies, and outlives the writer', async () => {
  using store = new TestStore();
  await using reader = await (async () => {
    await using journal = await store.open();
    await journal.append(write, []);
    const opened = await openJournalReadOnly(store.path);
    expect(await opened.head()).toBe(1);
    await journal.append(write, []);
    expect(await opened.head()).toBe(2);
    expect(await opened.readAll({ after: 1 })).toEqual(await journal.readAll({ after: 1 }));
    expect(await opened.read('a')).toEqual(await journal.read('a'));
    return opened;
  })();
  expect(await reader.verify()).toEqual({
    ok: true,
    events: 2,
    streams: 1,
    head: 2,
    findings: [],
    erased: [],
    ...unsealed,
  });
});

test('verify of many pages holds while the writer appends between them', async () => {
  using store = new TestStore();
  await using journal = await store.open();
  const many = [{ stream: 'a', events: Array.from({ length: 1200 }, () => happened()) }];
  await journal.append(many, []);
  await using reader = await openJournalReadOnly(store.path);
  const reports = Promise.all([journal.verify(), reader.verify()]);
  for (let i = 0; i < 10; i++) await journal.append([{ stream: `s${String(i % 3)}`, events: [happened()] }], []);
  for (const report of await reports) expect(report.findings).toEqual([]);
});

test.each([
  ['4', /a newer writ: it needs reader `4` and this one is `3`; upgrade writ$/],
  ['1', /an unreleased writ: it needs reader `1` and this one is `3`; move it away to start with a new one$/],
  ['x', /it needs reader `NaN`/],
])('a store that needs reader %s is refused with the way out, by writer and reader', async (needed, sentence) => {
  using store = new TestStore();
  await (await store.open())[Symbol.asyncDispose]();
  store.tamper(`UPDATE meta SET value = '${needed}' WHERE key = 'reader_version'`);
  for (const open of [() => store.open(), () => openJournalReadOnly(store.path)]) {
    const error = await errorOf(open());
    expect(error.kind).toBe('format');
    expect(error.message).toMatch(sentence);
  }
});

test('a newer schema that this reader can read is read but not written', async () => {
  using store = new TestStore();
  {
    await using journal = await store.open();
    await journal.append(write, []);
  }
  store.tamper('PRAGMA user_version = 9');
  expect((await errorOf(store.open())).message).toMatch(/has schema `9`/);
  await using reader = await openJournalReadOnly(store.path);
  expect(await reader.head()).toBe(1);
});

test('what is not a journal is refused: another organisation’s, another program’s, no database, a link, nothing', async () => {
  using store = new TestStore();
  await (await store.open('acme'))[Symbol.asyncDispose]();
  expect((await errorOf(store.open('other'))).message).toMatch(/belongs to organisation `acme`, not `other`/);

  const open = (name: string): Promise<unknown> =>
    openSqliteJournal({ path: join(store.folder, name), organisation: 'acme', now: () => noon });
  const foreign = new DatabaseSync(join(store.folder, 'foreign.db'));
  foreign.exec('CREATE TABLE notes (text TEXT)');
  foreign.close();
  expect((await errorOf(open('foreign.db'))).message).toMatch(/is a database of another program/);
  writeFileSync(join(store.folder, 'text.db'), 'not a database, but long enough to be mistaken for one'.repeat(20));
  expect((await errorOf(open('text.db'))).kind).toBe('format');
  symlinkSync(store.path, join(store.folder, 'link.db'));
  expect((await errorOf(open('link.db'))).message).toMatch(/is not a plain file/);
  mkdirSync(join(store.folder, 'folder.db'));
  expect((await errorOf(open('folder.db'))).kind).toBe('format');
  expect((await errorOf(openJournalReadOnly(join(store.folder, 'none.db')))).message).toMatch(/there is no journal at/);

  // None of the refusals kept the lock.
  await using _journal = await store.open('acme');
});

test('the store itself refuses to delete events and to change anything but erase data', async () => {
  using store = new TestStore();
  {
    await using journal = await store.open();
    await journal.append(write, []);
  }
  const database = new DatabaseSync(store.path);
  try {
    expect(() => database.exec('DELETE FROM events')).toThrow('events are never deleted');
    expect(() => database.exec(`UPDATE events SET actor = 'eve'`)).toThrow('envelopes are never changed');
    expect(() => database.exec(`UPDATE events SET data = '1'`)).toThrow('data is only ever erased');
    expect(() => database.exec('UPDATE events SET data = NULL')).toThrow('data is only ever erased');
    expect(() => database.exec('UPDATE events SET data = NULL, salt = NULL')).not.toThrow();
  } finally {
    database.close();
  }
});

test('a store that fills up rejects the appends it cannot hold, keeps none of them, and goes on when there is room', async () => {
  using store = new TestStore();
  await (await store.open())[Symbol.asyncDispose]();
  const database = openToWrite(store.path, 'acme');
  const noLock = { [Symbol.dispose]: () => undefined };
  await using journal = new SqliteJournal(database, noLock, {
    path: store.path,
    organisation: 'acme',
    now: () => noon,
  });
  await journal.append(write, []);
  const seen: number[] = [];
  journal.project((events) => seen.push(...events.map((event) => event.position)));

  // The way SQLite itself simulates a full disk: SQLITE_FULL at the next page it needs.
  database.exec('PRAGMA max_page_count = 1');
  const large = [
    { stream: 'b', events: [happened()] },
    { stream: 'a', events: [happened('x'.repeat(100_000))] },
  ];
  const both = [journal.append(large, []), journal.append(large, [])].map(errorOf);
  for (const error of await Promise.all(both)) {
    expect(error.kind).toBe('store');
    expect(error.message).toMatch(/full/);
  }
  expect(await journal.head()).toBe(1);
  expect(await journal.read('b')).toEqual([]);
  expect(seen).toEqual([]);

  database.exec('PRAGMA max_page_count = 4294967294');
  expect(await journal.append(large, [{ stream: 'b', version: 0 }])).toMatchObject({ ok: true, position: 3 });
  expect(seen).toEqual([2, 3]);
  expect(await journal.verify()).toMatchObject({ ok: true, events: 3 });
});

test('a clock that gives no time rejects the append and leaves the journal usable', async () => {
  using store = new TestStore();
  const times = [Number.NaN, noon];
  await using journal = await openSqliteJournal({
    path: store.path,
    organisation: 'acme',
    now: () => times.shift() ?? noon,
  });
  expect((await errorOf(journal.append(write, []))).message).toContain('the clock gave `NaN`');
  expect((await journal.append(write, [{ stream: 'a', version: 0 }])).ok).toBe(true);
});
