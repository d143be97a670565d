/** The processes of a world, as the kernel shows them, and sleep as a machine's. */

import { dirname } from 'node:path';
import type { Process } from '../../kit/processes/process-table.ts';
import { processesNow, standsStill } from '../../kit/processes/process-table.ts';
import type { World } from './world.ts';

/** Of `all`, those of `world` whose command line contains `needle`; sandboxes around them included, other worlds' not. */
function ofWorld(world: World, needle: string, all: readonly Process[]): readonly Process[] {
  const root = dirname(world.home);
  return all.filter(({ line, place }) => line.includes(needle) && (line.includes(root) || place.startsWith(root)));
}

/** Pids of live ones. */
export const processesWith = (world: World, needle: string): readonly number[] =>
  ofWorld(world, needle, processesNow()).map(({ pid }) => pid);

/** Whether there are such processes, and each stands still as the kernel has it. */
export function allStopped(world: World, needle: string): boolean {
  const all = processesNow();
  const found = ofWorld(world, needle, all);
  return found.length > 0 && found.every((one) => standsStill(one, all));
}

/** Stops processes as a machine that falls asleep does, but none that stands still already. The answer wakes exactly these, the first one last. */
export function putToSleep(pids: readonly number[]): () => void {
  const all = processesNow();
  const asleep = pids.filter((pid) => !all.some((one) => one.pid === pid && standsStill(one, all)));
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
