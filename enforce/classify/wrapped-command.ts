/** Programs that run another: what they run is read as if it stood there itself, with what they add to it. */

import type { Doing, Saying } from './doing.ts';
import { onFiles, unplaced, unreadable } from './doing.ts';
import type { ShellWord } from './shell-text.ts';
import { maySteer } from './steering.ts';

/** How what is found inside is read. */
export type Reader = {
  readonly words: (words: readonly ShellWord[], more?: { readonly isSteered: true }) => readonly Doing[];
  readonly text: (text: string) => readonly Doing[];
  /** What the command is given to read, where that stands in the text itself. */
  readonly input: string | null;
};

type Wrapper = {
  /** Its own options that take a value. */
  readonly valued?: readonly string[];
  /** Words of its own after them. */
  readonly skips?: number;
  /** Its own options that take none. Any other may do more than run the command. */
  readonly plain?: RegExp;
  /** It changes what the other may do, or when. */
  readonly widens?: true;
};

const wrappers: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>(
  Object.entries({
    command: { plain: /^-[pvV]$/ },
    builtin: {},
    nohup: {},
    exec: { valued: ['-a'], plain: /^-[cl]+$/ },
    time: { valued: ['-f', '--format'], plain: /^-[pv]$/ },
    setsid: { plain: /^-[cfw]+$|^--(?:ctty|fork|wait)$/ },
    nice: { valued: ['-n', '--adjustment'], plain: /^--?\d+$/ },
    ionice: { valued: ['-n', '-c'], plain: /^-t$/ },
    stdbuf: { valued: ['-i', '-o', '-e'] },
    chrt: { plain: /^-[bfior]$/, skips: 1 },
    timeout: {
      valued: ['-k', '-s', '--signal', '--kill-after'],
      plain: /^-[fpv]+$|^--(?:foreground|preserve-status|verbose)$/,
      skips: 1,
    },
    sudo: { valued: ['-u', '-g', '-C', '-p', '-h'], widens: true },
    doas: { valued: ['-u', '-C'], widens: true },
    watch: { valued: ['-n'], widens: true },
    strace: { valued: ['-e', '-o', '-p', '-s'], widens: true },
  } satisfies Record<string, Wrapper>),
);
const shells = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash']);

/** What `program` with `words` does, where it runs another; undefined where it is none of those. */
export function wrappedCommand(
  saying: Saying,
  program: string,
  words: readonly ShellWord[],
  reader: Reader,
): readonly Doing[] | undefined {
  const wrapper = wrappers.get(program);
  if (wrapper !== undefined) {
    const { valued = [], plain } = wrapper;
    const after = afterOptions(words, valued);
    const rest = after.slice(wrapper.skips ?? 0);
    const inner = rest.length === 0 ? [] : reader.words(rest);
    const own = words.slice(0, words.length - after.length);
    return wrapper.widens || !own.every(isKnownOption(valued, plain))
      ? [...unplaced(saying, program), ...inner]
      : inner;
  }
  if (shells.has(program)) return ofShell(saying, program, words, reader);
  if (program === 'eval')
    return readable(words) ? reader.text(words.map(({ text }) => text).join(' ')) : unreadable(saying);
  if (program === 'trap') return words[0]?.kind === 'literal' ? reader.text(words[0].text) : unreadable(saying);
  if (program === 'env') return ofEnv(saying, words, reader);
  if (program === 'xargs') return ofXargs(words, reader);
  return program === 'find' ? ofFind(saying, words, reader) : undefined;
}

const readable = (words: readonly ShellWord[]): boolean => words.every(({ kind }) => kind === 'literal');

function afterOptions(words: readonly ShellWord[], valued: readonly string[]): readonly ShellWord[] {
  let at = 0;
  while (at < words.length) {
    const text = words[at]?.text ?? '';
    if (!text.startsWith('-')) break;
    at += valued.includes(text) ? 2 : 1;
    if (text === '--') break;
  }
  return words.slice(at);
}

/** An option of `valued`, its value, whether it stands in a word of its own or not, or an option that `plain` says. */
const isKnownOption =
  (valued: readonly string[], plain: RegExp | undefined) =>
  ({ kind, text }: ShellWord, at: number, words: readonly ShellWord[]): boolean =>
    kind === 'literal' &&
    (text === '--' ||
      valued.some((one) =>
        one.startsWith('--') ? text === one || text.startsWith(`${one}=`) : text.startsWith(one),
      ) ||
      valued.includes(words[at - 1]?.text ?? '') ||
      (plain?.test(text) ?? false));

/** Options of a shell that only make it stricter, louder or bare; with `-o` and `-O` goes a word more. */
const shellOption = /^[-+][abefhiklmnrtuvxBCEHPTcs]+$|^--(?:login|noprofile|norc|posix|restricted|verbose)$/;

function ofShell(
  saying: Saying,
  program: string,
  words: readonly ShellWord[],
  { text, input }: Reader,
): readonly Doing[] {
  let at = 0;
  let isPlain = true;
  let readsWord = false;
  for (; /^[-+]./.test(words[at]?.text ?? ''); at += 1) {
    const { kind, text: option } = words[at] ?? { kind: 'unknown', text: '' };
    if (option === '--') {
      at += 1;
      break;
    }
    const takesWord = /^[-+][A-Za-z]*[oO]$/.test(option);
    isPlain &&= kind === 'literal' && (takesWord || shellOption.test(option));
    readsWord ||= /^-[A-Za-z]*c/.test(option);
    if (takesWord || /^--(?:rcfile|init-file)$/.test(option)) at += 1;
  }
  const own = isPlain && readsWord ? [] : unplaced(saying, program);
  if (!readsWord) return [...own, ...(input === null ? [] : text(input))];
  const script = words[at];
  return script?.kind === 'literal' ? [...own, ...text(script.text)] : unreadable(saying);
}

const isAssignment = ({ text }: ShellWord): boolean => /^[A-Za-z_]\w*=/.test(text);

function ofEnv(saying: Saying, words: readonly ShellWord[], reader: Reader): readonly Doing[] {
  const rest = afterOptions(words, ['-u', '--unset']);
  const own = words.slice(0, words.length - rest.length);
  // Another may change the folder, take a command apart, or give it another name.
  if (!own.every(isKnownOption(['-u', '--unset'], /^-$|^-[0iv]+$|^--(?:ignore-environment|null|debug)$/)))
    return unreadable(saying);
  const at = rest.findIndex((word) => !isAssignment(word));
  if (at === -1) return [];
  const steers = rest.slice(0, at).some(({ text }) => maySteer(text.split('=')[0] ?? ''));
  return reader.words(rest.slice(at), steers ? { isSteered: true } : undefined);
}

/** What it reads becomes words of the command. */
function ofXargs(words: readonly ShellWord[], reader: Reader): readonly Doing[] {
  const rest = afterOptions(words, ['-n', '-I', '-P', '-L', '-d', '-a', '-s', '-E']);
  return rest.length === 0 ? [] : reader.words([...rest, { kind: 'unknown', text: '' }]);
}

/** `find … -exec COMMAND {} ;` runs the command on what it finds. Undefined where it only looks. */
function ofFind(saying: Saying, words: readonly ShellWord[], reader: Reader): readonly Doing[] | undefined {
  const runs = words.flatMap(({ text }, index) => (/^-(?:exec|ok)(?:dir)?$/.test(text) ? [index] : []));
  const deletes = words.some(({ text }) => text === '-delete');
  const [at] = runs;
  if (at === undefined && !deletes) return undefined;
  if (
    !readable(words.filter(({ kind }) => kind !== 'glob')) ||
    words.some(({ text }) => /^-(?:fprint|fls|files0)/.test(text))
  )
    return unreadable(saying);
  const first = words.findIndex(({ text }) => /^[-(!]/.test(text));
  const roots = words.slice(0, first === -1 ? words.length : first);
  const looked: readonly ShellWord[] = roots.length === 0 ? [{ kind: 'literal', text: '.' }] : roots;
  const own = onFiles(saying, deletes ? 'file.write' : 'file.read', looked);
  if (at === undefined) return own;
  const [only] = looked;
  // What it finds lies below where it looks.
  const found: ShellWord = looked.length === 1 && only !== undefined ? only : { kind: 'unknown', text: '' };
  const inner = runs.flatMap((start) => {
    const end = words.findIndex(({ text }, index) => index > start && (text === ';' || text === '+'));
    return reader.words(
      words.slice(start + 1, end === -1 ? undefined : end).map((word) => (word.text === '{}' ? found : word)),
    );
  });
  return [...own, ...inner];
}
