/** What the operating system of the agents' machine shows of processes that are not runs: a number, who started it, whether it stands still. It knows no clock and no network. */

import type { Machine } from './engine.ts';

export type Row = {
  readonly pid: number;
  readonly startTime: string;
  readonly marker: string;
  /** Whose end is its end; null for what outlives whoever started it. */
  readonly of: Machine | null;
  state: 'S' | 'T';
  /** Told of a signal that reached it; SIGKILL comes after it is gone. */
  readonly onSignal: (name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL') => void;
};

const rows = new Map<number, Row>();
/** Above every process of a real machine: none of these numbers is ever one outside. */
const firstPid = 100_000_000;
let next = firstPid;

export const processTable = {
  reset(): void {
    rows.clear();
    next = firstPid;
  },
  /** A process that has just started. */
  add({ marker, of, onSignal }: Pick<Row, 'marker' | 'of' | 'onSignal'>): Row {
    next += 1;
    const row: Row = { pid: next, startTime: String(next - firstPid), marker, of, state: 'S', onSignal };
    rows.set(row.pid, row);
    return row;
  },
  all: (): readonly Row[] => [...rows.values()],
  get: (pid: number): Row | undefined => rows.get(pid),
  /** It ended by itself. */
  end: (pid: number): void => void rows.delete(pid),
  /** A process of a machine is gone, and what it had started with it. */
  endOf(machine: Machine): void {
    for (const row of [...rows.values()]) if (row.of === machine) rows.delete(row.pid);
  },
  signal(pid: number, name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    const row = rows.get(Math.abs(pid));
    if (row === undefined) return;
    if (name === 'SIGKILL') rows.delete(row.pid);
    else row.state = name === 'SIGSTOP' ? 'T' : 'S';
    row.onSignal(name);
  },
};
