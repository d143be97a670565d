/** What a `git` command does, from its words. It never says less than it may do: what it cannot read is left unplaced, and a push it cannot read names no branch. */

import type { Arguments } from './options.ts';
import { hasOption, readArguments } from './options.ts';
import type { ShellWord } from './shell-text.ts';

/** Actions by name with what they are on: a resource below `git://PROJECT/`, a file, or the whole worktree. */
export type GitEffect =
  | { readonly kind: 'reads' }
  | { readonly kind: 'commits' }
  | { readonly kind: 'edits' }
  | { readonly kind: 'tags'; readonly tag: string | null }
  | { readonly kind: 'pushes'; readonly force: boolean; readonly ref: string | null }
  | { readonly kind: 'configures'; readonly where: 'repository' | 'person' }
  | { readonly kind: 'writes' | 'takes'; readonly file: ShellWord }
  | { readonly kind: 'unplaced' };

const reading = [
  'status',
  'log',
  'diff',
  'show',
  'blame',
  'ls-files',
  'ls-tree',
  'rev-parse',
  'describe',
  'shortlog',
  'cat-file',
  'grep',
  'rev-list',
  'merge-base',
  'name-rev',
  'for-each-ref',
  'show-ref',
  'count-objects',
  'check-ignore',
  'whatchanged',
  'var',
  'version',
  'cherry',
  'diff-tree',
  'diff-files',
  'diff-index',
  'annotate',
  'help',
];
const committing = [
  'add',
  'commit',
  'notes',
  'gc',
  'reflog',
  'repack',
  'prune',
  'update-index',
  'write-tree',
  'commit-tree',
  'hash-object',
];
const editing = [
  'checkout',
  'switch',
  'restore',
  'reset',
  'rm',
  'mv',
  'stash',
  'merge',
  'rebase',
  'cherry-pick',
  'revert',
  'am',
  'apply',
  'clean',
];

/** Options before the subcommand that change nothing but how it is shown. */
const harmless = new Set(['--no-pager', '-P', '--no-optional-locks', '--literal-pathspecs', '--no-replace-objects']);
/** Options that run a program, or that read or write where the subcommand does not. */
const reaching = [
  '--ext-diff',
  '--textconv',
  '--open-files-in-pager',
  '-O',
  '--exec',
  '-x',
  '--upload-pack',
  '--receive-pack',
  '--interactive',
  '-i',
  '--edit-todo',
  '--no-index',
  '--patch-format',
  '--directory',
  '--unsafe-paths',
  '--show-signature',
];

/** Options that take a value in a word of their own. Where one is missing, its value is an operand, which hides nothing. */
const valuedOf: Readonly<Record<string, readonly string[]>> = {
  commit: ['-m', '--message', '-F', '--file', '-C', '-c', '-t', '--template', '--author', '--date'],
  'commit-tree': ['-m', '-p', '-F'],
  merge: ['-m', '-F', '--file', '-s', '--strategy', '-X'],
  rebase: ['-s', '--strategy', '-X', '--onto'],
  'cherry-pick': ['-m', '--strategy', '-X'],
  revert: ['-m', '--strategy', '-X'],
  stash: ['-m', '--message'],
  notes: ['-m', '-F', '-C', '-c'],
  tag: ['-m', '--message', '-F', '--file', '-u'],
};
/** What Git merges by itself; another strategy is a program of that name. */
const strategies = /^(?:ort|recursive|resolve|octopus|ours|subtree)$/;

/** The effects of `git` with `words` after it. */
export function gitEffects(words: readonly ShellWord[]): readonly GitEffect[] {
  const valued = new Set([
    '-c',
    '-C',
    '--git-dir',
    '--work-tree',
    '--namespace',
    '--exec-path',
    '--config-env',
    '--super-prefix',
  ]);
  let at = 0;
  let isSteered = false;
  for (; at < words.length && (words[at]?.text.startsWith('-') ?? false); at += 1) {
    const text = words[at]?.text ?? '';
    if (!harmless.has(text)) isSteered = true;
    if (valued.has(text)) at += 1;
  }
  const command = words[at];
  if (command === undefined) return [{ kind: 'reads' }];
  const rest = words.slice(at + 1);
  // Where it cannot be told what it is, it may be anything, a push among it.
  if (command.kind !== 'literal') return [{ kind: 'unplaced' }, { kind: 'pushes', force: true, ref: null }];
  const effects = of(command.text, rest);
  return isSteered ? [...effects.map(asSteered), { kind: 'unplaced' }] : effects;
}

/** With its repository or configuration changed, a push may go anywhere. */
export const asSteered = (effect: GitEffect): GitEffect =>
  effect.kind === 'pushes' ? { ...effect, ref: null } : effect;

function of(command: string, rest: readonly ShellWord[]): readonly GitEffect[] {
  const given = readArguments(rest, new Set([...(valuedOf[command] ?? []), '--output']));
  if (command === 'push') return pushes(rest);
  if (command === 'tag') return tags(given);
  if (command === 'branch')
    return listsOnly(given, [
      '-a',
      '-r',
      '-v',
      '-l',
      '--list',
      '--all',
      '--show-current',
      '--contains',
      '--merged',
      '--no-merged',
    ])
      ? [{ kind: 'reads' }]
      : [{ kind: 'commits' }];
  if (command === 'config') return configures(given);
  if (command === 'remote') return remote(rest);
  if (command === 'worktree') return rest[0]?.text === 'list' ? [{ kind: 'reads' }] : [{ kind: 'unplaced' }];
  const known: GitEffect | undefined =
    reading.includes(command) || looks(command, rest[0]?.text ?? '')
      ? { kind: 'reads' }
      : committing.includes(command)
        ? { kind: 'commits' }
        : editing.includes(command)
          ? { kind: 'edits' }
          : undefined;
  if (known === undefined) return [{ kind: 'unplaced' }];
  const output = given.options.find(({ name }) => name.length > 3 && '--output'.startsWith(name));
  const strategy = given.options.find(({ name }) => /^(?:-s|--str\w*)$/.test(name))?.value;
  return [
    known,
    ...(known.kind === 'edits' ? [{ kind: 'commits' } as const] : []),
    ...(output === undefined ? [] : [{ kind: 'writes', file: output.value ?? { kind: 'unknown', text: '' } } as const]),
    ...(strategy !== null && strategy !== undefined && !strategies.test(strategy.text)
      ? [{ kind: 'unplaced' } as const]
      : []),
    ...(command === 'help' && given.options.some(({ name }) => name !== '-a') ? [{ kind: 'unplaced' } as const] : []),
    // What is read from elsewhere, into a commit or the working tree.
    ...rest.filter(({ text }) => outside.test(text)).map((file) => ({ kind: 'takes', file: valueIn(file) }) as const),
    ...(given.isOpen && known.kind === 'reads' && command !== 'status' ? [{ kind: 'unplaced' } as const] : []),
    ...(hasOption(
      given,
      reaching.filter(
        (name) =>
          !(command === 'add' && name === '-i') &&
          !(command === 'clean' && name === '-x') &&
          !(command === 'grep' && name === '-i') &&
          !(command === 'log' && name === '-i'),
      ),
    )
      ? [{ kind: 'unplaced' } as const]
      : []),
  ];
}

/** Words that may name a file elsewhere, in an option or by themselves. */
const outside = /^(?:--?[\w-]+=|-[A-Za-z])?(?:[/~]|\.\.(?:\/|$))/;
const valueIn = ({ kind, text }: ShellWord): ShellWord => ({
  kind,
  text: text.replace(/^(?:--?[\w-]+=|-[A-Za-z])/, ''),
});

/** Subcommands of others that only look. */
const looks = (command: string, what: string): boolean =>
  (command === 'stash' && /^(?:list|show)$/.test(what)) ||
  (command === 'reflog' && !/^(?:expire|delete|drop)$/.test(what));

const listsOnly = ({ options, operands, isOpen }: Arguments, names: readonly string[]): boolean =>
  !isOpen &&
  options.every(({ name }) => names.includes(name)) &&
  (operands.length === 0 || options.some(({ name }) => name === '-l' || name === '--list'));

function tags(given: Arguments): readonly GitEffect[] {
  if (listsOnly(given, ['-l', '--list', '-n', '--contains', '--sort'])) return [{ kind: 'reads' }];
  const [tag] = given.operands;
  return [{ kind: 'tags', tag: tag?.kind === 'literal' ? tag.text : null }];
}

/** Who commits and how it looks: nothing that Git acts on. */
const harmlessKey = /^(?:user\.(?:name|email)|color\.[a-z.]+|init\.defaultbranch)$/i;

function configures(given: Arguments): readonly GitEffect[] {
  const [first] = given.operands;
  const names = given.options.map(({ name }) => name);
  const edits = names.some((name) => /^(?:-e|--e.*)$/.test(name)) || first?.text === 'edit';
  if (!given.isOpen && !edits) {
    if (hasOption(given, ['--get', '--get-all', '--get-regexp', '--list', '-l'])) return [{ kind: 'reads' }];
    if (first?.kind === 'literal' && /^(?:get|list)$/.test(first.text)) return [{ kind: 'reads' }];
    if (given.operands.length === 1 && given.options.length === 0) return [{ kind: 'reads' }];
    if (given.options.length === 0 && first?.kind === 'literal' && harmlessKey.test(first.text))
      return [{ kind: 'commits' }];
  }
  const where = hasOption(given, ['--global', '--system', '--file', '-f']) ? 'person' : 'repository';
  return [{ kind: 'configures', where }, ...(edits ? [{ kind: 'unplaced' } as const] : [])];
}

function remote(rest: readonly ShellWord[]): readonly GitEffect[] {
  const { operands, isOpen } = readArguments(rest, new Set());
  const [what] = operands;
  if (!isOpen && (what === undefined || what.text === 'get-url')) return [{ kind: 'reads' }];
  return what?.text === 'show' || what?.text === 'update' || what?.text === 'prune'
    ? [{ kind: 'unplaced' }]
    : [{ kind: 'configures', where: 'repository' }, { kind: 'commits' }];
}

const plainRef = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;

function pushes(rest: readonly ShellWord[]): readonly GitEffect[] {
  const given = readArguments(rest, new Set(['-o', '--push-option', '--repo', '--receive-pack', '--exec']));
  const names = new Set(given.options.map(({ name }) => name));
  const harmlessOptions = [
    '-u',
    '--set-upstream',
    '-q',
    '--quiet',
    '-v',
    '--verbose',
    '--progress',
    '--no-progress',
    '--porcelain',
    '--atomic',
    '-n',
    '--dry-run',
    '--no-verify',
    '-4',
    '-6',
  ];
  const forcing = ['-f', '--force', '--force-with-lease', '--force-if-includes'];
  const force = forcing.some((name) => names.has(name));
  const unread: GitEffect = { kind: 'pushes', force: true, ref: null };
  const [remoteName, ...refspecs] = given.operands;
  if (given.isOpen || [...names].some((name) => !harmlessOptions.includes(name) && !forcing.includes(name)))
    return [unread];
  // Without a refspec, the configuration says what goes where.
  if (
    remoteName?.kind !== 'literal' ||
    !/^\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(remoteName.text) ||
    refspecs.length === 0
  )
    return [{ kind: 'pushes', force, ref: null }];
  return refspecs.map(({ kind, text }): GitEffect => {
    const isForced = force || text.startsWith('+');
    const [source = '', target = source] = text.replace(/^\+/, '').split(':');
    const ref = target.replace(/^refs\/heads\//, '');
    const isPlain =
      kind === 'literal' &&
      text.split(':').length <= 2 &&
      plainRef.test(ref) &&
      // Git takes `heads/main` for `refs/heads/main`.
      !/^(?:(?:refs|heads|tags|remotes)\/|HEAD$)|\.\.|@\{/.test(ref);
    // An empty source deletes.
    return { kind: 'pushes', force: isForced || source === '', ref: isPlain ? ref : null };
  });
}
