/** A small repository to push from. Real Git, none of the person's configuration. */

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { plainGitEnv } from './serve-repository.ts';

const run = promisify(execFile);
const identity = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.invalid',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.invalid',
};

export const nothing = '0'.repeat(40);

export type Pushed = { readonly ok: boolean; readonly said: string };

export type Worktree = {
  readonly path: string;
  git(...args: readonly string[]): Promise<string>;
  /** A commit on the current branch; returns its object name. */
  commit(name: string): Promise<string>;
  /** Pushes with these permits; a refusal is a value. */
  push(url: string, specs: readonly string[], permits?: readonly string[]): Promise<Pushed>;
};

/** A repository in `path` with one commit on `main`. */
export async function makeWorktree(path: string): Promise<Worktree> {
  const env = { ...plainGitEnv(), ...identity };
  const git = async (...args: readonly string[]): Promise<string> =>
    (await run('git', ['-C', path, ...args], { env })).stdout.trim();
  await run('git', ['init', '-q', '-b', 'main', path], { env });
  async function commit(name: string): Promise<string> {
    await writeFile(join(path, `${name}.txt`), `${name}\n`);
    await git('add', '-A');
    await git('commit', '-q', '-m', name);
    return git('rev-parse', 'HEAD');
  }
  await commit('start');
  return {
    path,
    git,
    commit,
    async push(url, specs, permits = []) {
      const options = permits.flatMap((permit) => ['-o', `writ-permit=${permit}`]);
      try {
        const { stderr } = await run('git', ['-C', path, 'push', ...options, url, ...specs], { env, timeout: 20_000 });
        return { ok: true, said: stderr };
      } catch (error) {
        // execFile rejects with an Error that carries what the program said.
        return { ok: false, said: (error as Error & { readonly stderr?: string }).stderr ?? String(error) };
      }
    },
  };
}
