/**
 * One run's processes: found, frozen, thawed and killed.
 *
 * A process belongs when it is in the group, session or pid namespace of one that belongs, descends from one, carries the run's marker
 * in its environment, or writes to the run's output. That finds a double fork that left its session. What left every one of these
 * between two sweeps is not found: that is why only a pid namespace of its own bounds all there is.
 */

import { uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity, ProcessRow } from './processes.ts';
import {
  allProcesses,
  isRunning,
  isStopped,
  markedWith,
  oneProcess,
  pidNamespace,
  signal,
  someProcesses,
  writesTo,
} from './processes.ts';

export type ProcessTree = {
  readonly root: ProcessIdentity;
  /** `NAME=value`, in the environment of everything the run starts. */
  readonly marker: string;
  /** The file the run's output goes to, as the kernel names it. */
  readonly output: string | null;
  /** What was there at the last sweep, whatever has left its parents since: pid to start time. */
  readonly seen: Map<number, string>;
  /** The process in whose session and group the root was started: neither belongs to it. */
  readonly startedBy: number;
};

/** A tree whose root was just started, by this process where no other is named. Null when it is already gone. */
export function treeOf(pid: number, marker: string, output: string | null, startedBy?: number): ProcessTree | null {
  const row = oneProcess(pid);
  return row === null ? null : recordedTree({ pid, startTime: row.startTime }, marker, output, startedBy);
}

/** A tree known from a record on disk, whatever is left of it. */
export const recordedTree = (
  root: ProcessIdentity,
  marker: string,
  output: string | null,
  startedBy: number = process.pid,
): ProcessTree => ({
  root,
  marker,
  output,
  seen: new Map([[root.pid, root.startTime]]),
  startedBy,
});

/** The processes of the tree that can run code now, stopped ones included. Also remembers them. */
export function members(tree: ProcessTree): readonly ProcessRow[] {
  const all = allProcesses();
  const ownOnes = [process.pid, tree.startedBy];
  const selves = all.filter(({ pid }) => ownOnes.includes(pid));
  const others = all.filter(({ pid }) => !ownOnes.includes(pid) && pid > 1);
  const isMarked = markedWith(tree.marker);
  const inside = kinOf(tree, others, {
    own: selves.flatMap(({ sid, pgid }) => [sid ?? pgid, pgid]),
    here: pidNamespace(process.pid),
    namespaceOf: pidNamespace,
    isMarked: ({ pid }) => isMarked(pid) || (tree.output !== null && writesTo(pid, tree.output)),
  });
  for (const row of inside) tree.seen.set(row.pid, row.startTime);
  return inside.filter(isRunning);
}

/** What is known of processes beside their rows. */
export type Seen = {
  /** Session and group of who looks: they never belong to a run, whoever was started in them. */
  readonly own: readonly number[];
  /** The pid namespace of who looks. */
  readonly here: string | null;
  readonly namespaceOf: (pid: number) => string | null;
  /** Whether it carries the run's marker, or writes to its output. */
  readonly isMarked: (row: ProcessRow) => boolean;
};

/** Which of `rows` belong to the tree. Ends nothing and remembers nothing. */
export function kinOf(
  { root, seen }: Pick<ProcessTree, 'root' | 'seen'>,
  rows: readonly ProcessRow[],
  { own: ownOnes, here, namespaceOf, isMarked }: Seen,
): readonly ProcessRow[] {
  const inside = new Map<number, ProcessRow>();
  const namespaces = new Set<string>();
  const sessions = new Set<number>();

  const admit = (row: ProcessRow): void => {
    inside.set(row.pid, row);
    sessions.add(row.pgid);
    if (row.sid !== null) sessions.add(row.sid);
    const namespace = namespaceOf(row.pid);
    if (namespace !== null && namespace !== here) namespaces.add(namespace);
  };
  for (const row of rows) if (seen.get(row.pid) === row.startTime) admit(row);
  if (inside.has(root.pid) || !rows.some((row) => row.pid === root.pid)) sessions.add(root.pid);
  // INVARIANT: 0 is no session and no group: the kernel shows it for every process whose leader is outside this pid namespace, whoever started it.
  const own = new Set([0, ...ownOnes]);
  for (const session of own) sessions.delete(session);

  const notOlder = rows.filter((row) => !isOlder(row, root));
  for (const row of notOlder) if (!inside.has(row.pid) && isMarked(row)) admit(row);
  for (let found = -1; found !== inside.size;) {
    found = inside.size;
    for (const row of notOlder) {
      if (inside.has(row.pid) || own.has(row.sid ?? row.pgid)) continue;
      const isKin =
        inside.has(row.ppid) ||
        (row.sid !== null && sessions.has(row.sid)) ||
        (row.pgid !== 0 && sessions.has(row.pgid));
      if (isKin || (namespaces.size > 0 && namespaces.has(namespaceOf(row.pid) ?? ''))) admit(row);
    }
  }
  return [...inside.values()];
}

/** Start times are ticks since boot on Linux, and seconds elsewhere, where nothing of the same second is called older. */
function isOlder(row: ProcessRow, root: ProcessIdentity): boolean {
  const [mine, its] = [Number(row.startTime), Number(root.startTime)];
  return Number.isFinite(mine) && Number.isFinite(its) && mine < its;
}

/** Stops what is known of the tree where it stands, without a look through the machine for the rest: that comes after, by `freeze`. Synchronous. */
export function halt({ seen, root }: ProcessTree): void {
  for (const { pid, pgid, startTime } of someProcesses([...seen.keys()])) {
    if (seen.get(pid) !== startTime) continue;
    // The group that it leads has whatever it started since, and nobody else's.
    signal(pid === root.pid && pgid === pid ? -pid : pid, 'SIGSTOP');
  }
}

/** Stops every process where it stands, what is known of it first, until a sweep finds none that was not told yet. Synchronous. Returns how many it holds. */
export function freeze(tree: ProcessTree): number {
  halt(tree);
  const told = new Map<number, string>();
  for (let round = 0; round < 100; round += 1) {
    const fresh = members(tree).filter((row) => told.get(row.pid) !== row.startTime);
    if (fresh.length === 0) break;
    for (const row of fresh) {
      signal(row.pid, 'SIGSTOP');
      told.set(row.pid, row.startTime);
    }
  }
  return told.size;
}

/**
 * Stopped, or held inside the kernel by a child that is: after vfork(2) a parent waits there for its child's exec, and is only then stopped by the
 * signal it has been sent. Shells start every command that way.
 */
const standsStill = (row: ProcessRow, rows: readonly ProcessRow[]): boolean =>
  isStopped(row) || (/^[DU]/.test(row.state) && rows.some((child) => child.ppid === row.pid && isStopped(child)));

/** Waits until the kernel reports every process of the tree standing still. Returns those that are not after `deadlineMs`. */
export async function verifyFrozen(tree: ProcessTree, deadlineMs: number): Promise<readonly number[]> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    const rows = members(tree);
    const moving = rows.filter((row) => !standsStill(row, rows));
    if (moving.length === 0 || performance.now() >= until) return moving.map((row) => row.pid);
    for (const row of moving) signal(row.pid, 'SIGSTOP');
    await sleep(2);
  }
}

/** Lets every process go on. The outermost comes last, so that nobody is seen stopped by a parent that already waits. */
export function thaw(tree: ProcessTree): void {
  for (const row of [...members(tree)].reverse()) signal(row.pid, 'SIGCONT');
}

/** Freezes, kills, and looks again until none is left or `deadlineMs` passed. Returns the survivors' pids: normally none. */
export async function kill(tree: ProcessTree, deadlineMs: number): Promise<readonly number[]> {
  const until = performance.now() + deadlineMs;
  freeze(tree);
  for (;;) {
    const left = members(tree);
    if (left.length === 0) return [];
    for (const row of left) signal(row.pid, 'SIGKILL');
    if (performance.now() >= until) return left.map((row) => row.pid);
    await sleep(3);
  }
}

/** Now, as start times of processes count: ticks since the machine was started. Null where they are too coarse to tell what came after a call. */
export const ticksNow = (): number | null =>
  process.platform === 'linux' ? Math.floor(uptime() * ticksInASecond) : null;

/** USER_HZ of proc(5): the kernel shows a hundred on every machine Node runs on. */
const ticksInASecond = 100;

/**
 * Ends what was started in the tree since `ticks`, and nothing older: freezes, kills, and looks again until none is left or `deadlineMs` passed. Returns
 * the survivors' pids: normally none.
 */
export async function killSince(tree: ProcessTree, ticks: number, deadlineMs: number): Promise<readonly number[]> {
  const until = performance.now() + deadlineMs;
  const since = (): readonly ProcessRow[] =>
    members(tree).filter((row) => row.pid !== tree.root.pid && Number(row.startTime) >= ticks);
  for (;;) {
    const left = since();
    if (left.length === 0) return [];
    for (const row of left) signal(row.pid, 'SIGSTOP');
    for (const row of left) signal(row.pid, 'SIGKILL');
    if (performance.now() >= until) return left.map((row) => row.pid);
    await sleep(3);
  }
}
