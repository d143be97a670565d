/**
 * One worktree per task: made, verified, committed and looked at by the harness. The agent owns the files in it and nothing else; what it did is
 * committed with plumbing that looks into no nested repository and runs no filter.
 */

import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { GitPlace } from './git.ts';
import { git, gitOrThrow } from './git.ts';
import type { Repository } from './repository.ts';

export type Worktree = {
  readonly repository: Repository;
  /** Absolute, without links. */
  readonly path: string;
  readonly branch: string;
  /** Its directory inside the repository, by name. */
  readonly gitDir: string;
};

/** The worktree that `addWorktree` makes or made at `path`. */
export async function worktreeAt(repository: Repository, path: string, branch: string): Promise<Worktree | null> {
  try {
    const real = await realpath(path);
    const gitDir = join(repository.gitDir, 'worktrees', nameFor(path));
    // Both directions, and never by what the worktree says of itself.
    const back = (await readFile(join(gitDir, 'gitdir'), 'utf8')).trim();
    if ((await realpath(dirname(back))) !== real || !(await lstat(real)).isDirectory()) return null;
    return { repository, path: real, branch, gitDir };
  } catch {
    return null; // not there, or not all of it
  }
}

/** Makes a worktree on a new branch at `commit`, or on the branch as it is where it exists already. Rejects when Git refuses. */
export async function addWorktree(repository: Repository, path: string, branch: string, commit: string): Promise<Worktree> {
  const existing = await worktreeAt(repository, path, branch);
  if (existing !== null) return existing;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const place = { gitDir: repository.gitDir };
  const known = (await git(place, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`])).code === 0;
  await gitOrThrow(place, ['worktree', 'prune']);
  await gitOrThrow(place, known ? ['worktree', 'add', '--quiet', path, branch] : ['worktree', 'add', '--quiet', '-b', branch, path, commit]);
  const made = await worktreeAt(repository, path, branch);
  if (made === null) throw new Error(`the worktree at \`${path}\` is not where it was made`);
  return made;
}

/** Git names a worktree's directory after the last part of its path, so that part is unique by a digest of the whole. */
export const worktreePath = (dir: string, mission: string, task: string): string =>
  join(dir, mission, `${task}-${createHash('sha256').update(`${mission}/${task}`).digest('hex').slice(0, 10)}`);

const nameFor = (path: string): string => basename(path);

const placeOf = ({ gitDir, path }: Worktree): GitPlace => ({ gitDir, workTree: path });

export type Snapshot = { readonly commit: string; readonly tree: string; readonly changed: readonly string[] };

/** Commits everything in the worktree on its branch; the newest commit as it is when nothing changed. */
export async function commitWorktree(worktree: Worktree, message: string): Promise<Snapshot> {
  const place = placeOf(worktree);
  const head = (await gitOrThrow(place, ['rev-parse', 'HEAD^{commit}'])).trim();
  const before = (await gitOrThrow(place, ['rev-parse', 'HEAD^{tree}'])).trim();
  await gitOrThrow(place, ['read-tree', 'HEAD']);
  const changed = await changedPaths(worktree);
  await gitOrThrow(place, ['update-index', '-z', '--add', '--remove', '--stdin'], changed.map((path) => `${path}\0`).join(''));
  const tree = (await gitOrThrow(place, ['write-tree'])).trim();
  if (tree === before) return { commit: head, tree, changed: [] };
  const commit = (await gitOrThrow(place, ['commit-tree', tree, '-p', head, '-F', '-'], message)).trim();
  await gitOrThrow(place, ['update-ref', '-m', 'writ: work of a task', 'HEAD', commit, head]);
  return { commit, tree, changed };
}

/** Paths that differ from the newest commit, untracked ones included, ignored and nested repositories left out. */
async function changedPaths(worktree: Worktree): Promise<readonly string[]> {
  const place = placeOf(worktree);
  const listed = await gitOrThrow(place, ['ls-files', '-z', '--modified', '--deleted', '--others', '--exclude-per-directory=.gitignore']);
  const links = await gitOrThrow(place, ['ls-files', '-z', '--stage']);
  const submodules = new Set(links.split('\0').filter((line) => line.startsWith('160000 ')).map((line) => line.slice(line.indexOf('\t') + 1)));
  return [...new Set(listed.split('\0'))].filter((path) => path !== '' && !path.endsWith('/') && !submodules.has(path));
}

export type Facts = { readonly branch: string | null; readonly head: string | null; readonly dirty: readonly string[] };

/** Branch, HEAD and changed paths as they are now. */
export async function lookAt(worktree: Worktree): Promise<Facts> {
  const place = placeOf(worktree);
  const branch = await git(place, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
  const head = await git(place, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  return {
    branch: branch.code === 0 ? branch.stdout.trim() : null,
    head: head.code === 0 ? head.stdout.trim() : null,
    dirty: await changedPaths(worktree),
  };
}
