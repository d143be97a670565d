/** What a package manager's command installs or publishes, from its words. What is not read here is left unplaced: it runs what the project says. */

import type { Arguments } from './options.ts';
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
  valued: [
    '-w',
    '--workspace',
    '--prefix',
    '-C',
    '--dir',
    '--cwd',
    '--registry',
    '--loglevel',
    '--omit',
    '--tag',
    '--location',
  ],
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

/** Options that change nothing but how loudly, or how thoroughly, it does what is read here. */
const harmless = new Set([
  ...['-y', '--yes', '-q', '--quiet', '-v', '--verbose', '-s', '--silent', '--no-audit', '--no-fund', '--no-progress'],
  ...[
    '--ignore-scripts',
    '-D',
    '--save-dev',
    '-d',
    '--dev',
    '-E',
    '--save-exact',
    '--save',
    '-P',
    '--save-prod',
    '--no-save',
  ],
  ...[
    '-S',
    '-O',
    '--save-optional',
    '--save-peer',
    '-g',
    '--global',
    '--production',
    '--prod',
    '--prefer-offline',
    '--offline',
  ],
  ...[
    '--legacy-peer-deps',
    '--force',
    '-f',
    '--frozen-lockfile',
    '--immutable',
    '--frozen',
    '--locked',
    '--loglevel',
    '--omit',
  ],
  ...[
    '--include',
    '--no-install-recommends',
    '-U',
    '--upgrade',
    '--no-cache-dir',
    '--no-deps',
    '--user',
    '-r',
    '--requirement',
  ],
  ...[
    '--disable-pip-version-check',
    '--no-input',
    '-w',
    '--workspace',
    '--workspaces',
    '-W',
    '-e',
    '--editable',
    '--color',
  ],
  ...[
    '--group',
    '--extra',
    '--all-extras',
    '--no-dev',
    '--no-root',
    '--features',
    '--path',
    '--no-color',
    '--no-optional',
  ],
  ...[
    '--tag',
    '--dry-run',
    '--break-system-packages',
    '--pre',
    '--no-build-isolation',
    '-qq',
    '--json',
    '--foreground-scripts',
  ],
]);

/** The effects of the manager `name` with `words` after it. */
export function packageEffects(name: string, words: readonly ShellWord[]): readonly PackageEffect[] {
  const manager = managers[sameAs[name] ?? name];
  if (manager === undefined) return [{ kind: 'unplaced' }];
  const given = readArguments(words, new Set(manager.valued ?? []));
  const found = named(name, manager, given);
  // With another option it may read another configuration, run another program, or install elsewhere; and what stands after it may be its value.
  const isPlain = !given.isCut && given.options.every((one) => harmless.has(one.name));
  if (isPlain || found.some(({ kind }) => kind === 'publishes')) return found;
  const pushes = given.options.some((one) => one.name === '--push');
  const [, ...after] = given.operands;
  const mayPublish = pushes || after.some(({ text }) => manager.publishes?.includes(text) ?? false);
  return [
    ...found.map((effect): PackageEffect => (effect.kind === 'installs' ? { ...effect, what: null } : effect)),
    ...(mayPublish ? [{ kind: 'publishes' } as const] : []),
    { kind: 'unplaced' },
  ];
}

function named(name: string, manager: Manager, { options, operands, isOpen }: Arguments): readonly PackageEffect[] {
  // `cargo +nightly …` names a toolchain.
  const [command, ...rest] = operands[0]?.text.startsWith('+') === true ? operands.slice(1) : operands;
  const isGlobal = options.some(
    (one) =>
      ['-g', '--global', '--user'].includes(one.name) || (one.name === '--location' && one.value?.text !== 'project'),
  );
  const where =
    manager.where ?? (isGlobal || (name === 'cargo' && command?.text === 'install') ? 'machine' : 'project');
  // `yarn` alone installs.
  if (command === undefined)
    return name === 'yarn' && !isOpen ? [{ kind: 'installs', what: 'manifest', where }] : [{ kind: 'unplaced' }];
  // It may become any of them.
  if (command.kind !== 'literal') return [{ kind: 'publishes' }, { kind: 'unplaced' }];
  const is = (list: readonly string[] | undefined): boolean => list?.includes(command.text) ?? false;
  if (is(manager.publishes) || (name === 'npm' && isBeginningOf(command.text, manager.publishes ?? [])))
    return [{ kind: 'publishes' }];
  if (is(manager.locked)) return [{ kind: 'installs', what: 'lockfile', where }];
  if (is(manager.installs))
    return installs(rest, { isOpen, where, isLocked: options.some((one) => manager.lockedIf?.includes(one.name)) });
  if (isOpen) return [{ kind: 'unplaced' }];
  // Behind a command that leads to others (`yarn workspace x publish`, `docker image push`), it is among them.
  if (leads.has(command.text) && rest.some(({ text }) => manager.publishes?.includes(text) ?? false))
    return [{ kind: 'publishes' }, { kind: 'unplaced' }];
  // Even one that only lists speaks to its registry and writes into the person's home.
  return is(manager.edits) ? [{ kind: 'edits' }, { kind: 'unplaced' }] : [{ kind: 'unplaced' }];
}

const leads = new Set(['npm', 'workspace', 'workspaces', 'recursive', 'image', 'compose', 'manifest', 'buildx']);

/** npm takes what begins a command for it. */
const isBeginningOf = (text: string, commands: readonly string[]): boolean =>
  text.length > 2 && commands.some((one) => one.startsWith(text));

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
