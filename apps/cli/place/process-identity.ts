/**
 * Whether a process we once started is still that process. A number alone is not enough: numbers are used again. Linux: the start time in
 * `/proc`; elsewhere: what `ps` says of it. Only asks, never signals.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type ProcessIdentity = { readonly pid: number; readonly started: string };

/** When process `pid` started, in the system's own words; null when there is none, or only its remains. */
export function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The name in parentheses may hold anything; fields are counted after its end. Field 3 is the state, 22 the start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    if (process.platform === 'linux') return null;
  }
  try {
    // In the words of C and one zone: what it says of a process must be the same wherever the machine is taken.
    const [, state = 'Z', started = ''] =
      /^\s*(\S+)\s+(.*\S)\s*$/.exec(
        execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
          encoding: 'utf8',
          env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      ) ?? [];
    return state.startsWith('Z') ? null : started;
  } catch {
    return null; // no such process
  }
}

/** The identity of a running process; null when it is gone already. */
export function identify(pid: number): ProcessIdentity | null {
  const started = startOf(pid);
  return started === null ? null : { pid, started };
}

/** Whether exactly that process still runs. */
export const isAlive = ({ pid, started }: ProcessIdentity): boolean => startOf(pid) === started;
