/**
 * What the disk knows of an attended session: which process guards it and which process tree is its. Enough for the enforcer, or `writ stop --local`
 * without it, to end the tree when its launcher cannot.
 *
 * INVARIANT: who stops a session first leaves word of it, then looks for its processes; who starts one first records its process, then looks for
 * such word. Whatever their order, one of the two ends it.
 */

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessTree } from './process-tree.ts';
import { recordedTree } from './process-tree.ts';
import type { ProcessIdentity } from './processes.ts';
import { oneProcess } from './processes.ts';
import { bootId, writeDurably } from './run-record.ts';

export type AttendedRecord = {
  readonly session: string;
  /** Every mandate it worked under; the last is the one it works under now. */
  readonly mandates: readonly [string, ...string[]];
  readonly launcher: ProcessIdentity;
  /** Null until its program was started. */
  readonly root: ProcessIdentity | null;
  /** Of the machine. */
  readonly bootId: string;
  readonly marker: string;
  readonly contained: boolean;
};

/** Word that a session was stopped by somebody else than its launcher. */
export type StopWord = { readonly why: string; readonly at: number };

/** A session's place on disk, held by its launcher; disposing removes it. */
export interface AttendedPlace extends Disposable {
  /** Its program runs. Durable when it returns. */
  started(root: ProcessIdentity): void;
  /** Another mandate took the place of the one before. */
  worksUnder(mandate: string): void;
  /** Who else stopped it; null while nobody did. */
  stopWord(): StopWord | null;
}

const folder = (dir: string): string => join(dir, 'enforcer', 'attended');
const recordPath = (dir: string, session: string): string => join(folder(dir), `${session}.json`);
const wordPath = (dir: string, session: string): string => join(folder(dir), `${session}.stopped`);

/** Records a session that this process is about to start. Throws when it cannot be written: then it must not start. */
export function openAttended(
  dir: string,
  session: Pick<AttendedRecord, 'session' | 'marker' | 'contained'> & { readonly mandate: string },
): AttendedPlace {
  const row = oneProcess(process.pid);
  if (row === null) throw new Error('the process table cannot be read');
  const { mandate, ...rest } = session;
  let record: AttendedRecord = {
    ...rest,
    mandates: [mandate],
    launcher: { pid: process.pid, startTime: row.startTime },
    root: null,
    bootId: bootId(),
  };
  const save = (): void => {
    writeDurably(recordPath(dir, record.session), JSON.stringify(record));
  };
  mkdirSync(folder(dir), { recursive: true, mode: 0o700 });
  save();
  return {
    started(root) {
      record = { ...record, root };
      save();
    },
    worksUnder(next) {
      record = { ...record, mandates: [...record.mandates, next] };
      save();
    },
    stopWord: () => stopWord(dir, record.session),
    [Symbol.dispose]() {
      removeAttended(dir, record.session);
    },
  };
}

/** Every session on disk. */
export const loadAttended = (dir: string): readonly AttendedRecord[] =>
  (existsSync(folder(dir)) ? readdirSync(folder(dir)) : [])
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => attendedAt(join(folder(dir), name)) ?? []);

/** One session; null when it is over. */
export const loadOneAttended = (dir: string, session: string): AttendedRecord | null =>
  attendedAt(recordPath(dir, session));

function attendedAt(path: string): AttendedRecord | null {
  try {
    // Written by `openAttended`, whole or not at all, in a directory only this user can write.
    return JSON.parse(readFileSync(path, 'utf8')) as AttendedRecord;
  } catch {
    return null; // it ended between two looks
  }
}

/** Forgets a session that is over. */
export function removeAttended(dir: string, session: string): void {
  rmSync(recordPath(dir, session), { force: true });
  rmSync(wordPath(dir, session), { force: true });
}

/** Leaves word for the session's launcher that it was stopped. Does nothing on a full disk: its launcher then only sees its program killed. */
export function leaveStopWord(dir: string, session: string, word: StopWord): void {
  try {
    writeDurably(wordPath(dir, session), JSON.stringify(word));
  } catch {
    // a stop waits for no disk
  }
}

function stopWord(dir: string, session: string): StopWord | null {
  try {
    // Written by `leaveStopWord`.
    return JSON.parse(readFileSync(wordPath(dir, session), 'utf8')) as StopWord;
  } catch {
    return null; // nobody did
  }
}

/** The processes of a session of this boot of the machine; null where there are none to look for. */
export const attendedTree = (record: AttendedRecord): ProcessTree | null =>
  record.root === null || record.bootId !== bootId() ? null : recordedTree(record.root, record.marker, null);
