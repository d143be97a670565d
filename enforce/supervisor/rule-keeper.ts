/**
 * Keeps files that govern an agent as they were while it runs: what it writes there is taken away, put back as it was, and told.
 *
 * Between two looks a change stands; at the last one, with no process of the run left, nothing does. It follows no link on its way and never
 * names a path twice: each step is from a directory it holds open (openat(2), by way of /proc/self/fd), because the agent may be at work in the
 * same place. A write that leaves no trace within the file system's clock is found at the last look, by content.
 */

import type { BigIntStats } from 'node:fs';
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';

export type Kept = {
  /** The directory that holds them. */
  readonly root: string;
  /** A directory nobody else writes, with the same names as they should be. */
  readonly pristine: string;
  /** Files and directories below `root`; null for everything in it. */
  readonly names: readonly string[] | null;
  /** The resource that a path below `root` is. */
  readonly resource: (path: string) => string;
};

export interface RuleKeeper {
  /** The resources written since the last look; they are as they were again. Costs an lstat a file when there are none. Never throws. */
  look(): readonly string[];
  /** The last look: by content, whatever the clocks say. */
  settle(): readonly string[];
}

/** Entries looked at cheaply; beyond, a change is found by the last look. */
const mostStamps = 2_000;
/** An agent that writes on while it is put back is met again at the next look. */
const mostPasses = 4;
const mostNamed = 16;
const asDirectory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

type Stamp = { readonly mark: string; readonly resource: string };

/** Keeps what is in `kept`. `taken` is an empty directory on the same file system, for what was taken away. */
export function keepRules(kept: readonly Kept[], taken: string): RuleKeeper {
  let stamps = stampsOf(kept);
  let count = 0;
  const take = (path: string): void => {
    renameSync(path, join(taken, String((count += 1))));
  };

  function putBack(): readonly string[] {
    const found = new Set<string>();
    for (let pass = 0; pass < mostPasses; pass += 1) {
      // Before it is compared: what is written afterwards has another stamp.
      const before = stampsOf(kept);
      const differing = kept.flatMap((one) => compare(one, take));
      for (const resource of differing) found.add(resource);
      stamps = before;
      if (differing.length === 0) break;
    }
    return [...found];
  }

  return {
    look() {
      const moved = [...stamps].filter(([path, { mark }]) => markOf(path) !== mark).map(([, { resource }]) => resource);
      if (moved.length === 0) return [];
      const found = putBack();
      // Written and put back by the agent itself: there is nothing to undo, and it was tried all the same.
      const passing = moved.filter((resource) => !found.some((other) => other.startsWith(resource)));
      return [...found, ...passing];
    },
    settle: putBack,
  };
}

function stampsOf(kept: readonly Kept[]): Map<string, Stamp> {
  const stamps = new Map<string, Stamp>();
  const walk = (path: string, name: string, resource: Kept['resource']): void => {
    if (stamps.size >= mostStamps) return;
    stamps.set(path, { mark: markOf(path), resource: resource(name) });
    if (statOf(path)?.isDirectory() !== true) return;
    for (const entry of entriesOf(path)) walk(join(path, entry), name === '' ? entry : `${name}/${entry}`, resource);
  };
  for (const { root, names, resource } of kept)
    for (const name of names ?? ['']) walk(join(root, name), name, resource);
  return stamps;
}

/** Changes with every write to the file, or to the directory's list: ctime cannot be set. */
function markOf(path: string): string {
  const stat = statOf(path);
  return stat === undefined ? '' : [stat.ino, stat.ctimeNs, stat.size, stat.mode].join(' ');
}

/** Makes one kept place as it should be. The resources that were not, at most `mostNamed`. */
function compare({ root, pristine, names, resource }: Kept, take: (path: string) => void): readonly string[] {
  const differing: string[] = [];
  const found = (path: string): void => {
    if (differing.length < mostNamed) differing.push(resource(path));
  };
  inside(root, (at) => {
    for (const name of names ?? both(at, pristine)) step({ at, pristine, path: '' }, name.split('/'), { take, found });
  });
  return differing;
}

type Here = { readonly at: string; readonly pristine: string; readonly path: string };
type Hands = { readonly take: (path: string) => void; readonly found: (path: string) => void };

function step(here: Here, [name = '', ...rest]: readonly string[], hands: Hands): void {
  const next = below(here, name);
  try {
    if (rest.length === 0) {
      makeSame(next, hands);
      return;
    }
    const [there, should] = [statOf(next.at), statOf(next.pristine)];
    if (there?.isDirectory() !== true) {
      // A link would lead the harness to settings somewhere else.
      if (there !== undefined && (should !== undefined || there.isSymbolicLink())) {
        hands.found(next.path);
        hands.take(next.at);
      }
      if (should === undefined) return;
      mkdirSync(next.at);
    }
    inside(next.at, (at) => {
      step({ ...next, at }, rest, hands);
    });
  } catch {
    // The agent was at it in the same moment: the stamps differ, and the next look tries again.
  }
}

const below = ({ at, pristine, path }: Here, name: string): Here => ({
  at: join(at, name),
  pristine: join(pristine, name),
  path: path === '' ? name : `${path}/${name}`,
});

function makeSame(here: Here, hands: Hands): void {
  const [there, should] = [statOf(here.at), statOf(here.pristine)];
  if (there === undefined && should === undefined) return;
  if (there?.isDirectory() === true && should?.isDirectory() === true) {
    const entered = inside(here.at, (at) => {
      for (const name of both(at, here.pristine)) makeSame(below({ ...here, at }, name), hands);
    });
    if (entered) return;
  } else if (there !== undefined && should !== undefined && isSame(here, there, should)) return;
  for (const path of filesIn(here.at, here.path)) hands.found(path);
  if (there !== undefined) hands.take(here.at);
  if (should !== undefined) copy(here.pristine, here.at);
}

function isSame({ at, pristine }: Here, there: BigIntStats, should: BigIntStats): boolean {
  if (there.isSymbolicLink() && should.isSymbolicLink()) return readlinkSync(at) === readlinkSync(pristine);
  if (!there.isFile() || !should.isFile() || there.size !== should.size || there.mode !== should.mode) return false;
  // Not blocking: it may have become a pipe meanwhile.
  const fd = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return fstatSync(fd, { bigint: true }).size === should.size && readFileSync(fd).equals(readFileSync(pristine));
  } finally {
    closeSync(fd);
  }
}

function copy(from: string, to: string): void {
  const stat = lstatSync(from);
  if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else if (stat.isFile()) copyFileSync(from, to, constants.COPYFILE_EXCL);
  else if (stat.isDirectory()) {
    mkdirSync(to);
    inside(to, (at) => {
      for (const name of readdirSync(from)) copy(join(from, name), join(at, name));
    });
  }
}

/** What is at a path, file by file; the path itself when it is no directory, or an empty one. */
function filesIn(at: string, path: string): readonly string[] {
  const files: string[] = [];
  inside(at, (within) => {
    for (const name of readdirSync(within)) {
      if (files.length >= mostNamed) return;
      files.push(...filesIn(join(within, name), `${path}/${name}`));
    }
  });
  return files.length === 0 ? [path] : files;
}

/** Calls `act` with a path that leads to the directory at `path` whatever is put in its place; false when none is there. */
function inside(path: string, act: (at: string) => void): boolean {
  let fd: number;
  try {
    fd = openSync(path, asDirectory);
  } catch {
    return false; // missing, a link, or no directory
  }
  try {
    act(`/proc/self/fd/${String(fd)}`);
    return true;
  } finally {
    closeSync(fd);
  }
}

const both = (at: string, pristine: string): readonly string[] => [
  ...new Set([...entriesOf(at), ...entriesOf(pristine)]),
];

const statOf = (path: string): BigIntStats | undefined => {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined; // something on the way is no directory
  }
};

function entriesOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // gone meanwhile, or never there
  }
}
