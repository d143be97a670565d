/**
 * Git, started so that nothing an agent can write makes it run a program.
 *
 * An agent owns its worktree, the `.git` file in it included, so Git is never left to discover a repository from there: the repository is
 * always named, and its `config` is the person's. Hooks, pagers, editors, signing, fsmonitor and transport helpers are switched off, the machine's
 * and the person's own configuration are not read, and filter, merge and diff drivers named by the repository's configuration are neutralised for
 * the call (`enforce/supervisor/quiet-git.ts`). It refuses to prompt.
 */

import { execFile } from 'node:child_process';
import type { Setting } from '@writ/enforce';
import { misleading, programKeys, quietEnv, quietSettings, settingsEnv, silencing } from '@writ/enforce';
import { inLane } from './git-lanes.ts';

export type GitPlace = {
  /** The directory of the repository (`….git`, or `.git/worktrees/NAME`). */
  readonly gitDir: string;
  /** The worktree, for the few commands that look at files. */
  readonly workTree?: string;
  readonly indexFile?: string;
  /** Where objects are read from and written to, where that is not the repository's own. */
  readonly objects?: string;
};

export type GitOutput = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Besides what keeps Git quiet anywhere: nothing of the person's own, and no attributes or exclusions but the repository's. */
const fixed = [...quietSettings, 'core.attributesFile=/dev/null', 'core.excludesFile=/dev/null'];

const identity = {
  GIT_AUTHOR_NAME: 'Writ',
  GIT_AUTHOR_EMAIL: 'writ@localhost',
  GIT_COMMITTER_NAME: 'Writ',
  GIT_COMMITTER_EMAIL: 'writ@localhost',
};

const timeoutMs = 120_000;
const maxOutputBytes = 64 * 1024 * 1024;

/** Runs Git at `place`. Any exit code is an answer; only a Git that cannot be started, or does not end, rejects. */
export async function git(place: GitPlace, args: readonly string[], input?: string): Promise<GitOutput> {
  return start(place, await driverOverrides(place.gitDir), args, input);
}

/**
 * As `git`, without a look for drivers first: for commands that read or write no file of a worktree, and for a Git directory that nobody but Writ writes, whose configuration so names no program.
 */
export const gitPlumbing = (place: GitPlace, args: readonly string[], input?: string): Promise<GitOutput> =>
  start(place, [], args, input);

/** As `gitPlumbing`, for commands that only fail when something is wrong. */
export async function ownGit(place: GitPlace, args: readonly string[], input?: string): Promise<string> {
  return succeeded(args, await gitPlumbing(place, args, input));
}

/** As `git`, for commands that only fail when something is wrong: rejects with what Git said. */
export async function gitOrThrow(place: GitPlace, args: readonly string[], input?: string): Promise<string> {
  return succeeded(args, await git(place, args, input));
}

function succeeded(args: readonly string[], { code, stdout, stderr }: GitOutput): string {
  if (code !== 0) throw new Error(`git ${args[0] ?? ''} ended with ${String(code)}: ${stderr.trim().slice(0, 500)}`);
  return stdout;
}

/** Settings that switch off every driver the repository's configuration names. */
async function driverOverrides(gitDir: string): Promise<readonly Setting[]> {
  const { stdout } = await start({ gitDir }, [], ['config', '--name-only', '--null', '--get-regexp', programKeys]);
  return silencing(stdout.split('\0').filter((key) => key !== ''));
}

function start(
  place: GitPlace,
  drivers: readonly Setting[],
  args: readonly string[],
  input?: string,
): Promise<GitOutput> {
  const stray = misleading(place.gitDir);
  if (stray !== null)
    return Promise.resolve({ code: 128, stdout: '', stderr: `\`${stray}\` leads Git to another repository` });
  const run = () =>
    new Promise<GitOutput>((resolve, reject) => {
      const child = execFile(
        'git',
        [...fixed.flatMap((setting) => ['-c', setting]), ...args],
        {
          cwd: place.workTree ?? place.gitDir,
          env: environment(place, drivers),
          timeout: timeoutMs,
          maxBuffer: maxOutputBytes,
          encoding: 'utf8',
        },
        (error, stdout, stderr) => {
          if (error === null) resolve({ code: 0, stdout, stderr });
          else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
          else reject(new Error(`git ${args[0] ?? ''} did not run: ${error.message}`, { cause: error }));
        },
      );
      child.stdin?.on('error', () => undefined); // Git may end before it read everything; its exit code says what became of it
      child.stdin?.end(input ?? '');
    });
  return inLane(run);
}

function environment(place: GitPlace, drivers: readonly Setting[]): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    LC_ALL: 'C',
    ...quietEnv(place.gitDir),
    ...settingsEnv(drivers),
    ...(place.workTree === undefined ? {} : { GIT_WORK_TREE: place.workTree }),
    ...(place.indexFile === undefined ? {} : { GIT_INDEX_FILE: place.indexFile }),
    ...(place.objects === undefined ? {} : { GIT_OBJECT_DIRECTORY: place.objects }),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...identity,
  };
}
