/**
 * Puts the files of a folder back to how they were kept: first a preview of every path, then exactly that.
 *
 * It refuses to write where something stands that was not kept, follows no link, and removes a folder only when it is empty after its own deletions. HEAD, branches and the person's index are
 * not touched: what changed since shows in `git status`, and commits stay where they are.
 */

import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
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

/** What stands in the way of writing each path, in a sentence: something that was not kept, and so is not there to be had back. */
export async function obstacles(
  { path: root }: KeptPlace,
  changes: readonly Difference[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const now = new Map(changes.map((change) => [change.path, change.now]));
  for (const { path, now: before, then } of changes) {
    if (then === null) continue;
    const why = await obstacleAt(root, path, before, now);
    if (why !== null) found.set(path, why);
  }
  return found;
}

async function obstacleAt(
  root: string,
  path: string,
  before: string | null,
  now: ReadonlyMap<string, string | null>,
): Promise<string | null> {
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    const found = await lstat(join(root, parent)).catch(() => null);
    if (found !== null && !found.isDirectory()) return `\`${parent}\` is no folder now`;
  }
  const there = await lstat(join(root, path)).catch(() => null);
  if (there === null) return null;
  if (there.isDirectory())
    return (await readdir(join(root, path))).length === 0 ? null : 'a folder stands there now, with files in it';
  // It is there and is not in what was kept of now: ignored, too large, or no plain file.
  return before === null && !now.get(path) ? 'something stands there now that was not kept' : null;
}

/** Does what `lines` say, with the files of `tree`. */
export async function putBack(place: KeptPlace, tree: string, lines: readonly RewindLine[]): Promise<void> {
  const paths = (...kinds: readonly RewindLine['does'][]): readonly string[] =>
    lines.filter(({ does }) => kinds.includes(does)).map(({ path }) => path);
  for (const path of paths('delete')) await remove(place.path, path);
  const written = paths('write', 'restore');
  if (written.length === 0) return;
  await withScratch(async (dir) => {
    const at = { ...ownPlace(place), indexFile: join(dir, 'index') };
    await ownGit(at, ['read-tree', '--end-of-options', tree]);
    await ownGit(at, ['checkout-index', '-f', '-z', '--stdin'], written.map((path) => `${path}\0`).join(''));
  });
}

async function remove(root: string, path: string): Promise<void> {
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent))
    if ((await lstat(join(root, parent)).catch(() => null))?.isDirectory() !== true) return;
  await unlink(join(root, path)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // an error of the file system has a code
  });
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    const emptied = await rmdir(join(root, parent)).then(
      () => true,
      () => false, // not empty: it stays, and so does what is above it
    );
    if (!emptied) return;
  }
}
