/**
 * Whether this program runs inside a governed run: by its own environment, or by that of a process above it, since an agent can unset a
 * variable but not its ancestors'. A guard against the easy way around, no wall: `writ scope` says what is one. Elsewhere than on Linux only
 * the own environment counts.
 */

import { readFileSync } from 'node:fs';

const variable = 'WRIT_DOOR';

/** The socket of the run around this process; null for a person. */
export function doorOf(env: NodeJS.ProcessEnv): string | null {
  const own = env[variable];
  return own === undefined || own === '' ? (above ??= { door: doorAbove(process.ppid) }).door : own;
}

let above: { readonly door: string | null } | undefined;

function doorAbove(first: number): string | null {
  const seen = new Set<number>();
  for (let pid = first; pid > 1 && !seen.has(pid);) {
    seen.add(pid);
    try {
      const entry = readFileSync(`/proc/${String(pid)}/environ`, 'latin1')
        .split('\0')
        .find((candidate) => candidate.startsWith(`${variable}=`));
      if (entry !== undefined && entry.length > variable.length + 1) return entry.slice(variable.length + 1);
      const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
      // The name in parentheses may hold anything; the parent is the second field after it.
      pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    } catch {
      return null; // not Linux, or a process of somebody else: nothing of ours is above it
    }
  }
  return null;
}
