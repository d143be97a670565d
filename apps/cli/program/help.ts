/** Help as text: the short front page, one page a group, one page a command, and the exit codes. Pure. */

import { exitCodeMeanings } from '../exit.ts';
import type { Style } from '../render/style.ts';
import { padTo, wrap } from '../render/width.ts';
import type { CommandGroup, CommandSpec } from './command.ts';

type Pair = readonly [string, string];

/** Two aligned columns, the right one wrapped. */
function pairs(rows: readonly Pair[], style: Style, left: number): string[] {
  return rows.flatMap(([name, text]) => {
    const [first = '', ...rest] = wrap(text, style.columns - left - 4);
    return [
      `  ${padTo(name, left)}  ${style.dim(first)}`,
      ...rest.map((line) => `  ${' '.repeat(left)}  ${style.dim(line)}`),
    ];
  });
}

/** An argument as help writes it: `<file>` is `FILE`, `[words...]` is `[WORDS …]`. */
const spoken = (name: string): string => {
  const word = name.replace(/[<>[\].]/g, '').toUpperCase() + (name.includes('...') ? ' …' : '');
  return name.startsWith('[') ? `[${word}]` : word;
};

const call = (spec: CommandSpec): string =>
  [spec.path, ...(spec.arguments ?? []).map(({ name }) => spoken(name))].join(' ');
const widest = (rows: readonly Pair[]): number => Math.max(0, ...rows.map(([name]) => name.length));

const heading = (style: Style, text: string): string => style.bold(text);

/** The front page: what a person needs on the first day, and where the rest is. */
export function frontPage(commands: readonly CommandSpec[], style: Style): string[] {
  const front = commands.filter(({ group }) => group === 'front').map((spec): Pair => [call(spec), spec.summary]);
  const more: readonly Pair[] = [
    ['up, down, store …', 'Writ on this machine, and where its journals are'],
    ['mandate …, suggest', 'what agents may do: approve, narrow, revoke; what more they need'],
    ['people …, remote …', 'who may do what, where pushes go; also mcp, network, managed'],
    ['signal …', 'facts that mandates depend on, and who may report them'],
    ['audit …, keys …, scope', 'prove what happened; what signs it; what is enforced here'],
    ['session …, agent …', 'open, send, fork, adopt; accept agents; also `first-night`'],
    ['help COMMAND', 'one command, with an example; also `agents`, `exit-codes`'],
  ];
  const left = Math.max(widest(front), widest(more));
  return [
    `${style.bold('writ')}: agents work under what you approved, and stop when it no longer holds`,
    '',
    ...pairs(front, style, left),
    '',
    heading(style, 'More'),
    ...pairs(more, style, left),
    '',
    style.dim('Every command takes --help and --json. `writ` alone says what fits here and writes nothing.'),
  ];
}

const groupTitles: Record<CommandGroup, string> = {
  front: 'Every day',
  daily: 'Every day',
  authority: 'What agents may do',
  evidence: 'What happened, and what is enforced',
  service: 'Writ on this machine',
  inside: 'From inside a run, for agents',
  hidden: '',
};

/** One page for a set of commands, such as all of `writ mandate`. */
export function groupPage(title: string, specs: readonly CommandSpec[], style: Style): string[] {
  const rows = specs.map((spec): Pair => [call(spec), spec.summary]);
  return [
    style.bold(title),
    '',
    ...pairs(rows, style, widest(rows)),
    '',
    style.dim('writ help COMMAND shows one of them with an example.'),
  ];
}

/** Every command, by group. */
export function allPage(commands: readonly CommandSpec[], style: Style): string[] {
  const shown = commands.filter(({ group }) => group !== 'hidden');
  const groups = [...new Set(shown.map(({ group }) => group))];
  const left = widest(shown.map((spec): Pair => [call(spec), '']));
  return groups.flatMap((group) => [
    heading(style, groupTitles[group]),
    ...pairs(
      shown.filter((spec) => spec.group === group).map((spec): Pair => [call(spec), spec.summary]),
      style,
      left,
    ),
    '',
  ]);
}

/** One command: how it is called, what it does, its arguments and options, examples. */
export function commandPage(spec: CommandSpec, style: Style): string[] {
  const own = (spec.options ?? []).map((option): Pair => {
    const choices = option.choices === undefined ? '' : `: ${option.choices.join(', ')}`;
    return [option.flags, option.description + choices];
  });
  const words = (spec.arguments ?? []).map(({ name, description }): Pair => [spoken(name), description]);
  const options: readonly Pair[] = [
    ...own,
    ['--json', 'the answer as JSON; errors as JSON on standard error'],
    ['-h, --help', 'this page'],
  ];
  const left = Math.max(widest(words), widest(options));
  return [
    `${style.bold(`writ ${spec.path}`)}: ${spec.summary}`,
    '',
    `  writ ${call(spec)}${spec.passThrough ? '' : ' [options]'}`,
    ...(spec.about === undefined ? [] : ['', ...wrap(spec.about, style.columns - 2).map((line) => `  ${line}`)]),
    ...(words.length === 0 ? [] : ['', heading(style, 'Arguments'), ...pairs(words, style, left)]),
    '',
    heading(style, 'Options'),
    ...pairs(options, style, left),
    '',
    heading(style, spec.examples.length === 1 ? 'Example' : 'Examples'),
    ...spec.examples.map((example) => `  ${example}`),
  ];
}

/** What the exit codes mean. */
export const exitCodesPage = (style: Style): string[] => [
  style.bold('Exit codes'),
  '',
  ...exitCodeMeanings.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`),
];
