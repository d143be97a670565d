/** From the command table to a parser: commander parses, this file wires; the words of every error are ours. */

import { Argument, Command, CommanderError, Option } from 'commander';
import { CommandEnd, exitCodes, usage } from '../exit.ts';
import type { CommandSpec, Input } from './command.ts';
import type { Context } from './context.ts';
import { allPage, commandPage, exitCodesPage, frontPage, groupPage } from './help.ts';
import { commands } from './registry.ts';

/** A parser for one command line. Resolves with the exit code; throws `CommandEnd` for a usage error. */
export function buildProgram(context: Context): (argv: readonly string[]) => Promise<number> {
  return (argv) => parserFor(context, argv[0] ?? '')(argv);
}

/** It knows the commands that begin with `first`, which are all it can come to; every command where that is none, such as an option. */
function parserFor(context: Context, first: string): (argv: readonly string[]) => Promise<number> {
  const meant = commands.filter(({ path }) => path.split(' ')[0] === first);
  let exitCode: number = exitCodes.done;
  const root = quiet(new Command('writ')).enablePositionalOptions().helpCommand(false).helpOption(false);
  root.option('-h, --help').option('--json').argument('[words...]');
  root.action(async (words: string[], options: Record<string, unknown>) => {
    const [first] = words;
    if (first !== undefined) throw unknownCommand(first);
    if (options['help'] === true) context.say(...frontPage(commands, context.style()));
    else exitCode = await (await import('../commands/overview.ts')).run(context, { words: [], options: {} });
  });

  /** What is called by each run of words: commands, and groups of them. A command with members is both. */
  const known = new Map<string, Command>([['', root]]);
  for (const spec of meant.length === 0 ? commands : meant) {
    const command = commandFor(spec, context, (code) => {
      exitCode = code;
    });
    groupFor(known, parentOf(spec.path), context).addCommand(command);
    known.set(spec.path, command);
  }
  root.addCommand(helpFor(context));

  return async (argv) => {
    try {
      await root.parseAsync([...argv], { from: 'user' });
    } catch (error) {
      if (error instanceof CommanderError && error.code === 'writ.help') return exitCodes.done;
      if (error instanceof CommanderError) throw parseError(error, argv);
      throw error;
    }
    return exitCode;
  };
}

const quiet = (command: Command): Command =>
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });

function commandFor(spec: CommandSpec, context: Context, done: (exitCode: number) => void): Command {
  const command = quiet(new Command(spec.path.split(' ').at(-1)))
    .enablePositionalOptions()
    .helpOption(false)
    .helpCommand(false);
  const help = (): void => {
    context.say(...commandPage(spec, context.style()));
  };
  for (const { name, description } of spec.arguments ?? []) command.addArgument(new Argument(name, description));
  for (const { flags, description, choices, repeat } of spec.options ?? []) {
    const option = new Option(flags, description);
    if (choices !== undefined) option.choices(choices);
    if (repeat) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
    command.addOption(option);
  }
  command.option('--json').option('-h, --help');
  if (spec.passThrough) command.passThroughOptions().allowUnknownOption();
  // `--help` wins over a missing argument.
  command.on('option:help', () => {
    help();
    throw new CommanderError(exitCodes.done, 'writ.help', '');
  });
  command.action(async () => {
    const input: Input = { words: command.args, options: command.opts() };
    checkIds(spec, input.words);
    const { run } = await spec.load();
    done(await run(context, input));
  });
  return command;
}

/** Ends the command where a word that is to be an id cannot be one, before anything is loaded or asked: what is no identifier on the wire names nothing. */
function checkIds(spec: CommandSpec, words: readonly string[]): void {
  for (const [at, { name }] of (spec.arguments ?? []).entries()) {
    const word = words[at];
    if (word === undefined || !/^[<[]id[\]>]$/.test(name) || /^[A-Za-z0-9_.-]{1,128}$/.test(word)) continue;
    throw usage(
      `\`${word}\` is no id: one is letters, digits, \`.\`, \`_\` and \`-\``,
      `\`writ show\` lists what there is; \`writ ${spec.path} --help\` shows how it is called`,
    );
  }
}

/** The words before the last. */
const parentOf = (path: string): string => path.split(' ').slice(0, -1).join(' ');

function groupFor(known: Map<string, Command>, name: string, context: Context): Command {
  const existing = known.get(name);
  if (existing !== undefined) return existing;
  const members = commands.filter(({ path }) => path.startsWith(`${name} `));
  const group = quiet(new Command(name.split(' ').at(-1)))
    .enablePositionalOptions()
    .helpOption(false)
    .helpCommand(false)
    .option('-h, --help')
    .option('--json')
    .argument('[words...]');
  group.action((words: string[]) => {
    const [first] = words;
    if (first !== undefined) throw unknownCommand(`${name} ${first}`);
    context.say(...groupPage(`writ ${name}`, members, context.style()));
  });
  groupFor(known, parentOf(name), context).addCommand(group);
  known.set(name, group);
  return group;
}

function helpFor(context: Context): Command {
  const help = quiet(new Command('help'))
    .helpOption(false)
    .helpCommand(false)
    .argument('[words...]')
    .option('--json')
    .option('-h, --help');
  return help.action((words: string[]) => {
    const style = context.style();
    const topic = words.join(' ');
    const exact = commands.find(({ path }) => path === topic);
    const members = commands.filter(({ path }) => path.startsWith(`${topic} `));
    if (topic === '') context.say(...frontPage(commands, style));
    else if (topic === 'exit-codes') context.say(...exitCodesPage(style));
    else if (topic === 'all') context.say(...allPage(commands, style));
    else if (topic === 'agents')
      context.say(
        ...groupPage(
          'From inside a run, for agents',
          commands.filter(({ group }) => group === 'inside'),
          style,
        ),
      );
    else if (exact !== undefined) context.say(...commandPage(exact, style));
    else if (members.length > 0) context.say(...groupPage(`writ ${topic}`, members, style));
    else throw unknownCommand(topic);
  });
}

/** Agent programs that people know by name and that have no command of their own. */
const harnesses: readonly string[] = ['aider', 'cline', 'cursor-agent', 'pi', 'qwen'];

function unknownCommand(name: string): CommandEnd {
  const known = commands.filter(({ group }) => group !== 'hidden').map(({ path }) => path);
  const [best] = known.map((path) => [distance(name, path), path] as const).toSorted(([a], [b]) => a - b);
  const near =
    best !== undefined && best[0] <= Math.max(2, Math.floor(name.length / 3)) && best[0] < name.length
      ? `did you mean \`writ ${best[1]}\`? `
      : '';
  const program = harnesses.includes(name) ? `run it under a mandate with \`writ exec -- ${name}\`; ` : near;
  // Of a group, its own page: the front page names no member of it.
  const group = parentOf(name);
  const page = commands.some(({ path }) => path.startsWith(`${group} `)) ? `writ ${group} --help` : 'writ --help';
  return usage(`there is no command \`${name}\``, `${program}\`${page}\` lists them`);
}

/** Edits between two words (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, left] of Array.from(a).entries())
    row = Array.from(b).reduce<number[]>(
      (next, right, j) => [
        ...next,
        Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (left === right ? 0 : 1)),
      ],
      [i + 1],
    );
  return row[b.length] ?? 0;
}

/** Commander's complaint in our words: `error: missing required argument 'file'` becomes ``missing required argument `file` ``. */
function parseError(error: CommanderError, argv: readonly string[]): CommandEnd {
  const [word = ''] = argv;
  // Whose options it would be is not ours to say.
  if (word !== '' && !word.startsWith('-') && !commands.some(({ path }) => path.split(' ')[0] === word))
    return unknownCommand(word);
  const [first = '', hint = ''] = error.message.replace(/^error: /, '').split('\n');
  const sentence = first
    .replace(/'([^']*)'/g, '`$1`')
    .replace(/\. Allowed choices are (.*)\.$/, '; it is one of $1')
    .replace(/\.$/, '');
  const path = commands
    .map(({ path: candidate }) => candidate)
    .filter((candidate) => `${argv.join(' ')} `.startsWith(`${candidate} `))
    .reduce<string | undefined>(
      (best, one) => (best === undefined || one.length > best.length ? one : best),
      undefined,
    );
  const lacking = error.code === 'commander.missingArgument' ? lackingIn(path, sentence) : undefined;
  if (lacking !== undefined) return lacking;
  const suggestion = /Did you mean (\S+)\?/.exec(hint)?.[1];
  const page =
    path === undefined ? '`writ --help` shows the commands' : `\`writ ${path} --help\` shows how it is called`;
  return usage(sentence, suggestion === undefined ? page : `did you mean \`${suggestion}\`? ${page}`);
}

/** What the command `path` was not told, in the words of its own help, and how one calls it. */
function lackingIn(path: string | undefined, sentence: string): CommandEnd | undefined {
  const spec = commands.find((one) => one.path === path);
  const name = /`([^`]+)`/.exec(sentence)?.[1];
  const argument = spec?.arguments?.find((one) => one.name.replace(/[<>[\].]/g, '') === name);
  if (spec === undefined || argument === undefined) return undefined;
  return usage(
    `\`writ ${spec.path}\` was not told its ${argument.name.replace(/[<>[\].]/g, '')}: ${argument.description}`,
    `${spec.examples[0] === undefined ? '' : `such as \`${spec.examples[0]}\`; `}\`writ ${spec.path} --help\` says more`,
  );
}
