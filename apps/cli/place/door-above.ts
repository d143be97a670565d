/**
 * Whether this program runs inside a governed run: by its own environment, or by that of a process above it, since an agent can unset a
 * variable but not its ancestors'. A guard against the easy way around, no wall: `writ scope` says what is one. Without `/proc` one look of `ps` shows the
 * environments, but for those of the system's own programs, which macOS keeps to itself.
 */

import { existsSync, readFileSync } from 'node:fs';

const variable = 'WRIT_DOOR';

/** The socket of the run around the process that `parent` started, which is this one where nothing else is said; null for a person. */
export function doorOf(env: NodeJS.ProcessEnv, parent: number = process.ppid): string | null {
  const own = env[variable];
  if (own !== undefined && own !== '') return own;
  if (above?.parent !== parent) above = { parent, door: doorAbove(parent) };
  return above.door;
}

let above: { readonly parent: number; readonly door: string | null } | undefined;

type Seen = { readonly parent: number; readonly door: string | null };

function doorAbove(first: number): string | null {
  const seenAt = existsSync('/proc/self/stat') ? inProc : inTable(tableOfPs());
  const seen = new Set<number>();
  for (let pid = first; pid > 1 && !seen.has(pid);) {
    seen.add(pid);
    const found = seenAt(pid);
    if (found === null) return null; // a process of somebody else: nothing of ours is above it
    if (found.door !== null && found.door !== '') return found.door;
    pid = found.parent;
  }
  return null;
}

function inProc(pid: number): Seen | null {
  try {
    const entry = readFileSync(`/proc/${String(pid)}/environ`, 'latin1')
      .split('\0')
      .find((candidate) => candidate.startsWith(`${variable}=`));
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    // The name in parentheses may hold anything; the parent is the second field after it.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return { parent, door: entry?.slice(variable.length + 1) ?? null };
  } catch {
    return null;
  }
}

/** ps(1) of BSD: `-E` shows behind each command of one's own the environment it was started with. */
function tableOfPs(): string {
  // Loaded here: every command asks for the door, and on Linux none of them needs this.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { stdout, error } = spawnSync('ps', ['-A', '-ww', '-E', '-o', 'pid=,ppid=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return error === undefined ? stdout : '';
}

/** The same from such a table. */
export function inTable(table: string): (pid: number) => Seen | null {
  const rows = new Map(
    table.split('\n').flatMap((line): readonly (readonly [number, Seen])[] => {
      const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(line) ?? [];
      // The environment stands last.
      const [, door = null] = /.*\sWRIT_DOOR=(\S+)/.exec(command) ?? [];
      return pid === undefined ? [] : [[Number(pid), { parent: Number(parent), door }]];
    }),
  );
  return (pid) => rows.get(pid) ?? null;
}
