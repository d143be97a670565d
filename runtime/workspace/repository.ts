/** A person's repository: where it is, what its remotes are, and commits made from others. It never touches the person's branch, index or files. */

import { realpath, stat } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { commonDirOf, misleading } from '@writ/enforce';
import type { Result } from '../refusal.ts';
import { accept, refuse, reject } from '../refusal.ts';
import { git, gitOrThrow } from './git.ts';
import { inLane } from './git-lanes.ts';

export type Repository = { readonly path: string; readonly gitDir: string };

/** Finds the repository at `path`, which a person named: discovery there is theirs, with whom their own Git trusts, and not an agent's. */
export async function openRepository(path: string): Promise<Result<Repository>> {
  // A process is started for a folder that is there, and for nothing else.
  const isThere = await stat(path).then(
    (at) => at.isDirectory(),
    () => false,
  );
  if (!isThere)
    return reject(
      refuse('invalid', `\`${path}\` is not there, or is no folder`, 'name the folder of a Git repository'),
    );
  const { found, said } = await inLane(() => discover(path));
  if (found === null && said.includes('dubious ownership'))
    return reject(
      refuse(
        'invalid',
        `the Git repository at \`${path}\` belongs to another user, so Git does not work in it as you`,
        `if you trust what is in it: \`git config --global --add safe.directory ${path}\``,
      ),
    );
  if (found === null)
    return reject(
      refuse(
        'invalid',
        `\`${path}\` is not a Git repository`,
        'run `git init` there and commit once, or name another folder',
      ),
    );
  const gitDir = commonDirOf(await realpath(found));
  const stray = misleading(gitDir);
  if (stray !== null)
    return reject(
      refuse(
        'invalid',
        `\`${stray}\` leads Git to another repository, and an agent may have written it`,
        `look at it, and take it away: \`rm ${stray}\``,
      ),
    );
  return accept({ path: await realpath(resolve(path)), gitDir });
}

function discover(path: string): Promise<{ readonly found: string | null; readonly said: string }> {
  return new Promise((done) => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], LC_ALL: 'C' };
    execFile(
      'git',
      ['-c', 'core.fsmonitor=false', 'rev-parse', '--absolute-git-dir'],
      { cwd: resolve(path), env, encoding: 'utf8' },
      (error, stdout, stderr) => {
        done({ found: error === null ? stdout.trim() : null, said: stderr });
      },
    );
  });
}

/** The commit `name` stands for, or null. */
export async function resolveCommit({ gitDir }: Repository, name: string): Promise<string | null> {
  const { code, stdout } = await git({ gitDir }, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${name}^{commit}`,
  ]);
  return code === 0 ? stdout.trim() : null;
}

/** Remote name to URL. */
export async function remotesOf({ gitDir }: Repository): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await git({ gitDir }, ['config', '--null', '--get-regexp', '^remote\\..*\\.url$']);
  return Object.fromEntries(
    stdout
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => {
        const [key = '', ...url] = line.split('\n');
        return [key.slice('remote.'.length, -'.url'.length), url.join('\n')];
      }),
  );
}

export type Integration =
  | { readonly ok: true; readonly commit: string }
  | { readonly ok: false; readonly paths: readonly string[]; readonly between: readonly [string, string] };

/** One commit that holds the work of all `commits`: a merge where none holds the others. Needs Git 2.38 or newer. */
export async function integrate(
  repository: Repository,
  commits: readonly string[],
  message: string,
): Promise<Integration> {
  const place = { gitDir: repository.gitDir };
  const [first, ...rest] = commits;
  if (first === undefined) throw new TypeError('nothing to integrate');
  let head = first;
  for (const next of rest) {
    if (await isAncestor(repository, next, head)) continue;
    if (await isAncestor(repository, head, next)) {
      head = next;
      continue;
    }
    const merged = await git(place, ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', head, next]);
    const [tree = '', ...paths] = merged.stdout.split('\0').filter((part) => part !== '');
    if (merged.code === 1) return { ok: false, paths: [...new Set(paths)], between: [head, next] };
    if (merged.code !== 0)
      throw new Error(
        `git merge-tree ended with ${String(merged.code)}: ${merged.stderr.trim()}; Git 2.38 or newer is needed`,
      );
    head = (await gitOrThrow(place, ['commit-tree', tree.trim(), '-p', head, '-p', next, '-F', '-'], message)).trim();
  }
  return { ok: true, commit: head };
}

async function isAncestor({ gitDir }: Repository, ancestor: string, descendant: string): Promise<boolean> {
  return (await git({ gitDir }, ['merge-base', '--is-ancestor', ancestor, descendant])).code === 0;
}
