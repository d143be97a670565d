/** What changed in a repository between two moments, for the closing lines of an attended session. Facts from Git, nothing else; nothing that the repository names is run for them. */

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { quietGit } from '../place/quiet-git.ts';

export type Mark = { readonly head: string; readonly dirty: ReadonlySet<string> };

/** Where the repository stands now. */
export async function mark(root: string): Promise<Mark> {
  const git = await quietGit(root);
  // Of a repository below it, its commit: a look at its files would run what its own configuration names.
  const status = ['status', '--porcelain=v1', '--ignore-submodules=dirty', '-z'];
  const [head = '', changed = ''] =
    git === null ? [] : await Promise.all([git.ask(['rev-parse', 'HEAD']), git.ask(status)]);
  return { head: head.trim(), dirty: new Set(changed.split('\0').filter((line) => line.length > 3)) };
}

/** One line: commits made and files touched since `before`. */
export async function changedSince(root: string, before: Mark): Promise<string> {
  const now = await mark(root);
  const commits =
    before.head !== '' && now.head !== before.head
      ? ((await (await quietGit(root))?.ask(['rev-list', '--count', `${before.head}..${now.head}`])) ?? '').trim()
      : '0';
  const files = [...now.dirty].filter((line) => !before.dirty.has(line)).length;
  const parts = [
    ...(commits !== '0' && commits !== '' ? [`${commits} commit${commits === '1' ? '' : 's'}`] : []),
    ...(files > 0 ? [`${String(files)} file${files === 1 ? '' : 's'} not committed`] : []),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

/**
 * The hash of the tree that the worktree is now, files that Git does not know yet included; empty where there is no repository. The person's index and
 * the repository's objects stay as they are: what is made for it is thrown away. A repository below it counts by its commit, and only where the person's index has it.
 */
export async function treeHash(root: string): Promise<string> {
  const git = await quietGit(root);
  if (git === null) return '';
  const folder = mkdtempSync(join(tmpdir(), 'writ-tree-'));
  try {
    const shown = await git.ask(['rev-parse', '--git-path', 'index', '--git-path', 'objects']);
    const [index = '', objects = ''] = shown.split('\n').map((path) => resolve(git.root, path));
    if (!existsSync(objects)) return '';
    if (existsSync(index)) copyFileSync(index, join(folder, 'index'));
    mkdirSync(join(folder, 'objects'));
    const env = {
      GIT_INDEX_FILE: join(folder, 'index'),
      GIT_OBJECT_DIRECTORY: join(folder, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
    };
    // Not `git add`, which asks the Git of each repository below.
    const which = ['ls-files', '-z', '--modified', '--deleted', '--others', '--exclude-standard'];
    const changed = (await git.ask(which, { env })).split('\0').filter((path) => path !== '' && !path.endsWith('/'));
    const input = [...new Set(changed)].map((path) => `${path}\0`).join('');
    await git.ask(['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], { env, input });
    return (await git.ask(['write-tree'], { env })).trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the worktree of a turn shows that is over. */
export async function worktreeAfter(root: string): Promise<string> {
  const tree = await treeHash(root);
  return `the turn was over${tree === '' ? '' : `; the worktree was tree ${tree}`}`;
}
