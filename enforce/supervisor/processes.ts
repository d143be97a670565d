/**
 * What the operating system says about its processes, read in one synchronous sweep: `/proc` on Linux, `ps` elsewhere (`ps-table.ts`), which shows neither sessions nor
 * what a process has open.
 *
 * A pid alone names nothing: it is always compared together with the start time.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { ProcessRow } from './process-row.ts';
import { commandsOfPs, inCommand, psColumns, psEnvironment, rowsOfPs } from './ps-table.ts';

export type { ProcessRow };

export type ProcessIdentity = { readonly pid: number; readonly startTime: string };

const hasProc = existsSync('/proc/self/stat');

/** Every process that can be seen from here. */
export const allProcesses = (): readonly ProcessRow[] => (hasProc ? fromProc() : fromPs(['-A']));

/** One process, or null when there is none with that pid. */
export function oneProcess(pid: number): ProcessRow | null {
  return hasProc ? procRow(String(pid)) : (fromPs(['-p', String(pid)])[0] ?? null);
}

/** Those of `pids` that exist. */
export const someProcesses = (pids: readonly number[]): readonly ProcessRow[] =>
  hasProc ? pids.map((pid) => procRow(String(pid))).filter((row) => row !== null) : fromPs(['-p', pids.join(',')]);

/** Whether exactly this process still exists and is not a zombie. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const row = oneProcess(pid);
  return row !== null && row.startTime === startTime && isRunning(row);
}

/** Zombies and the dead run no code; everything else could. */
export const isRunning = (row: ProcessRow): boolean => !/^[ZX]/.test(row.state);
export const isStopped = (row: ProcessRow): boolean => /^[Tt]/.test(row.state);

/** Of one look: whether the environment a process was started with holds `NAME=value`. False where that cannot be read. */
export function markedWith(marker: string): (pid: number) => boolean {
  if (hasProc)
    return (pid) => {
      const environ = quietly(() => readFileSync(`/proc/${String(pid)}/environ`, 'latin1'));
      return environ !== null && `\0${environ}`.includes(`\0${marker}\0`);
    };
  const [name = '', value = ''] = marker.split('=');
  const commands = psCommands(['-A']);
  return (pid) => inCommand(commands.get(pid) ?? '', name) === value;
}

/** Of one process, the value of a variable it was started with; null where it has none, or that cannot be read. */
export function startedWith(pid: number, name: string): string | null {
  if (!hasProc) return inCommand(psCommands(['-p', String(pid)]).get(pid) ?? '', name);
  const environ = quietly(() => readFileSync(`/proc/${String(pid)}/environ`, 'latin1'));
  const found = environ?.split('\0').find((entry) => entry.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? null;
}

/** The pid namespace a process lives in, or null where there is none to see. */
export const pidNamespace = (pid: number): string | null =>
  hasProc ? quietly(() => readlinkSync(`/proc/${String(pid)}/ns/pid`)) : null;

/** Whether the process has `file` open as one of its standard streams. */
export const writesTo = (pid: number, file: string): boolean =>
  hasProc && ['1', '2'].some((fd) => quietly(() => readlinkSync(`/proc/${String(pid)}/fd/${fd}`)) === file);

/** Sends a signal to a process, or to a whole group by its number made negative; one that is gone, or not ours, is not an error here: the next sweep tells. */
export function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
  quietly(() => process.kill(pid, name));
}

function fromProc(): readonly ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const row = procRow(name);
    if (row !== null) rows.push(row);
  }
  return rows;
}

/** proc(5): fields after the command name, which is in parentheses and may hold anything. */
function procRow(pid: string): ProcessRow | null {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ppid, pgid, sid] = fields;
  const startTime = fields[19];
  if (state === undefined || startTime === undefined) return null;
  return { pid: Number(pid), ppid: Number(ppid), pgid: Number(pgid), sid: Number(sid), startTime, state };
}

const fromPs = (select: readonly string[]): readonly ProcessRow[] => rowsOfPs(ps([...select, '-o', psColumns]));

/** `-E`: with the environment, of one's own processes. */
const psCommands = (select: readonly string[]): ReadonlyMap<number, string> =>
  commandsOfPs(ps([...select, '-ww', '-E', '-o', 'pid=,command=']));

const ps = (args: readonly string[]): string =>
  quietly(() =>
    execFileSync('ps', args, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...psEnvironment },
      // What a full table with its environments takes, and more.
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) ?? '';

/** Processes vanish between listing and reading: that is an answer, not an error. */
function quietly<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
