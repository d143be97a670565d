/** The words after a program's name, told apart as options and operands by what the program's own options take. Pure. */

import type { ShellWord } from './shell-text.ts';

export type Arguments = {
  /** Names as written, `--force` or `-f`, with their value where one is given; joined short options one by one. */
  readonly options: readonly { readonly name: string; readonly value: ShellWord | null }[];
  readonly operands: readonly ShellWord[];
  /** A word may turn out to be an option, or to be more words than one. */
  readonly isOpen: boolean;
  /** A long option is written short, as GNU programs take it: which one, and whether it takes a value, only the program knows. */
  readonly isCut: boolean;
};

/** `valued`: the options that take a value, such as `-o` and `--output`. `style`: whether `-abc` is three options, or one as in `find -name`. */
export function readArguments(
  words: readonly ShellWord[],
  valued: ReadonlySet<string>,
  style: 'letters' | 'words' = 'letters',
): Arguments {
  const options: { name: string; value: ShellWord | null }[] = [];
  const operands: ShellWord[] = [];
  let isOpen = false;
  let isCut = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    const { kind, text } = word;
    if (kind === 'literal' && text === '--') {
      operands.push(...words.slice(at + 1));
      break;
    }
    // An expansion may become an option; a pattern may match a file that is named like one.
    if (kind === 'unknown' || (kind === 'glob' && /^[*?[]/.test(text))) isOpen = true;
    if (!text.startsWith('-') || text === '-') operands.push(word);
    else if (style === 'words' || text.startsWith('--')) {
      const [name = '', ...rest] = text.split('=');
      const own: ShellWord | null = rest.length > 0 ? { kind, text: rest.join('=') } : null;
      if (own === null && valued.has(name)) at += 1;
      isCut ||= name.length > 3 && !valued.has(name) && [...valued].some((one) => one.startsWith(name));
      options.push({ name, value: own ?? (valued.has(name) ? (words[at] ?? null) : null) });
    } else at += short(word, words[at + 1], { valued, options });
  }
  return { options, operands, isOpen, isCut };
}

type Found = { readonly valued: ReadonlySet<string>; readonly options: { name: string; value: ShellWord | null }[] };

/** `-abc`, `-ofile` or `-o file`; answers with how many further words were taken. */
function short({ kind, text }: ShellWord, next: ShellWord | undefined, { valued, options }: Found): number {
  // As a whole, for programs whose long options have one dash.
  if (valued.has(text)) {
    options.push({ name: text, value: next ?? null });
    return 1;
  }
  for (let at = 1; at < text.length; at += 1) {
    const name = `-${text[at] ?? ''}`;
    if (!valued.has(name)) {
      options.push({ name, value: null });
      continue;
    }
    const rest = text.slice(at + 1);
    options.push({ name, value: rest === '' ? (next ?? null) : { kind, text: rest } });
    return rest === '' ? 1 : 0;
  }
  return 0;
}

/** Whether one of `names` was given; long ones also by their unambiguous beginnings, as GNU programs take them. */
export const hasOption = ({ options }: Arguments, names: readonly string[]): boolean =>
  options.some(({ name }) =>
    names.some((one) => one === name || (name.startsWith('--') && name.length > 3 && one.startsWith(name))),
  );
