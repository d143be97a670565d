/**
 * What `ps` says of processes where there is no `/proc`, read from its text (ps(1) of macOS, the POSIX keywords and `lstart`, and `-E` for environments). Pure.
 *
 * It names no session: BSD kernels show it as a pointer, or as 0 for every process, so that only the group and the descent speak.
 */

import type { ProcessRow } from './process-row.ts';

/** Of every row that `rowsOfPs` reads: without headings, one process a line. */
export const psColumns = 'pid=,ppid=,pgid=,state=,lstart=';

/** With these `ps` writes times as they are read here: the words of C, and the same whatever zone the machine is taken to. */
export const psEnvironment = { LC_ALL: 'C', TZ: 'UTC' } as const;

/** The rows of `ps -o` with `psColumns`; start times in whole seconds since the epoch. */
export function rowsOfPs(text: string): readonly ProcessRow[] {
  return text.split('\n').flatMap((line): readonly ProcessRow[] => {
    const [, pid, ppid, pgid, state = '?', started = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w{3} \w{3} +\d+ [\d:]{8} \d{4})\s*$/.exec(line) ?? [];
    const seconds = Date.parse(`${started} UTC`) / 1_000;
    if (pid === undefined || !Number.isFinite(seconds)) return [];
    return [{ pid: Number(pid), ppid: Number(ppid), pgid: Number(pgid), sid: null, startTime: String(seconds), state }];
  });
}

/** What `ps -E -o pid=,command=` shows of each process: its command, and behind it the environment it was started with, as far as it is this user's. */
export const commandsOfPs = (text: string): ReadonlyMap<number, string> =>
  new Map(
    text.split('\n').flatMap((line): readonly (readonly [number, string])[] => {
      const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid === undefined || command === undefined ? [] : [[Number(pid), command]];
    }),
  );

/** The value of `name` in such a line; null where it is not there. Values of ours hold no spaces. */
export function inCommand(command: string, name: string): string | null {
  const at = ` ${command} `.lastIndexOf(` ${name}=`);
  return at === -1 ? null : (command.slice(at + name.length + 1).split(' ', 1)[0] ?? null);
}
