/** What changed in a repository between two moments, for the closing lines of an attended session. Facts from Git, nothing else. */

import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const git = (root: string, ...args: readonly string[]): Promise<string> => gitWith({}, root, ...args);

const gitWith = async (env: NodeJS.ProcessEnv, root: string, ...args: readonly string[]): Promise<string> => {
  try {
    const { stdout } = await run('git', ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', ...args], {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
      timeout: 60_000,
      env: { ...process.env, ...env },
    });
    return stdout;
  } catch {
    return ''; // not a repository, or no commit yet: there is nothing to compare with
  }
};

export type Mark = { readonly head: string; readonly dirty: ReadonlySet<string> };

/** Where the repository stands now. */
export async function mark(root: string): Promise<Mark> {
  const [head, status] = await Promise.all([
    git(root, 'rev-parse', 'HEAD'),
    git(root, 'status', '--porcelain=v1', '-z'),
  ]);
  return { head: head.trim(), dirty: new Set(status.split('\0').filter((line) => line.length > 3)) };
}

/** One line: commits made and files touched since `before`. */
export async function changedSince(root: string, before: Mark): Promise<string> {
  const now = await mark(root);
  const commits =
    before.head !== '' && now.head !== before.head
      ? (await git(root, 'rev-list', '--count', `${before.head}..${now.head}`)).trim()
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
 * the repository's objects stay as they are: what is made for it is thrown away.
 */
export async function treeHash(root: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-tree-'));
  try {
    const shown = await git(root, 'rev-parse', '--git-path', 'index', '--git-path', 'objects');
    const [index = '', objects = ''] = shown.split('\n').map((path) => resolve(root, path));
    if (!existsSync(objects)) return '';
    if (existsSync(index)) copyFileSync(index, join(folder, 'index'));
    mkdirSync(join(folder, 'objects'));
    const env = {
      GIT_INDEX_FILE: join(folder, 'index'),
      GIT_OBJECT_DIRECTORY: join(folder, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
    };
    await gitWith(env, root, 'add', '--all', '--', ':/');
    return (await gitWith(env, root, 'write-tree')).trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
