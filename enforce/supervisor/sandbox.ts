/**
 * The bubblewrap command line around a contained run.
 *
 * Everything is read-only; homes, Writ's state, sockets and temporary files are replaced by empty ones; the worktree is writable, and of
 * the repository only what a commit there needs. In the place of what governs the agent are stand-ins (`stand-ins.ts`). It refuses a request that would make a protected place writable: whoever asks for a
 * run may be compromised. What it does not bound: reading the rest of the file system, and loose objects of the repository.
 */

import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { GitPlaces } from './git-places.ts';
import { existingSystemSecrets, homes, toolChainsIn } from './hidden-places.ts';
import { insidePlaces } from './inside-places.ts';
import { filterDescriptor } from './kernel-filter.ts';
import { ownProc } from './own-proc.ts';
import { gitRules, ownRules } from './own-rules.ts';
import type { GitStandIn, StandIns } from './stand-ins.ts';

export type SandboxPlan = {
  readonly cwd: string;
  readonly writable: readonly string[];
  readonly hidden: readonly string[];
  readonly network: 'none' | 'gated' | 'open';
  /** Writ's state directory: never visible, whatever is asked. */
  readonly stateDir: string;
  readonly git: GitPlaces | null;
  /** Outside paths of what a run is given. */
  readonly door: string;
  /** The run's egress gate, null where it has none. */
  readonly gate: string | null;
  /** What else of outside is found inside: from, to. */
  readonly places: readonly (readonly [from: string, to: string])[];
  readonly bin: string;
  readonly node: string;
  readonly standIns: StandIns;
  /** Whether a keeper puts back what is written to the agent's rules in the worktree; if not, those that exist are read-only. */
  readonly rulesKept: boolean;
  /** Shown read-only even where it lies in a replaced place: the product's own program files. */
  readonly visible: readonly string[];
};

export type SandboxArgv =
  { readonly ok: true; readonly argv: readonly string[] } | { readonly ok: false; readonly why: string };

/** `bwrap …` up to and without the command, or why not. It reads its filter at `filterDescriptor`. */
export function sandboxArgv(plan: SandboxPlan): SandboxArgv {
  const why = whyNotWritable(plan);
  if (why !== null) return { ok: false, why };
  const stateDir = real(plan.stateDir);
  const writable = plan.writable.map(real);
  const argv = [
    'bwrap',
    '--unshare-all',
    ...(plan.network === 'open' ? ['--share-net'] : []),
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    '--seccomp',
    String(filterDescriptor),
    ...flat('--ro-bind', ['/', '/']),
    '--dev',
    '/dev',
    ...ownProc,
    ...replaced(),
    ...bind('--bind', plan.standIns.given, insidePlaces.root),
    ...[...plan.visible, dirname(plan.node)].flatMap((path) => bind('--ro-bind-try', real(path), path)),
    // After what is shown, which may lie around it, and before the worktrees, which may lie in it.
    ...bind('--bind', plan.standIns.state, stateDir),
    ...readablePlaces(real(plan.cwd), writable, stateDir).flatMap((path) => bind('--ro-bind', path, path)),
    ...writable.flatMap((path) => bind('--bind', path, path)),
    ...(plan.git === null ? [] : git(plan.git, plan.standIns.git)),
    ...(plan.rulesKept ? [] : writable.flatMap(rulesIn).flatMap((path) => bind('--ro-bind', path, path))),
    ...writable
      .map((path) => join(path, '.git'))
      .filter((path) => isFile(path))
      .flatMap((path) => bind('--ro-bind', path, path)),
    ...plan.hidden
      .map(real)
      .filter((path) => existsSync(path))
      .flatMap(hide),
    ...given(plan),
    ...flat('--chdir', [real(plan.cwd)]),
  ];
  return { ok: true, argv };
}

/** Why a sandbox with these places is not made; null where it may be. */
export function whyNotWritable(plan: Pick<SandboxPlan, 'cwd' | 'writable' | 'stateDir'>): string | null {
  const stateDir = real(plan.stateDir);
  for (const path of plan.writable.map(real)) {
    const forbidden = forbiddenBecause(path, stateDir);
    if (forbidden !== null) return `\`${path}\` cannot be writable in a sandbox: ${forbidden}`;
    if (!existsSync(path)) return `\`${path}\` does not exist and cannot be made writable in a sandbox`;
  }
  return existsSync(plan.cwd) ? null : `the working directory \`${plan.cwd}\` does not exist`;
}

/** The place it works in, for one that may write nothing there; what could never be made writable is not shown either. */
export const readablePlaces = (cwd: string, writable: readonly string[], stateDir: string): readonly string[] =>
  writable.some((path) => isWithin(cwd, path)) ||
  ['/tmp', '/var/tmp', '/dev/shm', '/home', '/private/var/tmp', '/private/var/folders'].includes(cwd) ||
  forbiddenBecause(cwd, stateDir) !== null
    ? []
    : [cwd];

/** Empty directories in place of whatever could hold a secret or a socket, and the tool chains back. */
function replaced(): readonly string[] {
  const own = homes();
  const others = existsSync('/home') && !own.includes('/home') ? ['/home'] : [];
  const resolver = existsSync('/etc/resolv.conf') ? realpathSync('/etc/resolv.conf') : null;
  return [
    ...['/tmp', '/run', '/var/tmp', '/dev/shm', ...others, ...own]
      .filter((path) => existsSync(path) && !isLink(path))
      .flatMap(hide),
    ...own.flatMap(toolChainsIn).flatMap((path) => bind('--ro-bind', path, path)),
    ...(resolver?.startsWith('/run/') === true ? bind('--ro-bind', resolver, resolver) : []),
    ...existingSystemSecrets().flatMap(hide),
  ];
}

function git({ commonDir, writable, readOnly }: GitPlaces, standIn: GitStandIn | null): readonly string[] {
  const real = (names: readonly string[]): readonly string[] =>
    names.map((name) => join(commonDir, name)).flatMap((path) => bind('--ro-bind', path, path));
  const shared =
    standIn?.of === 'shared'
      ? [
          ...bind('--bind', standIn.root, commonDir),
          ...real(standIn.directories),
          ...bind('--ro-bind', commonDir, insidePlaces.repository),
        ]
      : bind('--ro-bind', commonDir, commonDir);
  const rules = standIn?.of === 'main' ? standIn.rules : [];
  const clean = (standIn?.clean ?? []).flatMap(({ name, path }) => [
    // The stand-in's own rules are clean already.
    ...(gitRules.some((rule) => rule === name) ? [] : bind('--ro-bind', path, join(commonDir, name))),
    ...(standIn?.of === 'shared' ? bind('--ro-bind', path, join(insidePlaces.repository, name)) : []),
  ]);
  return [
    ...shared,
    ...writable.flatMap((path) => bind('--bind', path, path)),
    ...readOnly.flatMap((path) => bind('--ro-bind', path, path)),
    ...rules.flatMap((name) => bind('--bind', join(standIn?.root ?? '', name), join(commonDir, name))),
    ...clean,
  ];
}

const rulesIn = (worktree: string): readonly string[] =>
  ownRules.map((name) => join(worktree, name)).filter((path) => existsSync(path) && realpathSync(path) === path);

const given = (plan: SandboxPlan): readonly string[] => [
  ...bind('--bind', plan.door, insidePlaces.door),
  ...(plan.gate === null ? [] : bind('--bind', plan.gate, insidePlaces.gate)),
  ...plan.places.flatMap(([from, to]) => bind('--ro-bind', from, to)),
  ...bind('--ro-bind', plan.bin, insidePlaces.bin),
  ...bind('--ro-bind', plan.node, insidePlaces.node),
];

/** A worktree may lie in the state directory, below a directory made for worktrees; nothing else of it is ever writable. */
function forbiddenBecause(path: string, stateDir: string): string | null {
  if (isWithin(stateDir, path)) return "Writ's own state lies in it";
  if (isWithin(path, stateDir) && !path.slice(stateDir.length).split(sep).slice(1, -1).includes('worktrees'))
    return "it is Writ's own state";
  if (homes().some((home) => isWithin(home, path))) return 'a home directory lies in it';
  if (systemPlaces.includes(path)) return 'it belongs to the system';
  return null;
}

/** Of Linux, and of macOS, where `/etc`, `/var` and `/tmp` lead below `/private`. */
const systemPlaces: readonly string[] = [
  ...['/', '/etc', '/usr', '/run', '/proc', '/dev', '/var', '/boot', '/sys'],
  ...['/private', '/private/etc', '/private/var', '/private/tmp', '/System', '/Library', '/Applications', '/Users'],
];

const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);

const hide = (path: string): readonly string[] =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    ? flat('--tmpfs', [path])
    : bind('--ro-bind', '/dev/null', path);

const bind = (option: string, from: string, to: string): readonly string[] => [option, from, to];
const flat = (option: string, values: readonly string[]): readonly string[] => [option, ...values];
const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
const isFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
const real = (path: string): string => (existsSync(path) ? realpathSync(path) : path);
