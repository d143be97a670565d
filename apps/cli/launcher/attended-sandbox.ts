/**
 * The sandbox around an attended harness: the repository and the harness's own state are writable, everything else read-only, places
 * that hold credentials and Writ's state invisible.
 *
 * Weaker than the sandbox of an unattended run, and said so by `writ scope`: its terminal is the person's, and what the harness keeps in their home is writable.
 */

import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { foldersAbove, gitRules, ownProc, ownRules, repositoryOf } from '@writ/enforce/attended';
import { insidePlaces } from './inside-places.ts';

/** What of outside an attended harness has, whichever sandbox stands around it. */
export type AttendedFiles = {
  /** The repository, or the folder where there is none. */
  readonly root: string;
  readonly cwd: string;
  readonly home: string;
  readonly stateDir: string;
  /** Of the home: what the harness itself keeps there. Files or folders, relative. */
  readonly harnessState: readonly string[];
  /** Of that: what governs the harness, and is read-only. */
  readonly harnessRules: readonly string[];
  /** Of the repository, relative: what governs this harness, besides what is in the table of all. */
  readonly repositoryRules: readonly string[];
  /** What its adapter put beside it; null: nothing. */
  readonly harnessFolder: { readonly path: string; readonly isWritable: boolean } | null;
  readonly readOnly: boolean;
  /** Programs that must be found inside, wherever they lie. */
  readonly programs: readonly string[];
  /** The session's door, and the folder of Writ's own command. */
  readonly door: string;
  readonly bin: string;
};

/** With mounts: what it is given is found at `insidePlaces`. */
export type AttendedPlace = AttendedFiles & {
  /** Whether it has a network namespace of its own, with nothing in it but what `places` bring. */
  readonly ownNetwork: boolean;
  /** What else of outside is found inside: from, to. */
  readonly places: readonly (readonly [from: string, to: string])[];
  /** The descriptor on which it is given the filter of what it may ask of the kernel; null where it has none. */
  readonly filter: number | null;
};

/** Of a home: what proves somebody's identity elsewhere. */
const credentials = [
  '.ssh',
  '.aws',
  '.azure',
  '.config/gcloud',
  '.config/gh',
  '.config/hub',
  '.config/git/credentials',
  '.git-credentials',
  '.netrc',
  '.npmrc',
  '.pypirc',
  '.docker',
  '.kube',
  '.gnupg',
  '.password-store',
  '.cargo/credentials.toml',
  '.config/op',
  '.local/share/keyrings',
] as const;

export const credentialsIn = (home: string): readonly string[] => credentials.map((name) => join(home, name));

/** Of a repository: what would run later, outside the sandbox, or loosen the harness's own rules. Whether it is there or not. */
export const guardedIn = (root: string, more: readonly string[]): readonly string[] => [
  ...[...ownRules, ...more].map((name) => join(root, name)),
  ...rulesOf(repositoryOf(root) ?? join(root, '.git')),
  ...(isFile(join(root, '.git')) ? [join(root, '.git')] : []),
];

/** What Git outside would run, and what says which repository a worktree belongs to: Git follows it to the configuration there. */
const rulesOf = (gitDir: string): readonly string[] => [
  ...gitRules.map((name) => join(gitDir, name)),
  ...worktreesIn(gitDir).flatMap((path) => ['commondir', 'gitdir', 'config.worktree'].map((name) => join(path, name))),
];

/** The folders they lie in: places of their own, so that none is moved away with what is in it, and another put there. The first holds all that a commit writes. */
export function foldersOfGuarded(root: string, more: readonly string[]): readonly string[] {
  const gitDir = repositoryOf(root);
  const worktrees = gitDir === null ? [] : worktreesIn(gitDir);
  const inGit =
    gitDir === null
      ? []
      : [
          gitDir,
          ...gitRules.flatMap(foldersAbove).map((name) => join(gitDir, name)),
          ...(worktrees.length === 0 ? [] : [join(gitDir, 'worktrees'), ...worktrees]),
        ];
  const own = [...ownRules, ...more].flatMap(foldersAbove).map((name) => join(root, name));
  return [...new Set([...inGit, ...own])].filter((path) => isFolder(path));
}

function worktreesIn(gitDir: string): readonly string[] {
  const all = join(gitDir, 'worktrees');
  if (!isFolder(all)) return [];
  return readdirSync(all)
    .map((name) => join(all, name))
    .filter((path) => isFolder(path));
}

/** `bwrap …` up to and without the command. Makes a folder for Git's hooks, and a file for a worktree's own configuration, where there is none. */
export function attendedSandbox(place: AttendedPlace): readonly string[] {
  const { root, home, stateDir } = place;
  makeRulesOfGit(place);
  const inHome = (names: readonly string[]): readonly string[] =>
    names.map((name) => join(home, name)).filter((path) => existsSync(path));
  return [
    'bwrap',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    ...(place.ownNetwork ? ['--unshare-net'] : []),
    '--die-with-parent',
    '--cap-drop',
    'ALL',
    ...(place.filter === null ? [] : ['--seccomp', String(place.filter)]),
    '--ro-bind',
    '/',
    '/',
    // With no other terminal of the person in it, and no memory that is shared with what runs outside.
    '--dev',
    '/dev',
    ...ownProc,
    '--tmpfs',
    '/tmp',
    // Sockets of daemons, by which one gets out, lie there.
    ...(place.ownNetwork ? ['--tmpfs', '/run', '--ro-bind-try', '/run/current-system', '/run/current-system'] : []),
    ...shownAgain(place.programs),
    ...bind(place.readOnly ? '--ro-bind' : '--bind', root),
    ...foldersOfGuarded(root, place.repositoryRules).flatMap((path) =>
      bind(place.readOnly ? '--ro-bind' : '--bind', path),
    ),
    ...guardedIn(root, place.repositoryRules)
      .filter((path) => existsSync(path))
      .flatMap((path) => bind('--ro-bind', path)),
    ...inHome(place.harnessState).flatMap((path) => bind('--bind', path)),
    ...inHome(place.harnessRules).flatMap((path) => bind('--ro-bind', path)),
    ...[...credentialsIn(home), stateDir].filter((path) => existsSync(path)).flatMap(hide),
    ...['--bind', place.door, insidePlaces.door, '--ro-bind', place.bin, insidePlaces.bin],
    ...(place.harnessFolder === null
      ? []
      : [place.harnessFolder.isWritable ? '--bind' : '--ro-bind', place.harnessFolder.path, insidePlaces.harness]),
    ...place.places.flatMap(([from, to]) => ['--bind', from, to]),
    '--chdir',
    realpathSync(place.cwd),
  ];
}

/** What lies in the replaced /tmp and must be found: the folder directly below it, read-only. */
function shownAgain(programs: readonly string[]): readonly string[] {
  const paths = programs.flatMap((path) => [path, realpathSync(path)]).filter((path) => path.startsWith('/tmp/'));
  const folders = new Set(paths.map((path) => path.split('/').slice(0, 3).join('/')));
  return [...folders].flatMap((folder) => ['--ro-bind', folder, folder]);
}

/** A mount needs something to stand on. Empty, the folder and the file mean to Git what they mean where they are missing. */
function makeRulesOfGit({ root, readOnly }: AttendedPlace): void {
  const gitDir = repositoryOf(root);
  if (readOnly || gitDir === null) return;
  mkdirSync(join(gitDir, 'hooks'), { recursive: true });
  closeSync(openSync(join(gitDir, 'config.worktree'), 'a', 0o644));
}

const isFolder = (path: string): boolean => found(path)?.isDirectory() ?? false;
const isFile = (path: string): boolean => found(path)?.isFile() ?? false;
// Below a file there is nothing, which `lstat` says in another way than that of a folder.
const found = (path: string) => (existsSync(path) ? lstatSync(path) : undefined);
const bind = (option: string, path: string): readonly string[] => [option, realpathSync(path), path];
const hide = (path: string): readonly string[] =>
  statSync(path).isDirectory() ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path];
