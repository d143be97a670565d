/** Copies files, directories and links as they are; what cannot be read, and what is none of these, is left out. Follows no link. */

import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Copies what is at `from` to `to`, where nothing is yet, but no file whose name `isLeftOut`; makes the directories above it. Nothing there is no
 * error. Says whether everything else was copied.
 */
export function copyReadable(from: string, to: string, isLeftOut: (name: string) => boolean = () => false): boolean {
  const stat = lstatSync(from, { throwIfNoEntry: false });
  if (stat === undefined) return true;
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  try {
    if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else if (stat.isFile()) copyFileSync(from, to, constants.COPYFILE_EXCL);
    else if (stat.isDirectory()) return copyEntries(from, to, { isLeftOut, mode: stat.mode });
    else return false;
    return true;
  } catch {
    return false; // not ours to read
  }
}

function copyEntries(
  from: string,
  to: string,
  { isLeftOut, mode }: { readonly isLeftOut: (name: string) => boolean; readonly mode: number },
): boolean {
  const names = readdirSync(from).filter((name) => !isLeftOut(name));
  mkdirSync(to);
  const copied = names.map((name) => copyReadable(join(from, name), join(to, name), isLeftOut));
  chmodSync(to, (mode & 0o777) | 0o700);
  return copied.every(Boolean);
}
