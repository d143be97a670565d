/**
 * How Git is started, outside every sandbox, in a repository that an agent may have written: so that it runs no program that is named there, and reads no other configuration than that of the
 * directory it was given. Whoever of Writ runs Git in such a place takes its settings from here.
 *
 * It runs nothing itself. What it cannot know beforehand, the drivers a configuration names, is read from the configuration first (`programKeys`, `silencing`).
 */

import { lstatSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** For every command: `-c` and a setting each. */
export const quietSettings: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.pager=cat',
  'core.editor=false',
  'core.askPass=',
  'core.sshCommand=false',
  'core.alternateRefsCommand=false',
  'commit.gpgSign=false',
  'tag.gpgSign=false',
  'log.showSignature=false',
  'gpg.program=false',
  'gpg.openpgp.program=false',
  'gpg.x509.program=false',
  'gpg.ssh.program=false',
  'gpg.ssh.defaultKeyCommand=',
  'diff.external=',
  'credential.helper=',
  'submodule.recurse=false',
  'diff.ignoreSubmodules=dirty',
  'gc.auto=0',
  'maintenance.auto=false',
  'advice.detachedHead=false',
];

/** For `git config --get-regexp`: settings that name a program of their own. Listing configuration runs nothing. */
export const programKeys =
  '^(filter|merge|diff)\\..*\\.(clean|smudge|process|required|driver|textconv|command)$|^hook\\..*\\.(command|event)$';

export type Setting = readonly [key: string, value: string];

/** The settings that switch off what these keys name. */
export const silencing = (keys: readonly string[]): readonly Setting[] =>
  keys.map((key) => {
    if (/^hook\./.test(key)) return [key.replace(/[^.]+$/, 'enabled'), 'false'];
    return [key, key.endsWith('.required') || key.endsWith('.driver') ? 'false' : ''];
  });

/** Settings as an environment, after the `before` it has already: a key may hold a `=`, which an argument cannot. */
export const settingsEnv = (settings: readonly Setting[], before = 0): Readonly<Record<string, string>> => ({
  GIT_CONFIG_COUNT: String(before + settings.length),
  ...Object.fromEntries(
    settings.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${String(before + index)}`, key],
      [`GIT_CONFIG_VALUE_${String(before + index)}`, value],
    ]),
  ),
});

const pointer = (gitDir: string): string | null => {
  const path = join(gitDir, 'commondir');
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? null : path;
};
const isWorktrees = (gitDir: string): boolean => basename(dirname(gitDir)) === 'worktrees';

/**
 * The directory whose configuration and refs the Git directory `gitDir` uses: its own, or the one a worktree of Git's own making lies in.
 *
 * INVARIANT: by where it lies, and never by what a file in it says. An agent can write a `commondir` into the Git directory it works in, and Git follows it.
 */
export const commonDirOf = (gitDir: string): string =>
  isWorktrees(gitDir) && pointer(gitDir) !== null ? dirname(dirname(gitDir)) : gitDir;

/** The file in `gitDir` that leads Git to the refs of another repository, whatever its environment says: nothing is asked of Git there. Null where there is none. */
export function misleading(gitDir: string): string | null {
  const path = pointer(gitDir);
  if (path === null || !isWorktrees(gitDir)) return path;
  const isFile = lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  return isFile && readFileSync(path, 'utf8').trim() === '../..' ? null : path;
}

/** The environment that ties Git to `gitDir`. It fetches what a partial clone lacks over an encrypted connection or not at all: any other way there can name a program. */
export const quietEnv = (gitDir: string): Readonly<Record<string, string>> => ({
  GIT_DIR: gitDir,
  GIT_COMMON_DIR: commonDirOf(gitDir),
  GIT_ALLOW_PROTOCOL: 'https',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
});
