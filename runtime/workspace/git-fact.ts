/** What Git says of a place now, with the reason its branch was made as far as anybody wrote one down. It asks no remote: ahead and behind are of what was last fetched. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitFact } from '../session/workspace-fact.ts';
import { git, gitPlumbing } from './git.ts';
import type { Place } from './worktree.ts';

/** Paths that are named; the rest are counted. */
const mostPaths = 20;

/** The fact. `commonDir`: of the repository, where a worktree has one of its own. Null where Git does not answer. */
export async function gitFact({ gitDir, path }: Place, commonDir: string): Promise<GitFact | null> {
  const asked = ['status', '--porcelain=v2', '--branch', '--show-stash', '--untracked-files=all'];
  const { code, stdout } = await git({ gitDir, workTree: path }, [
    ...asked,
    '--ignore-submodules=all',
    '--no-renames',
    '-z',
  ]);
  if (code !== 0) return null;
  const parts = stdout.split('\0').filter((part) => part !== '');
  const header = (name: string): string | null => {
    const found = parts.find((part) => part.startsWith(`# ${name} `));
    return found === undefined ? null : found.slice(name.length + 3);
  };
  const [branch, head] = [header('branch.head'), header('branch.oid')];
  const [, ahead = '0', behind = '0'] = /^\+(\d+) -(\d+)$/.exec(header('branch.ab') ?? '') ?? [];
  const paths = parts.flatMap(pathIn);
  const named = branch === '(detached)' ? null : branch;
  return {
    kind: 'git',
    branch: named,
    head: head === '(initial)' ? null : head,
    upstream: header('branch.upstream'),
    ahead: Number(ahead),
    behind: Number(behind),
    dirty: paths.length,
    paths: paths.slice(0, mostPaths),
    stashes: Number(header('stash') ?? 0),
    underWay: await whatIsUnderWay(gitDir),
    reason: named === null ? null : await writtenReason(commonDir, named),
  };
}

/** Before how many fields of an entry its path stands; a path may hold spaces. */
const fieldsBefore: Readonly<Record<string, number>> = { '1': 8, u: 10, '?': 1 };

function pathIn(entry: string): readonly string[] {
  const fields = fieldsBefore[entry.slice(0, 1)];
  return fields === undefined ? [] : [entry.split(' ').slice(fields).join(' ')];
}

const begun: readonly (readonly [string, string])[] = [
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['BISECT_LOG', 'bisect'],
];

async function whatIsUnderWay(gitDir: string): Promise<string | null> {
  for (const [file, name] of begun) if ((await stat(join(gitDir, file)).catch(() => null)) !== null) return name;
  return null;
}

/** What a person wrote of the branch, or where Git says it was made from. */
async function writtenReason(gitDir: string, branch: string): Promise<GitFact['reason']> {
  const described = await gitPlumbing({ gitDir }, ['config', '--get', `branch.${branch}.description`]);
  const [line = ''] = described.stdout.trim().split('\n');
  if (line !== '') return { text: line.slice(0, 300).toWellFormed(), from: 'its description' };
  const log = await readFile(join(gitDir, 'logs', 'refs', 'heads', branch), 'utf8').catch(() => '');
  const [first = ''] = log.split('\n');
  const made = first.slice(first.indexOf('\t') + 1).trim();
  return first.includes('\t') && made !== '' ? { text: made.slice(0, 300).toWellFormed(), from: 'its reflog' } : null;
}
