/**
 * What of a repository a commit in one worktree has to write, and what must never be written there.
 *
 * Read from the files themselves (gitrepository-layout(5)); Git is not run, because the configuration it would read is not ours.
 * It refuses to give write access to a directory of branches the worktree does not have to itself: a branch without a `/` shares
 * `refs/heads` with every other, and gets none.
 *
 * INVARIANT: nothing a contained run wrote decides what the next one may write. HEAD, which names the branch, is read-only to it, and a
 * branch whose directory is not one below `refs/heads`, by its name and with links followed, gets none.
 */

import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { commonDirOf, misleading } from './quiet-git.ts';

export type GitPlaces = {
  /** The repository's own directory, shared by all its worktrees. */
  readonly commonDir: string;
  /** This worktree's directory in it; the same as `commonDir` for the main worktree. */
  readonly gitDir: string;
  /** The checked-out branch's full ref name; null when detached. */
  readonly branch: string | null;
  readonly writable: readonly string[];
  /** Stay read-only although something around them is writable. All exist. */
  readonly readOnly: readonly string[];
};

/** The places of the worktree at `path`, or null when it is not one. */
export function gitPlaces(path: string): GitPlaces | null {
  const dotGit = join(path, '.git');
  const found = lstatSync(dotGit, { throwIfNoEntry: false });
  if (found === undefined || found.isSymbolicLink()) return null;
  if (found.isDirectory()) return mainWorktree(realpathSync(dotGit));
  const gitDir = pointedAt(dotGit);
  return gitDir === null ? null : linkedWorktree(gitDir, dotGit);
}

function linkedWorktree(gitDir: string, dotGit: string): GitPlaces | null {
  const pointer = firstLine(join(gitDir, 'commondir'));
  if (pointer === null) return null;
  const commonDir = realpathSync(isAbsolute(pointer) ? pointer : join(gitDir, pointer));
  const branch = branchOf(gitDir);
  return {
    commonDir,
    gitDir,
    branch,
    writable: [gitDir, join(commonDir, 'objects'), ...(branch === null ? [] : refDirectories(commonDir, branch))],
    readOnly: [
      dotGit,
      ...madeSure(gitDir, { files: ['HEAD', 'commondir', 'gitdir', 'config.worktree'], directories: [] }),
      ...storeGuards(commonDir),
    ],
  };
}

/**
 * The person's own checkout: everything but what Git executes or follows. A file `commondir` made by the agent would redirect Git to
 * another configuration and cannot be prevented by mounts; `straysIn` finds it: it is taken away when the run ends, and nothing starts beside it.
 */
function mainWorktree(gitDir: string): GitPlaces {
  return {
    commonDir: gitDir,
    gitDir,
    branch: branchOf(gitDir),
    writable: [gitDir],
    readOnly: [
      ...madeSure(gitDir, {
        files: ['config', 'config.worktree'],
        directories: ['hooks', 'info', 'worktrees', 'modules'],
      }),
      ...storeGuards(gitDir),
    ],
  };
}

/** What an agent left in a main checkout's Git directory that would make Git read somebody else's configuration. */
export function straysIn({ commonDir }: GitPlaces): readonly string[] {
  const stray = misleading(commonDir);
  return stray === null ? [] : [stray];
}

/** The Git directory of the repository that the checkout at `path` belongs to, as both of them say; null where it is none, or where only the checkout says so. It only looks. */
export function repositoryOf(path: string): string | null {
  const dotGit = join(path, '.git');
  const found = lstatSync(dotGit, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return realpathSync(dotGit);
  const gitDir = found?.isFile() === true ? pointedAt(dotGit) : null;
  const back = gitDir === null ? null : firstLine(join(gitDir, 'gitdir'));
  if (gitDir === null || back === null || !existsSync(back)) return null;
  const isKnown = realpathSync(back) === realpathSync(dotGit) && misleading(gitDir) === null;
  return isKnown && commonDirOf(gitDir) !== gitDir ? commonDirOf(gitDir) : null;
}

/** Where the file `.git` of a checkout leads. */
function pointedAt(dotGit: string): string | null {
  const pointer = /^gitdir: (.+)$/m.exec(readFileSync(dotGit, 'utf8'))?.[1]?.trim();
  if (pointer === undefined) return null;
  const gitDir = resolve(dirname(dotGit), pointer);
  return existsSync(gitDir) ? realpathSync(gitDir) : null;
}

/** Takes away what a run left that would lead Git astray. Returns the paths: none, normally. Throws nothing: what cannot be removed stops the next run. */
export function removeStrays(path: string): readonly string[] {
  try {
    const places = gitPlaces(path);
    const strays = places === null ? [] : straysIn(places);
    for (const stray of strays) rmSync(stray, { force: true, recursive: true });
    return strays;
  } catch {
    return []; // the place is gone, or cannot be written: `spawnRun` looks again
  }
}

/** Alternates would graft another store in; packs are shared by every branch. Loose objects are what a commit writes. */
const storeGuards = (commonDir: string): readonly string[] =>
  madeSure(join(commonDir, 'objects'), { files: [], directories: ['info', 'pack'] });

function refDirectories(commonDir: string, branch: string): readonly string[] {
  const directory = dirname(branch);
  if (!isBranchName(branch) || !directory.startsWith('refs/heads/')) return [];
  const bases = [commonDir, join(commonDir, 'logs')];
  if (bases.some((base) => isLinked(base, directory))) return [];
  return bases.map((base) => {
    const path = join(base, directory);
    mkdirSync(path, { recursive: true });
    return path;
  });
}

/** git-check-ref-format(1), as far as it keeps a name from being a path to somewhere else. */
const isBranchName = (ref: string): boolean =>
  ref.startsWith('refs/heads/') &&
  !ref.split('/').some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock')) &&
  !/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{/.test(ref);

/** Whether any part of `path` below `base` that exists is a link, or not a directory: a mount would follow it. */
function isLinked(base: string, path: string): boolean {
  return path.split('/').some((_, index, parts) => {
    const found = lstatSync(join(base, parts.slice(0, index + 1).join(sep)), { throwIfNoEntry: false });
    return found !== undefined && !found.isDirectory();
  });
}

/** A mount needs something to stand on: what is missing is made, empty, which means to Git what missing means. */
function madeSure(
  base: string,
  { files, directories }: { readonly files: readonly string[]; readonly directories: readonly string[] },
): readonly string[] {
  for (const name of files) {
    const path = join(base, name);
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o644));
  }
  for (const name of directories) mkdirSync(join(base, name), { recursive: true });
  return [...files, ...directories].map((name) => join(base, name));
}

function branchOf(gitDir: string): string | null {
  const head = firstLine(join(gitDir, 'HEAD'));
  return head?.startsWith('ref: ') === true ? head.slice('ref: '.length) : null;
}

function firstLine(path: string): string | null {
  if (!(statSync(path, { throwIfNoEntry: false })?.isFile() ?? false)) return null;
  return readFileSync(path, 'utf8').split('\n', 1)[0]?.trim() ?? null;
}
