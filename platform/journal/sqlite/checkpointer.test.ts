import { closeSync, openSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import { Checkpointer, startFrames } from './checkpointer.ts';
import { openToWrite } from './open-database.ts';
import * as sql from './sql.ts';
import { TestStore } from './test-store.ts';

function openIn(store: TestStore): DatabaseSync {
  closeSync(openSync(store.path, 'w'));
  return openToWrite(store.path, 'acme');
}

function fill(database: DatabaseSync, frames: number): void {
  database.exec('CREATE TABLE IF NOT EXISTS filler (bytes BLOB)');
  database.prepare('INSERT INTO filler VALUES (zeroblob(?))').run(frames * 4096);
}

test('the writer syncs every commit and leaves copying the log to the checkpointer', () => {
  using store = new TestStore();
  const database = openIn(store);
  const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  // 2 is FULL (https://www.sqlite.org/pragma.html#pragma_synchronous).
  const settings = ['journal_mode', 'synchronous', 'fullfsync', 'wal_autocheckpoint'].map(pragma);
  expect(settings).toEqual(['wal', 2, 1, 0]);
  database.close();
});

test('a log past its bound is copied beside the writer, after which SQLite writes it from the start again', async () => {
  using store = new TestStore();
  const database = openIn(store);
  const checkpointer = new Checkpointer(database, store.path);
  const left = (): number => {
    const { log, checkpointed } = database.prepare(sql.measureLog).get() ?? {};
    return Number(log) - Number(checkpointed);
  };
  fill(database, startFrames - 100);
  checkpointer.afterCommit();
  expect(left()).toBeGreaterThan(startFrames - 200);

  fill(database, 200);
  checkpointer.afterCommit();
  await vi.waitFor(() => {
    expect(left()).toBe(0);
  }, 20_000);
  const size = statSync(`${store.path}-wal`).size;
  fill(database, 500);
  expect(statSync(`${store.path}-wal`).size).toBe(size);

  await checkpointer[Symbol.asyncDispose]();
  database.close();
});
