/**
 * Git as Writ asks it in a person's own repository, as them: with their configuration, and running nothing that the repository names. An agent may have written what is in it, a repository below it and
 * the `.git` of a folder that had none included.
 */

import { execFile } from 'node:child_process';
import {
  commonDirOf,
  misleading,
  programKeys,
  quietEnv,
  quietSettings,
  settingsEnv,
  silencing,
} from '@writ/enforce/probe';

const timeoutMs = 60_000;
const maxOutputBytes = 64 * 1024 * 1024;

export type QuietGit = {
  readonly root: string;
  readonly gitDir: string;
  /** What Git says; empty where it refuses. */
  ask(args: readonly string[], more?: { readonly env?: NodeJS.ProcessEnv; readonly input?: string }): Promise<string>;
};

/** Git for the checkout around `folder`; null where there is none, or none that Git works in. */
export async function quietGit(folder: string): Promise<QuietGit | null> {
  const at = { cwd: folder, env: process.env };
  const [gitDir = '', root = ''] = (await run(at, ['rev-parse', '--absolute-git-dir', '--show-toplevel'])).split('\n');
  if (root === '' || misleading(commonDirOf(gitDir)) !== null) return null;
  const env = { ...process.env, ...quietEnv(gitDir), GIT_WORK_TREE: root };
  const listed = await run({ cwd: root, env }, [
    ...['config', '--show-scope', '--name-only', '--null', '--get-regexp', programKeys],
  ]);
  const before = Number(process.env['GIT_CONFIG_COUNT'] ?? 0);
  const silenced = settingsEnv(silencing(ofRepository(listed.split('\0'))), Number.isInteger(before) ? before : 0);
  return {
    root,
    gitDir,
    ask: (args, more = {}) => run({ cwd: root, env: { ...env, ...silenced, ...more.env } }, args, more.input),
  };
}

/** Of `scope, key, scope, key, …`: the keys that are the repository's. A driver of the person's own is theirs to run. */
const ofRepository = (listed: readonly string[]): readonly string[] =>
  listed.flatMap((scope, index) => {
    const key = listed[index + 1];
    return index % 2 === 0 && key !== undefined && (scope === 'local' || scope === 'worktree') ? [key] : [];
  });

const run = (at: { cwd: string; env: NodeJS.ProcessEnv }, args: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve) => {
    const child = execFile(
      'git',
      [...quietSettings.flatMap((setting) => ['-c', setting]), ...args],
      { ...at, encoding: 'utf8', timeout: timeoutMs, maxBuffer: maxOutputBytes },
      (error, stdout) => {
        resolve(error === null ? stdout : '');
      },
    );
    // Git may end before it has read all; its output says what became of it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
