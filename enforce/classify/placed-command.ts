/** What a program that has a rule does with its words; undefined where no rule covers them. */

import type { Doing, Saying } from './doing.ts';
import { ofGit, ofNetwork, ofPackages, onFiles, say, unreadable } from './doing.ts';
import { fileResource } from './file-resource.ts';
import type { GitEffect } from './git-command.ts';
import { asSteered, gitEffects } from './git-command.ts';
import { curlEffects, ghEffects, wgetEffects } from './network-command.ts';
import { hasOption, readArguments } from './options.ts';
import { packageEffects, packageManagers } from './package-command.ts';
import type { ProgramRule, Take } from './program-table.ts';
import { modes, programRule } from './program-table.ts';
import type { ShellWord } from './shell-text.ts';
import { runsWhenComputed } from './runs-when-computed.ts';
import { plainSet } from './steering.ts';
import { awkFiles, sedFiles } from './stream-editors.ts';

/** Shell built-ins that change the shell alone; what that means to later commands is read elsewhere. */
const builtins = new Set(['cd', 'export', 'declare', 'typeset', 'readonly']);
const network = new Map([
  ['curl', curlEffects],
  ['wget', wgetEffects],
  ['gh', ghEffects],
]);

const saidToWrit = new Map([
  ['request', 'task.ask'],
  ['ask', 'task.ask'],
  ['check', 'task.note'],
  ['whoami', 'task.note'],
  ['note', 'task.note'],
]);

/** The doings of `program` with `words`. */
export function placedCommand(
  saying: Saying,
  program: string,
  words: readonly ShellWord[],
): readonly Doing[] | undefined {
  if (program === 'set') return plainSet(words) ? [] : undefined;
  if (evaluates(program, words)) return unreadable(saying);
  if (builtins.has(program)) return [];
  if (program === 'date' && words.some(setsClock)) return undefined;
  if (program === 'git') {
    const effects = gitEffects(words);
    return (isElsewhere(saying) ? elsewhere(effects) : effects).flatMap((effect) => ofGit(saying, effect));
  }
  if (packageManagers.has(program)) {
    const effects = packageEffects(program, words);
    return [...effects, ...(isElsewhere(saying) ? [{ kind: 'unplaced' } as const] : [])].flatMap((effect) =>
      ofPackages(saying, effect),
    );
  }
  if (program === 'writ') return toWrit(saying, words);
  const speaks = network.get(program);
  if (speaks !== undefined) return speaks(words).flatMap((effect) => ofNetwork(saying, effect));
  if (program === 'sed') {
    const read = sedFiles(words);
    return (
      read && [
        ...onFiles(saying, 'file.read', read.files),
        ...(read.inPlace ? onFiles(saying, 'file.write', read.files) : []),
      ]
    );
  }
  if (program === 'awk' || program === 'gawk' || program === 'mawk') {
    const read = awkFiles(words);
    return read && onFiles(saying, 'file.read', read);
  }
  const rule = programRule(program);
  return rule && byRule(saying, rule, words);
}

/** Built-ins by which bash computes a number or names a variable, and thereby runs what stands in a subscript: `a[$(…)]`. */
const computing = new Set([
  'let',
  'read',
  'unset',
  'getopts',
  'wait',
  'local',
  'export',
  'declare',
  'typeset',
  'readonly',
]);

function evaluates(program: string, words: readonly ShellWord[]): boolean {
  const names = words.some(({ text }) => /^-[a-z]*v/.test(text));
  const isOne = computing.has(program) || (names && ['test', '[', 'printf'].includes(program));
  return isOne && words.some(({ text }) => runsWhenComputed(text) || (program === 'let' && /\$\(|`/.test(text)));
}

/** An operand of `date` that is no format sets the clock. */
const setsClock = ({ kind, text }: ShellWord): boolean => kind !== 'literal' || /^\d/.test(text);

/** In a folder outside the project, or one that cannot be told, its repository and its manifest are others. */
const isElsewhere = ({ folders, place }: Saying): boolean =>
  folders === null ||
  folders.some((folder) => !fileResource(folder, place).startsWith(`workspace://${place.project}/`));

const elsewhere = (effects: readonly GitEffect[]): readonly GitEffect[] => [
  ...effects.map(asSteered),
  { kind: 'unplaced' },
];

/** What an agent says to Writ itself goes through its door, which lets it do nothing else. */
function toWrit(saying: Saying, [first]: readonly ShellWord[]): readonly Doing[] | undefined {
  if (first?.kind !== 'literal') return undefined;
  const said = saidToWrit.get(first.text);
  return said === undefined ? undefined : [say(saying, said, `mission://${saying.place.project}/${first.text}`)];
}

/** Of the options in the place of a first operand: those that take no value. */
const alone = new Set(['--files', ...modes]);

function byRule(saying: Saying, rule: ProgramRule, words: readonly ShellWord[]): readonly Doing[] | undefined {
  const { valued = [], readsIn = [], writesIn = [], firstIn = [], unless = [] } = rule;
  const given = readArguments(
    words,
    new Set([...valued, ...readsIn, ...writesIn, ...firstIn.filter((name) => !alone.has(name))]),
    rule.style,
  );
  // What may turn out to be an option may be one of those.
  if (given.isCut || (given.isOpen && (unless.length > 0 || writesIn.length > 0))) return undefined;
  if (hasOption(given, unless)) return undefined;
  const valuesOf = (names: readonly string[]): readonly ShellWord[] =>
    given.options.filter(({ name }) => names.includes(name)).flatMap(({ value }) => value ?? []);
  const isFirstGiven = hasOption(given, firstIn);
  const read = taken(isFirstGiven && rule.writes === undefined ? 'all' : (rule.reads ?? 'none'), given.operands);
  const written = taken(rule.writes !== undefined && isFirstGiven ? 'all' : (rule.writes ?? 'none'), given.operands);
  const here: readonly ShellWord[] = read.length === 0 && rule.readsHere ? [{ kind: 'literal', text: '.' }] : [];
  return [
    ...onFiles(saying, 'file.read', [...read, ...valuesOf(readsIn), ...here]),
    ...onFiles(saying, 'file.write', [...written, ...valuesOf(writesIn)]),
  ];
}

function taken(take: Take, operands: readonly ShellWord[]): readonly ShellWord[] {
  switch (take) {
    case 'none':
      return [];
    case 'all':
      return operands;
    case 'first':
      return operands.slice(0, 1);
    case 'last':
      return operands.slice(-1);
    case 'but_first':
      return operands.slice(1);
    case 'but_last':
      return operands.slice(0, -1);
  }
}
