/** `writ completion bash|zsh|fish`: completion made from the command table; it completes names and options, and asks no server. */

import { exitCodes, usage } from '../exit.ts';
import type { CommandRun, CommandSpec } from '../program/command.ts';

/** The long options of `spec`. */
const optionsOf = (spec: CommandSpec): string[] => [
  ...(spec.options ?? []).map(({ flags }) => /--[a-z-]+/.exec(flags)?.[0] ?? flags),
  '--json',
  '--help',
];

/** What may follow each prefix of words: `''` first words, `mandate` its members, a whole command its options. */
function next(shown: readonly CommandSpec[]): ReadonlyMap<string, readonly string[]> {
  const first = [...new Set(shown.map(({ path }) => path.split(' ')[0] ?? path)), 'help'];
  const groups = [
    ...new Set(shown.filter(({ path }) => path.includes(' ')).map(({ path }) => path.split(' ')[0] ?? '')),
  ];
  return new Map([
    ['', first],
    ...groups.map(
      (group) =>
        [
          group,
          shown.filter(({ path }) => path.startsWith(`${group} `)).map(({ path }) => path.slice(group.length + 1)),
        ] as const,
    ),
    ...shown.map(
      (spec) => [spec.path, spec.path === 'completion' ? ['bash', 'zsh', 'fish'] : optionsOf(spec)] as const,
    ),
  ]);
}

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
    case "$words" in mandate|audit) ;; *) break;; esac
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
  const lines = shown.flatMap((spec) => {
    const [head = '', member] = spec.path.split(' ');
    const seen =
      member === undefined
        ? `__fish_seen_subcommand_from ${head}`
        : `__fish_seen_subcommand_from ${head}; and __fish_seen_subcommand_from ${member}`;
    const name =
      member === undefined
        ? `complete -c writ -n __fish_use_subcommand -a ${head} -d ${quote(spec.summary)}`
        : `complete -c writ -n '__fish_seen_subcommand_from ${head}' -a ${member} -d ${quote(spec.summary)}`;
    return [name, ...optionsOf(spec).map((option) => `complete -c writ -n '${seen}' -l ${option.slice(2)}`)];
  });
  const groups = [
    ...new Set(shown.filter(({ path }) => path.includes(' ')).map(({ path }) => path.split(' ')[0] ?? '')),
  ];
  return `# fish completion for writ\n${[...groups.map((group) => `complete -c writ -n __fish_use_subcommand -a ${group}`), ...lines].join('\n')}\n`;
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
