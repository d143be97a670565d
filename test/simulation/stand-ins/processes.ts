/** `enforce/supervisor/processes.ts`: what the simulated operating system shows of its processes, and signals to them. */

import type { ProcessIdentity, ProcessRow } from '../../../enforce/supervisor/processes.ts';
import { processTable } from '../engine/process-table.ts';
import type { Row } from '../engine/process-table.ts';

/** Each leads a session of its own, as whatever Writ starts does. */
const rowOf = ({ pid, startTime, state }: Row): ProcessRow => ({
  ...{ pid, startTime, state },
  ...{ ppid: 1, pgid: pid, sid: pid },
});

export const allProcesses = (): readonly ProcessRow[] => processTable.all().map(rowOf);

export function oneProcess(pid: number): ProcessRow | null {
  const row = processTable.get(pid);
  return row === undefined ? null : rowOf(row);
}

export const someProcesses = (pids: readonly number[]): readonly ProcessRow[] =>
  pids.map(oneProcess).filter((row) => row !== null);

export const isAlive = ({ pid, startTime }: ProcessIdentity): boolean => processTable.get(pid)?.startTime === startTime;

export const isRunning = (): boolean => true;
export const isStopped = (row: ProcessRow): boolean => row.state === 'T';
export const markedWith =
  (marker: string) =>
  (pid: number): boolean =>
    processTable.get(pid)?.marker === marker;
export const startedWith = (): null => null;
export const pidNamespace = (): string | null => null;
export const writesTo = (): boolean => false;
export const signal = (pid: number, name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void => processTable.signal(pid, name);
