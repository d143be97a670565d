/**
 * Files of Writ's own state that several processes of a machine change by what they hold: read, changed and written whole, while no other process does.
 *
 * The lock is the operating system's own, taken through an empty SQLite database beside the file (`….lock`), so it ends with its process however that dies, and
 * readers never meet it. It does not guard against another machine.
 */

import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** Far longer than a change takes. */
const patienceMs = 10_000;

/**
 * Puts what `next` says in the place of what `path` holds (null: it is not there, or is taken away), readable by its user alone and durable when it returns. What
 * `next` throws changes nothing. Throws where others keep it from being changed.
 */
export function changeFile(path: string, next: (before: string | null) => string | null): void {
  const lock = open(path, patienceMs);
  try {
    take(lock);
    const text = next(textOf(path));
    if (text === null) rmSync(path, { force: true });
    else {
      writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
      renameSync(`${path}.new`, path);
    }
  } catch (error) {
    throw isHeld(error) ? new Error(`\`${path}\` is being changed by others all the time; try again`) : error;
  } finally {
    lock.close();
  }
}

/** Runs `act` while nobody else of this machine does for the same `path`, in this process or another. It waits for as long as that takes. */
export async function alone<T>(path: string, act: () => Promise<T>): Promise<T> {
  const lock = open(path, 0);
  try {
    while (!isTaken(lock)) await sleep(20);
    return await act();
  } finally {
    lock.close();
  }
}

function open(path: string, timeout: number): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const place = `${path}.lock`;
  createPrivate(place);
  // Loaded by whoever changes something alone: what only reads starts without it.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  return new DatabaseSync(place, { timeout });
}

/** It writes nothing, and needs no file for undoing. */
const take = (lock: DatabaseSync): void => lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');

function isTaken(lock: DatabaseSync): boolean {
  try {
    take(lock);
    return true;
  } catch (error) {
    if (isHeld(error)) return false;
    throw error;
  }
}

/** SQLITE_BUSY. */
const isHeld = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === 5;

/** Never opened where it is there: closing another descriptor of it would drop the lock that is held in this process (fcntl(2)). */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
