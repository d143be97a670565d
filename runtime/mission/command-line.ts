/**
 * A command line as a person writes it, to the arguments a process is started with. Plain words and quotes start the program itself; anything a
 * shell would interpret goes to `sh -c` as it stands, and then the program is `sh`. Pure; it expands nothing.
 */

import { programOf } from '@writ/protocol';

export type Command = { readonly argv: readonly [string, ...string[]]; readonly program: string };

/** What to start for `line`. */
export function parseCommand(line: string): Command {
  const words = plainWords(line.trim());
  const [first, ...rest] = words ?? [];
  if (first === undefined || first.includes('=')) return { argv: ['sh', '-c', line], program: 'sh' };
  return { argv: [first, ...rest], program: programOf(first) };
}

/** The words of a line without anything for a shell to do; null when there is such a thing. */
function plainWords(line: string): readonly string[] | null {
  const words: string[] = [];
  const token = /\s*(?:'([^']*)'|"([^"$`\\]*)"|([^\s'"$`\\|&;<>()*?[\]{}~#!]+))(?=\s|$)/y;
  while (token.lastIndex < line.length) {
    const match = token.exec(line);
    if (match === null) return null;
    words.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return words;
}
