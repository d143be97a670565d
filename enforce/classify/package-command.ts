/** What a package manager's command installs or publishes, from its words. What is not read here is left unplaced: it runs what the project says. */

import { readArguments } from './options.ts';
import type { ShellWord } from './shell-text.ts';

export type PackageEffect =
  /** `what`: a package by name, `lockfile` for what it names, `manifest` for what is asked for beside it. `null`: it cannot be read. */
  | { readonly kind: 'installs'; readonly what: string | null; readonly where: 'project' | 'machine' }
  | { readonly kind: 'publishes' }
  | { readonly kind: 'edits' }
  | { readonly kind: 'unplaced' };

type Manager = {
  /** By the name that stands first. */
  readonly installs?: readonly string[];
  /** Installs exactly what the lockfile names, and says so when it cannot. */
  readonly locked?: readonly string[];
  /** Options that make an installation without names a locked one. */
  readonly lockedIf?: readonly string[];
  readonly publishes?: readonly string[];
  readonly edits?: readonly string[];
  readonly where?: 'machine';
  readonly valued?: readonly string[];
};

const registry = [
  'publish',
  'unpublish',
  'deprecate',
  'dist-tag',
  'owner',
  'access',
  'token',
  'login',
  'adduser',
  'logout',
  'team',
  'org',
  'hook',
  'star',
];
const node: Manager = {
  installs: [
    'install',
    'i',
    'add',
    'in',
    'ins',
    'isntall',
    'update',
    'up',
    'upgrade',
    'install-test',
    'it',
    'link',
    'ln',
  ],
  locked: ['ci', 'clean-install', 'ic', 'install-clean', 'install-ci-test', 'cit'],
  lockedIf: ['--frozen-lockfile', '--immutable'],
  publishes: registry,
  edits: ['uninstall', 'remove', 'rm', 'r', 'un', 'unlink', 'dedupe', 'prune', 'version', 'init', 'pkg', 'shrinkwrap'],
  valued: ['-w', '--workspace', '--prefix', '-C', '--dir', '--cwd', '--registry', '--loglevel', '--omit', '--tag'],
};

const managers: Readonly<Record<string, Manager>> = {
  npm: node,
  pnpm: node,
  yarn: node,
  bun: node,
  pip: {
    installs: ['install', 'download', 'wheel'],
    edits: ['uninstall'],
    valued: ['-r', '-c', '-i', '--index-url', '-t', '--target', '-e'],
  },
  uv: {
    installs: ['add'],
    locked: [],
    lockedIf: ['--frozen', '--locked'],
    publishes: ['publish'],
    edits: ['remove'],
  },
  poetry: {
    installs: ['add', 'update'],
    locked: ['install', 'sync'],
    publishes: ['publish'],
    edits: ['remove', 'lock', 'version'],
  },
  cargo: {
    installs: ['install', 'add', 'update', 'fetch'],
    lockedIf: ['--locked', '--frozen'],
    publishes: ['publish', 'yank', 'owner', 'login', 'logout'],
    edits: ['remove', 'new', 'init'],
  },
  gem: {
    installs: ['install', 'update'],
    publishes: ['push', 'yank', 'owner', 'signin'],
    where: 'machine',
  },
  twine: { publishes: ['upload', 'register'] },
  'apt-get': { installs: ['install', 'update', 'upgrade', 'dist-upgrade', 'build-dep'], where: 'machine' },
  apt: { installs: ['install', 'update', 'upgrade', 'full-upgrade'], where: 'machine' },
  brew: { installs: ['install', 'upgrade', 'update', 'tap'], where: 'machine' },
  docker: { publishes: ['push', 'login'] },
  podman: { publishes: ['push', 'login'] },
};
const sameAs: Readonly<Record<string, string>> = { pip3: 'pip' };

/** The managers by the name one calls them. */
export const packageManagers: ReadonlySet<string> = new Set([...Object.keys(managers), ...Object.keys(sameAs)]);

/** The effects of the manager `name` with `words` after it. */
export function packageEffects(name: string, words: readonly ShellWord[]): readonly PackageEffect[] {
  const manager = managers[sameAs[name] ?? name];
  if (manager === undefined) return [{ kind: 'unplaced' }];
  const { options, operands, isOpen } = readArguments(words, new Set(manager.valued ?? []));
  const [command, ...named] = operands;
  const where =
    manager.where ?? (options.some((one) => one.name === '-g' || one.name === '--global') ? 'machine' : 'project');
  // `yarn` alone installs.
  if (command === undefined)
    return name === 'yarn' && !isOpen ? [{ kind: 'installs', what: 'manifest', where }] : [{ kind: 'unplaced' }];
  // It may become any of them.
  if (command.kind !== 'literal') return [{ kind: 'publishes' }, { kind: 'unplaced' }];
  const is = (list: readonly string[] | undefined): boolean => list?.includes(command.text) ?? false;
  if (is(manager.publishes)) return [{ kind: 'publishes' }];
  if (is(manager.locked)) return [{ kind: 'installs', what: 'lockfile', where }];
  if (is(manager.installs))
    return installs(named, { isOpen, where, isLocked: options.some((one) => manager.lockedIf?.includes(one.name)) });
  if (isOpen) return [{ kind: 'unplaced' }];
  // Even one that only lists speaks to its registry and writes into the person's home.
  return is(manager.edits) ? [{ kind: 'edits' }, { kind: 'unplaced' }] : [{ kind: 'unplaced' }];
}

function installs(
  named: readonly ShellWord[],
  {
    isOpen,
    where,
    isLocked,
  }: { readonly isOpen: boolean; readonly where: 'project' | 'machine'; readonly isLocked: boolean },
): readonly PackageEffect[] {
  if (isOpen) return [{ kind: 'installs', what: null, where }];
  if (named.length === 0) return [{ kind: 'installs', what: isLocked ? 'lockfile' : 'manifest', where }];
  return named.map(({ kind, text }): PackageEffect => ({
    kind: 'installs',
    what: kind === 'literal' ? packageName(text) : null,
    where,
  }));
}

/** `@scope/name@1.2` and `name==1.2` without their versions; null for what is no name in a registry. */
function packageName(text: string): string | null {
  const name = /^(@[\w.-]+\/[\w.-]+|[\w.-]+)(?:@[\w.^~<>=*-]+|[=<>~!]=?[\w.,<>=~!*-]+|\[[\w,]+\])?$/.exec(text)?.[1];
  return name === undefined || /^\.{1,2}$/.test(name) ? null : name;
}
