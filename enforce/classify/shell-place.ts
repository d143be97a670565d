/**
 * Where a command stands when it runs, as far as its text tells: the folders it may be in, and what paths mean there.
 *
 * INVARIANT: a folder it may be in is never forgotten; where that cannot be told, a relative path may be anywhere.
 */

import { isAbsolute, join, normalize } from 'node:path';
import type { Place } from './file-resource.ts';
import { fileResource, unreadablePath } from './file-resource.ts';
import type { ShellWord, SimpleCommand } from './shell-text.ts';

export type ShellPlace = Place & {
  /** Absolute: where the text is run. */
  readonly cwd: string;
  /** Absolute: what `~` is. */
  readonly home: string;
};

/** Folders a command may be in; null: anywhere. */
export type Folders = readonly string[] | null;

const mostFolders = 8;

/** The folders that any of `commands` may be in, where the first is in one of `start`. */
export function foldersOf(commands: readonly SimpleCommand[], start: Folders, place: ShellPlace): Folders {
  if (start === null) return null;
  let folders = start;
  for (const { words, repeats } of commands) {
    const [name, target] = words;
    if (name?.text === 'pushd' || name?.text === 'popd') return null;
    if (name?.text !== 'cd') continue;
    const path = target === undefined ? place.home : pathIn(target, place);
    const isPlain = words.length <= 2 && target?.kind !== 'glob' && !(target?.text.startsWith('-') ?? false);
    if (path === null || !isPlain || (repeats && !isAbsolute(path))) return null;
    folders = [...new Set([...folders, ...folders.map((folder) => (isAbsolute(path) ? path : join(folder, path)))])];
    if (folders.length > mostFolders) return null;
  }
  return folders;
}

/** The path a word names; null where only the shell will know. */
function pathIn({ kind, text }: ShellWord, { home }: ShellPlace): string | null {
  const known = kind === 'unknown' ? text.replace(/^"?\$(?:HOME|\{HOME\})(?=\/|"|$)/, home).replace(/"$/, '') : text;
  if (kind === 'unknown' && (known === text || /["$`{}<>*?]/.test(known))) return null;
  if (known === '~' || known.startsWith('~/')) return join(home, known.slice(1));
  return known.startsWith('~') ? null : known;
}

/** The files `word` may name: each place once. Of a pattern, the folder in which it is looked for. */
export function filesOf(word: ShellWord, folders: Folders, place: ShellPlace): readonly string[] {
  const path = pathIn(word, place);
  if (path === null || path === '' || path.includes('\0')) return [unreadablePath];
  const named = word.kind === 'glob' ? beforePattern(path) : path;
  if (named === null) return [unreadablePath];
  if (isAbsolute(named)) return [fileResource(normalize(named), place)];
  if (folders === null) return [unreadablePath];
  return [...new Set(folders.map((folder) => fileResource(join(folder, named), place)))];
}

/** The part of a pattern before its first special character, down to a folder; null where what follows could lead out of it. */
function beforePattern(pattern: string): string | null {
  const at = pattern.search(/[*?[\]{}()|!+@]/);
  const rest = at === -1 ? '' : pattern.slice(at);
  if (/(?:^|\/)\.\.(?:\/|$)/.test(rest)) return null;
  const before = at === -1 ? pattern : pattern.slice(0, pattern.lastIndexOf('/', at) + 1);
  return before === '' ? '.' : before;
}

/** Files that are no files: what is written there is gone, or is the terminal's. */
export const isSink = ({ kind, text }: ShellWord): boolean =>
  kind === 'literal' && /^\/dev\/(?:null|stdout|stderr|tty|fd\/[0-9]+)$/.test(text);
