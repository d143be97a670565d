/** What is written and not synced yet is nobody's; what a disk did not confirm is the last that was written. */
import { closeSync, copyFileSync, openSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Journal, NewEvent } from '../journal.ts';
import { LogSync } from './log-sync.ts';
import { openToWrite } from './open-database.ts';
import { onTheSpot, SqliteJournal } from './sqlite-journal.ts';
import { TestStore } from './test-store.ts';

const event: NewEvent = { type: 'thing.happened', project: 'p', actor: 'test', data: null };
const append = (journal: Journal, version = 0) =>
  journal.append([{ stream: 's', events: [event] }], [{ stream: 's', version }]);

/** The real sync, which is over only when the test says so, and with the error it is given. */
class HeldSync extends LogSync {
  readonly waiting: ((error?: Error) => void)[] = [];

  override sync(done: (error: Error | null) => void): void {
    this.waiting.push((error) => {
      if (error === undefined) super.sync(done);
      else done(error);
    });
  }
}

function held(store: TestStore) {
  closeSync(openSync(store.path, 'w'));
  const database = openToWrite(store.path, 'acme');
  database.prepare('SELECT count(*) FROM events').get();
  const sync = new HeldSync(store.path);
  const lock = { [Symbol.dispose]: () => undefined };
  const options = { path: store.path, organisation: 'acme', now: () => 1_000 };
  return { sync, journal: new SqliteJournal(database, lock, options, sync) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a commit that is not synced is told to nobody, and then to all', async () => {
  using store = new TestStore();
  const { sync, journal } = held(store);
  const told: number[] = [];
  journal.project((events) => told.push(...events.map(({ position }) => position)));
  const subscribed: number[] = [];
  const reading = (async () => {
    for await (const { position } of journal.subscribe({ after: 0, signal: new AbortController().signal })) {
      subscribed.push(position);
      if (position === 2) break;
    }
  })();
  const first = append(journal).then(() => told.push(-1));
  await turn();
  const second = append(journal, 1);
  const late = append(journal);
  for (let turns = 0; turns < 5; turns++) await turn();
  expect(sync.waiting).toHaveLength(1);
  const seen = async () => [await journal.head(), (await journal.read('s')).length, (await journal.readAll()).length];
  expect([...(await seen()), ...told, ...subscribed]).toEqual([0, 0, 0]);
  using _follower = await journal.follow(0, () => told.push(-2));
  expect(told).toEqual([]);

  sync.waiting.shift()?.();
  await first;
  expect(told).toEqual([1, -2, -1]);
  expect(await seen()).toEqual([1, 1, 1]);
  await turn();
  sync.waiting.shift()?.();
  expect(await second).toMatchObject({ ok: true, position: 2 });
  expect(await late).toMatchObject({ ok: false, conflict: { expected: 0, actual: 2 } });
  await reading;
  expect(subscribed).toEqual([1, 2]);
  await journal[Symbol.asyncDispose]();
});

test('who is alone is synced on the spot, and it is looked again now and then', async () => {
  using store = new TestStore();
  const { sync, journal } = held(store);
  let beside = 0;
  for (let version = 0; version <= 2 * (onTheSpot + 1); version++) {
    const appended = append(journal, version);
    await turn();
    if (sync.waiting.length > 0) beside += 1;
    sync.waiting.shift()?.();
    expect((await appended).ok).toBe(true);
  }
  expect(beside).toBe(3);
  await journal[Symbol.asyncDispose]();
});

test('what several wait for is synced beside the loop, whoever was alone before', async () => {
  using store = new TestStore();
  const { sync, journal } = held(store);
  const alone = append(journal);
  await turn();
  sync.waiting.shift()?.();
  await alone;
  const together = [append(journal, 1), append(journal, 2)];
  await turn();
  expect(sync.waiting).toHaveLength(1);
  sync.waiting.shift()?.();
  expect((await Promise.all(together)).map(({ ok }) => ok)).toEqual([true, true]);
  expect((await append(journal, 3)).ok).toBe(true);
  await journal[Symbol.asyncDispose]();
});

test('closing waits for what is under way', async () => {
  using store = new TestStore();
  const { sync, journal } = held(store);
  const [first] = [append(journal), await turn()];
  const second = append(journal, 1);
  const closed = journal[Symbol.asyncDispose]();
  for (const result of [first, second]) {
    await turn();
    sync.waiting.shift()?.();
    expect((await result).ok).toBe(true);
  }
  await closed;
});

test('after a sync that failed nothing is written, and whoever waited is told that nobody knows', async () => {
  using store = new TestStore();
  const { sync, journal } = held(store);
  const first = append(journal);
  await turn();
  const second = append(journal);
  sync.waiting.shift()?.(new Error('EIO'));
  await expect(first).rejects.toMatchObject({ kind: 'unknown', message: expect.stringContaining('EIO') as string });
  await expect(second).rejects.toMatchObject({ kind: 'unknown' });
  await expect(append(journal)).rejects.toMatchObject({ kind: 'unknown' });
  await expect(journal.erase({ positions: [1], actor: 'a', reason: 'r', project: 'p' })).rejects.toThrow();
  expect(await journal.head()).toBe(0);
  await journal[Symbol.asyncDispose]();

  await using opened = await store.open();
  expect((await opened.verify()).findings).toEqual([]);
});

test('the log grows ahead of what is written, so that few commits are synced with its new length, and what follows its frames is read by nobody', async () => {
  using store = new TestStore();
  const commits = 100;
  const lengths = new Set<number>();
  {
    await using journal = await store.open();
    for (let version = 0; version < commits; version++) {
      expect((await append(journal, version)).ok).toBe(true);
      lengths.add(statSync(`${store.path}-wal`).size);
    }
    using copy = new TestStore();
    for (const suffix of ['', '-wal']) copyFileSync(`${store.path}${suffix}`, `${copy.path}${suffix}`);
    await using left = await copy.open();
    expect(await left.verify()).toMatchObject({ ok: true, head: commits });
    expect((await append(left, commits)).ok).toBe(true);
  }
  expect(lengths.size).toBeLessThan(commits / 10);
});
