/**
 * One worktree per task: made, verified, committed and looked at by the harness. The agent owns the files in it and nothing else; what it did is
 * committed with plumbing that looks into no nested repository and runs no filter.
 */

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, mkdtemp, readFile, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
    if (!(await lstat(real)).isDirectory()) return null;
    const all = join(repository.gitDir, 'worktrees');
    // Git keeps the first name of one that was moved.
    for (const name of new Set([nameFor(path), ...(await readdir(all))])) {
      const gitDir = join(all, name);
      // By the repository, and never by what the worktree says of itself.
      if ((await standsAt(gitDir)) === real) return { repository, path: real, branch, gitDir };
    }
    return null;
  } catch {
    return null; // not there, or not all of it
  }
}

/** Where the worktree that was made at `path` stands now, by the repository; null where that is nowhere. */
export const movedTo = (repository: Repository, path: string): Promise<string | null> =>
  standsAt(join(repository.gitDir, 'worktrees', nameFor(path)));

async function standsAt(gitDir: string): Promise<string | null> {
  try {
    return await realpath(dirname((await readFile(join(gitDir, 'gitdir'), 'utf8')).trim()));
  } catch {
    return null; // there is no such worktree, or its folder is gone
  }
}

/** Makes a worktree on a new branch at `commit`, or on the branch as it is where it exists already. Rejects when Git refuses. */
export async function addWorktree(
  repository: Repository,
  path: string,
  branch: string,
  commit: string,
): Promise<Worktree> {
  const existing = await worktreeAt(repository, path, branch);
  if (existing !== null) return existing;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const place = { gitDir: repository.gitDir };
  const known = (await git(place, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`])).code === 0;
  await gitOrThrow(place, ['worktree', 'prune']);
  await gitOrThrow(
    place,
    known ? ['worktree', 'add', '--quiet', path, branch] : ['worktree', 'add', '--quiet', '-b', branch, path, commit],
  );
  const made = await worktreeAt(repository, path, branch);
  if (made === null) throw new Error(`the worktree at \`${path}\` is not where it was made`);
  return made;
}

/** Git names a worktree's directory after the last part of its path, so that part is unique by a digest of the whole. */
export const worktreePath = (dir: string, mission: string, task: string): string =>
  join(dir, mission, `${task}-${createHash('sha256').update(`${mission}/${task}`).digest('hex').slice(0, 10)}`);

const nameFor = (path: string): string => basename(path);

export type Snapshot = { readonly commit: string; readonly tree: string; readonly changed: readonly string[] };

/**
 * Commits everything in the worktree on its branch; the newest commit as it is when nothing changed. Rejects when the worktree is on another branch.
 *
 * INVARIANT: only this task's branch moves. The worktree's HEAD and index are the agent's to write, and so is the file of the branch: none of them
 * says which branch that is, a symbolic one is not followed, and the index used is one of our own.
 */
export async function commitWorktree(worktree: Worktree, message: string): Promise<Snapshot> {
  const ref = `refs/heads/${worktree.branch}`;
  const checkedOut = await branchOf(worktree);
  if (checkedOut !== worktree.branch)
    throw new Error(`the worktree is on \`${checkedOut ?? 'no branch'}\` and not on \`${worktree.branch}\` any more`);
  const bare: GitPlace = { gitDir: worktree.repository.gitDir };
  const head = (await gitOrThrow(bare, ['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`])).trim();
  const before = (await gitOrThrow(bare, ['rev-parse', '--verify', '--end-of-options', `${head}^{tree}`])).trim();
  return withIndex(worktree, head, async (place) => {
    const changed = await changedPaths(place);
    await gitOrThrow(
      place,
      ['update-index', '-z', '--add', '--remove', '--stdin'],
      changed.map((path) => `${path}\0`).join(''),
    );
    const tree = (await gitOrThrow(place, ['write-tree'])).trim();
    const commit =
      tree === before ? head : (await gitOrThrow(bare, ['commit-tree', tree, '-p', head, '-F', '-'], message)).trim();
    if (commit !== head)
      await gitOrThrow(bare, ['update-ref', '--no-deref', '-m', 'writ: work of a task', ref, commit, head]);
    await replaceIndex(worktree, place.indexFile);
    return { commit, tree, changed: tree === before ? [] : changed };
  });
}

export type Facts = { readonly branch: string | null; readonly head: string | null; readonly dirty: readonly string[] };

/** Branch, HEAD and changed paths as they are now. */
export async function lookAt(worktree: Place): Promise<Facts> {
  const branch = await branchOf(worktree);
  const found = await git({ gitDir: worktree.gitDir }, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  const head = found.code === 0 ? found.stdout.trim() : null;
  return { branch, head, dirty: head === null ? [] : await withIndex(worktree, head, changedPaths) };
}

async function branchOf({ gitDir }: Pick<Worktree, 'gitDir'>): Promise<string | null> {
  const { code, stdout } = await git({ gitDir }, ['symbolic-ref', '--quiet', 'HEAD']);
  return code === 0 ? stdout.trim().replace(/^refs\/heads\//, '') : null;
}

type IndexedPlace = GitPlace & { readonly indexFile: string };

/** A place with files of a repository, whoever made it. */
export type Place = { readonly gitDir: string; readonly path: string };

/**
 * What is in a place now as one commit on top of `head`, changed and new files included; `head` itself where nothing differs. No branch, index or file is touched, and the
 * commit is nobody's until something refers to it.
 */
export async function snapshotPlace(place: Place, head: string, message: string): Promise<Snapshot> {
  return withIndex(place, head, async (indexed) => {
    const changed = await changedPaths(indexed);
    await gitOrThrow(
      indexed,
      ['update-index', '-z', '--add', '--remove', '--stdin'],
      changed.map((path) => `${path}\0`).join(''),
    );
    const tree = (await gitOrThrow(indexed, ['write-tree'])).trim();
    const before = (await gitOrThrow(indexed, ['rev-parse', '--verify', '--end-of-options', `${head}^{tree}`])).trim();
    const commit =
      tree === before
        ? head
        : (await gitOrThrow(indexed, ['commit-tree', tree, '-p', head, '-F', '-'], message)).trim();
    return { commit, tree, changed: tree === before ? [] : changed };
  });
}

/** Works on an index of our own that starts as `commit`. */
async function withIndex<T>(
  { gitDir, path }: Place,
  commit: string,
  work: (place: IndexedPlace) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'writ-index-'));
  try {
    const place = { gitDir, workTree: path, indexFile: join(dir, 'index') };
    await gitOrThrow(place, ['read-tree', '--end-of-options', commit]);
    return await work(place);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** What the agent's Git sees from now on. The old one is taken away first: it may be a link to something that is not ours to write. */
async function replaceIndex({ gitDir }: Worktree, index: string): Promise<void> {
  await rm(join(gitDir, 'index'), { force: true });
  await copyFile(index, join(gitDir, 'index'), constants.COPYFILE_EXCL);
}

/** Paths that differ from the index, untracked ones included, ignored and nested repositories left out. */
async function changedPaths(place: IndexedPlace): Promise<readonly string[]> {
  const listed = await gitOrThrow(place, [
    'ls-files',
    '-z',
    '--modified',
    '--deleted',
    '--others',
    '--exclude-per-directory=.gitignore',
  ]);
  const staged = await gitOrThrow(place, ['ls-files', '-z', '--stage']);
  const submodules = new Set(
    staged
      .split('\0')
      .filter((line) => line.startsWith('160000 '))
      .map((line) => line.slice(line.indexOf('\t') + 1)),
  );
  return [...new Set(listed.split('\0'))].filter((path) => path !== '' && !path.endsWith('/') && !submodules.has(path));
}
