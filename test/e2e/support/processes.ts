/** Processes of this machine, read from /proc: the operating system's word, not ours. */

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { World } from './world.ts';

const text = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it ended meanwhile, or is not ours to read
  }
};

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // it ended meanwhile, or is not ours to read
  }
};

/** Pids of live processes of `world` whose command line contains `needle`; sandboxes around them included, other worlds' not. */
export function processesWith(world: World, needle: string): readonly number[] {
  const root = dirname(world.home);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const line = text(`/proc/${pid}/cmdline`);
      return line.includes(needle) && (line.includes(root) || linkOf(`/proc/${pid}/cwd`).startsWith(root));
    })
    .filter((pid) => !/^State:\s+Z/m.test(text(`/proc/${pid}/status`)))
    .map(Number);
}

const stateOf = (pid: string): string => /^State:\s+(\S)/m.exec(text(`/proc/${pid}/status`))?.[1] ?? '';

/** Whether it is stopped, or held inside the kernel by a child that is: after vfork(2), by which shells start every command, a parent waits there for its child's exec. */
const standsStill = (pid: number): boolean => {
  const children = (): readonly string[] => text(`/proc/${String(pid)}/task/${String(pid)}/children`).split(' ');
  const state = stateOf(String(pid));
  return state === 'T' || (state === 'D' && children().some((child) => stateOf(child) === 'T'));
};

/** Whether there are such processes, and each stands still as the kernel has it. */
export function allStopped(world: World, needle: string): boolean {
  const pids = processesWith(world, needle);
  return pids.length > 0 && pids.every(standsStill);
}

/** Stops processes as a machine that falls asleep does, but none that stands still already. The answer wakes exactly these, the first one last. */
export function putToSleep(pids: readonly number[]): () => void {
  const asleep = pids.filter((pid) => !standsStill(pid));
  for (const pid of asleep) tell(pid, 'SIGSTOP');
  return () => {
    for (const pid of [...asleep].reverse()) tell(pid, 'SIGCONT');
  };
}

/** Signals a process; one that has ended meanwhile needs no signal. */
export function tell(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
