/** Processes of this machine, read from /proc: the operating system's word, not ours. */

import { readFileSync, readdirSync } from 'node:fs';

const text = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it ended meanwhile, or is not ours to read
  }
};

/** Pids of live processes whose command line contains `needle`; sandboxes around them included. */
export const processesWith = (needle: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        text(`/proc/${String(pid)}/cmdline`).includes(needle) &&
        !/^State:\s+Z/m.test(text(`/proc/${String(pid)}/status`)),
    );

/** Signals a process; one that has ended meanwhile needs no signal. */
export function tell(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
