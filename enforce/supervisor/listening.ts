/**
 * What listens on this machine for Writ's sessions: TCP ports with the process that holds each, and the session that started it. On Linux from `/proc`, in the network of each process; elsewhere
 * from `lsof` (`lsof-table.ts`), as far as it is there.
 *
 * A process belongs to the session whose id is in the environment it was started with. Whoever cleared that is nobody's here, and is not touched.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { ProcessIdentity, ProcessRow } from './processes.ts';
import { listenersOfLsof } from './lsof-table.ts';
import { allProcesses, isAlive, oneProcess, signal, startedWith } from './processes.ts';

export type Listening = ProcessIdentity & {
  readonly port: number;
  readonly address: string;
  /** The name of its program, without arguments: those may hold what is secret. */
  readonly program: string;
  readonly session: string;
  readonly run: string | null;
};

/** Everything that listens and was started in a session, by port. Synchronous. */
export function listening(): readonly Listening[] {
  const rows = allProcesses().filter(({ pid }) => pid !== process.pid);
  const found = process.platform === 'linux' ? rows.flatMap(portsOf) : fromLsof(rows);
  const seen = new Set<string>();
  return found
    .filter(({ pid, port, address }) => {
      const key = `${String(pid)} ${String(port)} ${address}`;
      return !seen.has(key) && seen.add(key) !== undefined;
    })
    .toSorted((a, b) => a.port - b.port || a.pid - b.pid);
}

/** Of one process: its listening sockets, if it was started in a session. */
function portsOf(row: ProcessRow): readonly Listening[] {
  const owner = ownerOf(row.pid);
  if (owner === null) return [];
  const inodes = new Set(socketsOf(row.pid));
  if (inodes.size === 0) return [];
  const { pid, startTime } = row;
  return ['tcp', 'tcp6'].flatMap((table) =>
    quietly(() => readFileSync(`/proc/${String(pid)}/net/${table}`, 'latin1'), '')
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const fields = line.trim().split(/\s+/);
        const [, local = '', , state] = fields;
        // proc(5): 0A is LISTEN.
        if (state !== '0A' || !inodes.has(fields[9] ?? '')) return [];
        const [address = '', port = ''] = local.split(':');
        return [
          {
            pid,
            startTime,
            port: Number.parseInt(port, 16),
            address: addressOf(address),
            program: nameOf(pid),
            ...owner,
          },
        ];
      }),
  );
}

function ownerOf(pid: number): { readonly session: string; readonly run: string | null } | null {
  const value = (name: string): string | null => {
    const found = startedWith(pid, name);
    return found !== null && /^[A-Za-z0-9_.-]{1,128}$/.test(found) ? found : null;
  };
  // A person's own recorded shell is in a session, and is no run.
  const session = value('WRIT_SESSION') ?? value('WRIT_SHELL');
  return session === null ? null : { session, run: value('WRIT_RUN') };
}

function socketsOf(pid: number): readonly string[] {
  const dir = `/proc/${String(pid)}/fd`;
  return quietly(() => readdirSync(dir), []).flatMap((fd) => {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(quietly(() => readlinkSync(`${dir}/${fd}`), '')) ?? [];
    return inode === undefined ? [] : [inode];
  });
}

/** proc(5): words of four bytes in the order of the machine, which is little-endian wherever Node runs. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.every((byte) => byte === 0)) return '*';
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1) return '::1';
  return bytes
    .map((byte, index) => (index % 2 === 0 && index > 0 ? ':' : '') + byte.toString(16).padStart(2, '0'))
    .join('');
}

/** Of its program's file: what a process calls itself is its own to say. */
const nameOf = (pid: number): string =>
  basename(quietly(() => readlinkSync(`/proc/${String(pid)}/exe`), ''))
    .slice(0, 64)
    .toWellFormed();

function fromLsof(rows: readonly ProcessRow[]): readonly Listening[] {
  const text = quietly(
    () => execFileSync('lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpcn'], { encoding: 'utf8', timeout: 5_000 }),
    '',
  );
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  return listenersOfLsof(text).flatMap(({ pid, ...found }) => {
    const row = byPid.get(pid);
    const owner = row === undefined ? null : ownerOf(pid);
    return row === undefined || owner === null ? [] : [{ pid, startTime: row.startTime, ...found, ...owner }];
  });
}

/**
 * Ends exactly this process. INVARIANT: only one that still is the process that was named, and that was started in `session`. Resolves with whether it is gone.
 */
export async function endListening({ pid, startTime }: ProcessIdentity, session: string): Promise<boolean> {
  const row = oneProcess(pid);
  if (row === null || row.startTime !== startTime) return true;
  if (ownerOf(pid)?.session !== session) return false;
  for (const until = performance.now() + endDeadlineMs; performance.now() < until;) {
    signal(pid, 'SIGKILL');
    if (isGone({ pid, startTime })) return true;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return isGone({ pid, startTime });
}

/** Its first thread can be dead while another still holds what it had open. */
const isGone = (process: ProcessIdentity): boolean =>
  !isAlive(process) && quietly(() => readdirSync(`/proc/${String(process.pid)}/task`), []).length <= 1;

const endDeadlineMs = 2_000;

/** Processes vanish between listing and reading: that is an answer, not an error. */
function quietly<T>(read: () => T, instead: T): T {
  try {
    return read();
  } catch {
    return instead;
  }
}
