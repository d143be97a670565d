/** Programs that take a small program as their first operand. Only scripts that plainly do nothing but text are read; all others may run or write anything. */

import { readArguments } from './options.ts';
import type { ShellWord } from './shell-text.ts';

const address = String.raw`(?:\d+|\$|\/[^/]*\/)`;
const sedScript = new RegExp(
  String.raw`^\s*(?:${address}(?:,(?:\d+|\$|\/[^/]*\/))?\s*!?\s*)?(?:[pdq=]|s(?:\/(?:[^/\\]|\\.)*\/(?:[^/\\]|\\.)*\/|\|(?:[^|\\]|\\.)*\|(?:[^|\\]|\\.)*\||#(?:[^#\\]|\\.)*#(?:[^#\\]|\\.)*#)[gpiI0-9]*)\s*;?\s*$`,
);

/** What `sed` reads, and whether it writes it too; undefined where its script may do more. */
export function sedFiles(
  words: readonly ShellWord[],
): { readonly files: readonly ShellWord[]; readonly inPlace: boolean } | undefined {
  const { options, operands, isOpen } = readArguments(words, new Set(['-e', '--expression', '-l', '-f', '--file']));
  if (
    isOpen ||
    options.some(
      ({ name }) =>
        !/^(?:-[neEruzi]|-s|--quiet|--silent|--expression|--in-place|--regexp-extended|--debug)$/.test(name),
    )
  )
    return undefined;
  // With a name in it, a copy is kept wherever that leads.
  if (options.some(({ name, value }) => name === '--in-place' && value !== null)) return undefined;
  const given = options.filter(({ name }) => name === '-e' || name === '--expression').map(({ value }) => value);
  const [first, ...rest] = operands;
  const scripts = given.length > 0 ? given : [first ?? null];
  if (!scripts.every((script) => script?.kind === 'literal' && sedScript.test(script.text))) return undefined;
  return {
    files: given.length > 0 ? operands : rest,
    inPlace: options.some(({ name }) => name === '-i' || name === '--in-place'),
  };
}

const awkPattern = String.raw`(?:\/[^/]*\/|NR\s*(?:[<>]=?|==|!=)\s*\d+|NF|\$\d+\s*(?:[<>]=?|==|!=|~)\s*(?:-?[\d.]+|"[^"\\]*"|\/[^/]*\/))`;
const awkScript = new RegExp(
  String.raw`^\s*${awkPattern}?\s*(?:\{\s*print(?:\s+(?:\$?\w+|"[^"\\]*"|[,\s])+)?\s*\})?\s*$`,
);

/** What `awk` reads; undefined where its program may do more than print fields. */
export function awkFiles(words: readonly ShellWord[]): readonly ShellWord[] | undefined {
  const { options, operands, isOpen } = readArguments(words, new Set(['-F']));
  const [script, ...files] = operands;
  const isPlain = script?.kind === 'literal' && script.text.trim() !== '' && awkScript.test(script.text);
  return !isOpen && isPlain && options.every(({ name }) => name === '-F') ? files : undefined;
}
