/** For tests: processes of this machine, read from /proc: the operating system's word, not ours. It signals nobody. */

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** `line`: its arguments, each with a NUL behind it. `place`: the folder it is in. Both are empty where they cannot be read. */
export type Process = {
  readonly pid: number;
  readonly ppid: number;
  readonly state: string;
  readonly line: string;
  readonly place: string;
};

/** What can be read; nothing of a process that ended meanwhile, or is not ours to read. */
function read(what: () => string): string {
  try {
    return what();
  } catch {
    return '';
  }
}

/** All that are not over: zombies and the dead run no code. */
export function processesNow(): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      // `pid (name) state ppid …`, and a name may have parentheses of its own.
      const stat = read(() => readFileSync(`/proc/${name}/stat`, 'utf8'));
      const [state = 'X', ppid = '0'] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return {
        pid: Number(name),
        ppid: Number(ppid),
        state: stat === '' ? 'X' : state,
        line: read(() => readFileSync(`/proc/${name}/cmdline`, 'utf8')),
        place: read(() => readlinkSync(`/proc/${name}/cwd`)),
      };
    })
    .filter(({ state }) => !/^[XZ]/.test(state));
}

const isStopped = ({ state }: Process): boolean => state.startsWith('T');

/**
 * Whether it is stopped, or held inside the kernel by a child that is: after vfork(2) a parent waits there for its child's exec, and no signal stops it before. Shells start every command that way, so
 * of a loop that starts one after the other this is met now and then, and more often where the machine has much to do.
 */
export const standsStill = (one: Process, all: readonly Process[]): boolean =>
  isStopped(one) || (one.state.startsWith('D') && all.some((child) => child.ppid === one.pid && isStopped(child)));
