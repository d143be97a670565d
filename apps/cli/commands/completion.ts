/** `writ completion bash|zsh|fish`: completion made from the command table; it completes names and options, and asks no server. */

import { exitCodes, usage } from '../exit.ts';
import type { CommandRun, CommandSpec } from '../program/command.ts';

/** The long options of `spec`. */
const optionsOf = (spec: CommandSpec): string[] => [
  ...(spec.options ?? []).map(({ flags }) => /--[a-z-]+/.exec(flags)?.[0] ?? flags),
  '--json',
  '--help',
];

/** What may follow each run of words: `''` first words, `mandate` its members, a whole command its members and options. */
function next(shown: readonly CommandSpec[]): ReadonlyMap<string, readonly string[]> {
  const after = new Map<string, string[]>([['', []]]);
  const add = (words: string, ...more: readonly string[]): void => {
    const known = after.get(words) ?? [];
    after.set(words, [...known, ...more.filter((word) => !known.includes(word))]);
  };
  for (const { path } of shown) {
    const words = path.split(' ');
    for (const [at, word] of words.entries()) add(words.slice(0, at).join(' '), word);
  }
  add('', 'help');
  for (const spec of shown) add(spec.path, ...(spec.path === 'completion' ? ['bash', 'zsh', 'fish'] : optionsOf(spec)));
  return after;
}

/** What has members, as the shell is told which words lead further. */
const leading = (shown: readonly CommandSpec[]): readonly string[] =>
  [...next(shown).keys()].filter((words) => words !== '' && shown.some(({ path }) => path.startsWith(`${words} `)));

function bash(shown: readonly CommandSpec[]): string {
  const cases = [...next(shown)].map(
    ([words, options]) => `    '${words}') COMPREPLY=($(compgen -W '${options.join(' ')}' -- "$current"));;`,
  );
  return `# bash completion for writ
_writ() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="" index
  for ((index = 1; index < COMP_CWORD; index++)); do
    [[ "\${COMP_WORDS[index]}" == -* ]] && continue
    words="\${words:+$words }\${COMP_WORDS[index]}"
    case "$words" in ${leading(shown)
      .map((words) => `'${words}'`)
      .join('|')}) ;; *) break;; esac
  done
  COMPREPLY=()
  case "$words" in
${cases.join('\n')}
  esac
  [[ \${#COMPREPLY[@]} -eq 0 && "$current" != -* ]] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _writ writ
`;
}

const zsh = (shown: readonly CommandSpec[]): string =>
  `# zsh completion for writ\nautoload -U +X bashcompinit && bashcompinit\n${bash(shown)}`;

function fish(shown: readonly CommandSpec[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const seen = (words: readonly string[]): string =>
    words.length === 0
      ? '__fish_use_subcommand'
      : quote(words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and '));
  const offer = (path: string): string => {
    const words = path.split(' ');
    return `complete -c writ -n ${seen(words.slice(0, -1))} -a ${words.at(-1) ?? ''}`;
  };
  const commands = shown.flatMap((spec) => [
    `${offer(spec.path)} -d ${quote(spec.summary)}`,
    ...optionsOf(spec).map((option) => `complete -c writ -n ${seen(spec.path.split(' '))} -l ${option.slice(2)}`),
  ]);
  const groups = leading(shown).filter((words) => shown.every(({ path }) => path !== words));
  return `# fish completion for writ\n${[...groups.map(offer), ...commands].join('\n')}\n`;
}

/** The command that prints completion for `commands`. */
export const completionFor =
  (commands: readonly CommandSpec[]): CommandRun =>
  async (context, { words: [shell] }) => {
    const shown = commands.filter(({ group }) => group !== 'hidden');
    const scripts: Readonly<Record<string, (specs: readonly CommandSpec[]) => string>> = { bash, zsh, fish };
    const script = Object.hasOwn(scripts, shell ?? '') ? scripts[shell ?? ''] : undefined;
    if (script === undefined)
      throw usage(`there is no completion for \`${shell ?? ''}\``, 'it is one of `bash`, `zsh`, `fish`');
    context.io.stdout.write(script(shown));
    return exitCodes.done;
  };
