/** The Git repository around a folder, as Git itself says. Only asks. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { quietGit } from './quiet-git.ts';

const execute = promisify(execFile);

/** The commit a repository stands at; null where there is none yet. */
export async function headOf(repository: string): Promise<string | null> {
  try {
    const { stdout } = await execute('git', ['-C', repository, 'rev-parse', '--verify', '-q', 'HEAD'], {
      timeout: 10_000,
    });
    return stdout.trim();
  } catch {
    return null; // nothing was committed
  }
}

/** How many files are changed or new and not committed. It is only a remark: nothing depends on it. */
export async function uncommitted(repository: string): Promise<number> {
  const git = await quietGit(repository);
  const status = await git?.ask(['status', '--porcelain=v1', '--ignore-submodules=dirty']);
  return (status ?? '').split('\n').filter((line) => line !== '').length;
}

/** What Git says of a folder. */
export type RepositoryAround =
  | { readonly kind: 'found'; readonly root: string }
  | { readonly kind: 'none' }
  /** There is one, and it cannot be worked in: the sentence says why and the way out what to do. */
  | { readonly kind: 'unusable'; readonly sentence: string; readonly wayOut: string };

/** The repository around `folder`, as the person's own Git finds it. */
export async function repositoryAround(folder: string): Promise<RepositoryAround> {
  try {
    const { stdout } = await execute('git', ['-C', folder, 'rev-parse', '--show-toplevel'], {
      timeout: 10_000,
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout.trim() === '' ? { kind: 'none' } : { kind: 'found', root: stdout.trim() };
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing)
      return {
        kind: 'unusable',
        sentence: 'there is no `git` on the PATH',
        wayOut: 'install Git, or put it on the PATH',
      };
    return refusalOf(error instanceof Error && 'stderr' in error ? String(error.stderr) : '', folder);
  }
}

/** From what Git wrote, in English, to what it means for a person. */
function refusalOf(said: string, folder: string): Exclude<RepositoryAround, { kind: 'found' }> {
  const [first = ''] = said.trim().split('\n');
  const owned = /^fatal: detected dubious ownership in repository at '(.*)'$/.exec(first)?.[1];
  if (owned !== undefined)
    return {
      kind: 'unusable',
      sentence: `the Git repository \`${owned}\` belongs to another user, so Git does not work in it as you`,
      wayOut: `if you trust what is in it: \`git config --global --add safe.directory ${owned}\``,
    };
  if (first === 'fatal: this operation must be run in a work tree')
    return {
      kind: 'unusable',
      sentence: `\`${folder}\` is the inside of a Git repository, without files to work on`,
      wayOut: 'go to a checkout of it: `git worktree add PATH` or `git clone` makes one',
    };
  if (first === '' || first.startsWith('fatal: not a git repository (or any')) return { kind: 'none' };
  return {
    kind: 'unusable',
    sentence: `Git cannot use the repository around \`${folder}\`: ${first.replace(/^fatal: /, '')}`,
    wayOut: '`git status` there says more',
  };
}
