/**
 * Puts the files of a folder back to how they were kept: first a preview of every path, then exactly that.
 *
 * It refuses to write where something stands that was not kept, follows no link, and removes a folder only when it is empty after its own deletions and came with them. HEAD, branches and the person's index are
 * not touched: what changed since shows in `git status`, and commits stay where they are.
 */

import { chmod, lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Difference, RewindLine } from './core/plan-rewind.ts';
import { ownGit } from './git.ts';
import type { KeptPlace } from './keep-files.ts';
import { ownPlace, withScratch } from './keep-files.ts';

/** What differs between two kept trees. */
export async function differences(place: KeptPlace, now: string, then: string): Promise<readonly Difference[]> {
  if (now === then) return [];
  const parts = (
    await ownGit(ownPlace(place), ['diff-tree', '-r', '-z', '--no-renames', '--no-ext-diff', now, then])
  ).split('\0');
  const found: Difference[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [oldMode = '', newMode = '', oldId = '', newId = ''] = (parts[at] ?? '').slice(1).split(' ');
    const path = parts[at + 1] ?? '';
    // A file that only became executable is another one.
    const blob = (mode: string, id: string): string | null => (/^0+$/.test(id) ? null : `${mode} ${id}`);
    found.push({ path, now: blob(oldMode, oldId), then: blob(newMode, newId) });
  }
  return found;
}

/** The folders in a kept tree. */
export async function foldersIn(place: KeptPlace, tree: string): Promise<ReadonlySet<string>> {
  const listed = await ownGit(ownPlace(place), ['ls-tree', '-r', '-d', '-z', '--name-only', '--full-tree', tree]);
  return new Set(listed.split('\0').filter((path) => path !== ''));
}

/** What stands in the way of writing or deleting each path, in a sentence: another repository, or something that was not kept, and so is not there to be had back. `going`: what is deleted before anything is written. */
export async function obstacles(
  { path: root }: KeptPlace,
  changes: readonly Difference[],
  going: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const now = new Map(changes.map((change) => [change.path, change.now]));
  const looked = new Map<string, Promise<boolean>>();
  for (const { path, now: before, then } of changes) {
    const inside = await repositoryAround(root, path, looked);
    const why =
      inside !== null
        ? `it is in the repository \`${inside}\` now`
        : then === null
          ? null
          : await obstacleAt(root, path, { before, now, going });
    if (why !== null) found.set(path, why);
  }
  return found;
}

/** The folder around `path`, below `root`, that is a repository of its own. */
async function repositoryAround(
  root: string,
  path: string,
  looked: Map<string, Promise<boolean>>,
): Promise<string | null> {
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    const isOne =
      looked.get(parent) ??
      lstat(join(root, parent, '.git')).then(
        () => true,
        () => false,
      );
    looked.set(parent, isOne);
    if (await isOne) return parent;
  }
  return null;
}

type Standing = {
  readonly before: string | null;
  readonly now: ReadonlyMap<string, string | null>;
  readonly going: ReadonlySet<string>;
};

async function obstacleAt(root: string, path: string, { before, now, going }: Standing): Promise<string | null> {
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    const found = await lstat(join(root, parent)).catch(() => null);
    if (found !== null && !found.isDirectory()) return going.has(parent) ? null : `\`${parent}\` is no folder now`;
  }
  const there = await lstat(join(root, path)).catch(() => null);
  if (there === null) return null;
  if (there.isDirectory())
    return (await isGoing(root, path, going)) ? null : 'a folder stands there now, with files in it';
  // It is there and is not in what was kept of now: ignored, too large, or no plain file.
  return before === null && !now.get(path) ? 'something stands there now that was not kept' : null;
}

/** Whether nothing is left of a folder once everything of `going` is deleted. */
async function isGoing(root: string, folder: string, going: ReadonlySet<string>): Promise<boolean> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    // An empty folder inside is nobody's to delete.
    const goes = entry.isDirectory()
      ? (await readdir(join(root, path))).length > 0 && (await isGoing(root, path, going))
      : going.has(path);
    if (!goes) return false;
  }
  return true;
}

/** Does what `lines` say, with the files of `tree`. `mayRemove`: whether a folder that is empty afterwards goes too. */
export async function putBack(
  place: KeptPlace,
  tree: string,
  lines: readonly RewindLine[],
  mayRemove: (folder: string) => boolean,
): Promise<void> {
  const paths = (...kinds: readonly RewindLine['does'][]): readonly string[] =>
    lines.filter(({ does }) => kinds.includes(does)).map(({ path }) => path);
  for (const path of paths('delete')) await remove(place.path, path, mayRemove);
  const written = paths('write', 'restore');
  if (written.length === 0) return;
  await withScratch(async (dir) => {
    const at = { ...ownPlace(place), indexFile: join(dir, 'index') };
    await ownGit(at, ['read-tree', '--end-of-options', tree]);
    const modes = await modesOf(place, paths('write'));
    await ownGit(at, ['checkout-index', '-f', '-z', '--stdin'], written.map((path) => `${path}\0`).join(''));
    for (const [path, mode] of modes) await keepClosed(join(place.path, path), mode);
  });
}

/** Who may read and write the plain files among `paths`: Git knows of their modes whether they can be executed, and nothing else. */
async function modesOf({ path: root }: KeptPlace, paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const modes = new Map<string, number>();
  for (const path of paths) {
    const found = await lstat(join(root, path)).catch(() => null);
    if (found?.isFile() === true) modes.set(path, found.mode);
  }
  return modes;
}

/** INVARIANT: nobody may read or write a file that was put back who could not before. */
async function keepClosed(path: string, before: number): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found?.isFile() !== true) return;
  const readers = before & 0o666;
  // Whoever may read it may execute it, as Git has it.
  const executors = (found.mode & 0o111) === 0 ? 0 : (readers & 0o444) >> 2;
  await chmod(path, readers | executors);
}

async function remove(root: string, path: string, mayRemove: (folder: string) => boolean): Promise<void> {
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent))
    if ((await lstat(join(root, parent)).catch(() => null))?.isDirectory() !== true) return;
  await unlink(join(root, path)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // an error of the file system has a code
  });
  for (let parent = dirname(path); parent !== '.' && mayRemove(parent); parent = dirname(parent)) {
    const emptied = await rmdir(join(root, parent)).then(
      () => true,
      () => false, // not empty: it stays, and so does what is above it
    );
    if (!emptied) return;
  }
}
