import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresServer } from '../../../test/kit/postgres/postgres-server.ts';
import { blobLength } from '../blob.ts';
import { happened, noon } from '../describe-journal.ts';
import { JournalError } from '../errors.ts';
import type { NewEvent } from '../journal.ts';
import { openJournal } from '../place.ts';
import type { StorePlace } from '../place.ts';
import { TestStore } from '../sqlite/test-store.ts';
import { openJournalReadOnly } from '../sqlite/open.ts';
import { copyStore } from './copy-store.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const acme = { organisation: 'acme', now: () => noon };
const postgres = (schema: string): StorePlace => ({ kind: 'postgres', url: server.url, schema });

async function fill(place: StorePlace, count: number): Promise<void> {
  await using journal = await openJournal(place, acme);
  for (let i = 0; i < count; i++) {
    const lineage = { session: `s-${String(i % 3)}` };
    const events = Array.from({ length: 7 }, (_, k) =>
      happened({ k, 'ü"\\': '\u0000\u2028' }, { lineage, cause: 'c' }),
    );
    await journal.append(
      [
        { stream: `thing "${String(i % 5)}"`, events },
        { stream: `once/${String(i)}`, events: [happened()] },
      ],
      [],
    );
  }
}

async function errorOf(promise: Promise<unknown>): Promise<JournalError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(JournalError);
  // Just proved.
  return error as JournalError;
}

async function move(from: StorePlace, to: StorePlace): Promise<unknown> {
  await using copy = await copyStore(from, to);
  await copy.finish();
  return copy.copied;
}

test('a journal goes to PostgreSQL and back, event for event, goes on there, and its old place takes nothing more', async () => {
  using store = new TestStore();
  const file: StorePlace = { kind: 'file', path: store.path };
  await fill(file, 200);
  store.tamper('UPDATE events SET data = NULL, salt = NULL WHERE position = 3');
  // An erasure that nobody says anything about: a store that does not verify stays where it is.
  expect((await errorOf(copyStore(file, postgres('there')))).message).toMatch(
    /does not verify: position 3: .*nothing was moved/,
  );

  using whole = new TestStore();
  const home: StorePlace = { kind: 'file', path: whole.path };
  await fill(home, 200);
  const before = await (await openJournalReadOnly(whole.path)).readAll();
  const there = postgres('there');
  expect(await move(home, there)).toMatchObject({ events: 1600, streams: 205, head: 1600 });
  {
    await using journal = await openJournal(there, acme);
    expect(await journal.readAll()).toStrictEqual(before);
    expect(
      await journal.append([{ stream: 'thing "1"', events: [happened()] }], [{ stream: 'thing "1"', version: 280 }]),
    ).toMatchObject({
      ok: true,
      position: 1601,
    });
  }
  const error = await errorOf(openJournal(home, acme));
  expect(error.kind).toBe('format');
  expect(error.message).toMatch(/was moved to schema there at 127\.0\.0\.1:\d+\/postgres and takes no more events/);

  expect(await move(there, home)).toMatchObject({ events: 1601, streams: 205, head: 1601 });
  expect(existsSync(`${whole.path}.moved-1`)).toBe(true);
  expect((await errorOf(openJournal(there, acme))).message).toMatch(/was moved to .*control\.db/);
  await using journal = await openJournal(home, acme);
  expect(await journal.readAll({ limit: 1600 })).toStrictEqual(before);
  expect(await journal.read('thing "1"', { after: 279 })).toHaveLength(2);
  expect(await journal.verify()).toMatchObject({ ok: true, events: 1601, streams: 205 });
});

test('a copy that is not ended leaves the source the journal, and makes room for the next attempt', async () => {
  using store = new TestStore();
  const file: StorePlace = { kind: 'file', path: store.path };
  await fill(file, 2);
  const there = postgres('twice');
  {
    await using copy = await copyStore(file, there);
    expect(copy.copied.events).toBe(16);
    expect((await errorOf(openJournal(file, acme))).kind).toBe('locked');
  }
  expect((await errorOf(openJournal(there, acme))).message).toMatch(/was moved to an unfinished copy/);
  await fill(file, 1);
  expect(await move(file, there)).toMatchObject({ events: 24 });
  // Nothing is ever written over: a journal in use is no target.
  using other = new TestStore();
  await fill({ kind: 'file', path: other.path }, 1);
  expect((await errorOf(copyStore({ kind: 'file', path: other.path }, there))).message).toMatch(
    /holds a journal in use/,
  );
  expect((await errorOf(copyStore(there, { kind: 'file', path: other.path }))).message).toMatch(
    /holds a journal in use/,
  );
});

test('a node that runs while its journal is moved away is refused from then on, and was not cut off before', async () => {
  using store = new TestStore();
  const there = postgres('running');
  await using node = await openJournal(there, acme);
  const write = [{ stream: 'a', events: [happened()] }];
  await node.append(write, []);
  await using copy = await copyStore(there, { kind: 'file', path: join(store.folder, 'moved.db') });
  // Whoever waits listens from the start: the node may be refused before the copy says that it is done.
  const refused = errorOf(node.append(write, []));
  await copy.finish();
  expect((await refused).message).toMatch(/was moved to .*moved\.db/);
  expect(await node.head()).toBe(1);
});

test('large data is kept once for each project in PostgreSQL too, counted, named when it is tampered with, and goes with the last event', async () => {
  const place = postgres('blobs');
  const text = `a secret ${'z'.repeat(blobLength)}`;
  const counts = async (): Promise<readonly unknown[]> =>
    (await server.query('SELECT refs FROM blobs.blobs ORDER BY refs')).map(({ refs }) => Number(refs));
  const said = (project: string): NewEvent => happened(text, { project });
  {
    await using journal = await openJournal(place, acme);
    await journal.append([{ stream: 'a', events: [said('p'), said('p'), said('q'), happened('short')] }], []);
    await journal.append([{ stream: 'b', events: [said('p')] }], []);
    expect(await counts()).toEqual([1, 3]);
    await journal.erase({ positions: [1, 3], project: 'p', actor: 'user:ada', reason: 'asked to' });
    expect(await counts()).toEqual([2]);
    expect((await journal.readAll({ limit: 5 })).map(({ data }) => data)).toEqual([null, text, null, 'short', text]);
    await server.query('UPDATE blobs.blobs SET refs = 1');
    expect((await journal.verify()).findings).toMatchObject([
      { position: 2, problem: 'a blob is counted 1 times and 2 events refer to it' },
    ]);
    await server.query(`UPDATE blobs.blobs SET refs = 2, content = '"harmless"'`);
    expect((await journal.verify()).findings).toMatchObject([
      { position: 2, problem: 'the data does not match its hash' },
      { position: 5, problem: 'the data does not match its hash' },
    ]);
    await expect(journal.read('b')).rejects.toThrow(/^the data of the event at `5` is not what was written there/);
    await server.query(`UPDATE blobs.blobs SET content = '${JSON.stringify(text)}'`);
  }
  // Into a file and back, with what was erased.
  using store = new TestStore();
  await move(place, { kind: 'file', path: store.path });
  expect(store.query('SELECT refs FROM blobs')).toEqual([{ refs: 2 }]);
  await move({ kind: 'file', path: store.path }, postgres('blobs_again'));
  await using again = await openJournal(postgres('blobs_again'), acme);
  expect((await again.readAll({ limit: 5 })).map(({ data }) => data)).toEqual([null, text, null, 'short', text]);
  expect((await again.verify()).findings).toEqual([]);
  await again.erase({ positions: [2, 5], project: 'p', actor: 'user:ada', reason: 'asked to' });
  expect(await server.query('SELECT refs FROM blobs_again.blobs')).toEqual([]);
});
