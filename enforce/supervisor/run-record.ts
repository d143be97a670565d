/**
 * What the disk knows of a run: enough to end it with the enforcer dead, never its credential. One file per run, written before anything
 * depends on it; a pid counts only with its start time and the boot it was seen in.
 */

import { spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { runWire } from '@writ/protocol';
import type { ProcessIdentity } from './processes.ts';

export type RunWire = ReturnType<typeof runWire.parse>;

export type RunRecord = {
  readonly run: RunWire;
  readonly root: ProcessIdentity | null;
  /** Of the machine. */
  readonly bootId: string;
  readonly marker: string;
  readonly output: string;
  /** Root first. */
  readonly chain: readonly string[];
};

export const runsDir = (dir: string): string => join(dir, 'enforcer', 'runs');

/** Which boot of the machine this is; constant where that cannot be told. */
export function bootId(): string {
  if (process.platform === 'darwin') return (onDarwin ??= bootIdOfDarwin());
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown'; // pid and start time alone
  }
}

let onDarwin: string | undefined;

/** sysctl(8): another at each boot. */
function bootIdOfDarwin(): string {
  const { stdout, status } = spawnSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'unknown';
}

/** Writes `text` to `file` so that either the old or the new content survives a crash. Mode 0600. */
export function writeDurably(file: string, text: string): void {
  const next = `${file}.next`;
  const fd = openSync(next, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(next, file);
}

/** Keeps the record of one run. */
export function saveRecord(dir: string, record: RunRecord): void {
  mkdirSync(runsDir(dir), { recursive: true, mode: 0o700 });
  writeDurably(join(runsDir(dir), `${record.run.id}.json`), JSON.stringify(record));
}

/** Every record on disk; a file that cannot be read is left out, it was never complete. */
export function loadRecords(dir: string): readonly RunRecord[] {
  const records: RunRecord[] = [];
  for (const name of listed(runsDir(dir))) {
    if (!name.endsWith('.json')) continue;
    try {
      // Written by `saveRecord`, in a directory only this user can write.
      records.push(JSON.parse(readFileSync(join(runsDir(dir), name), 'utf8')) as RunRecord);
    } catch {
      continue; // torn: its run never got past being recorded
    }
  }
  return records;
}

function listed(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // nothing was ever recorded
  }
}
