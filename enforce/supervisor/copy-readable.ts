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

/** Copies what is at `from` to `to`, where nothing is yet; makes the directories above it. Nothing there is no error. */
export function copyReadable(from: string, to: string): void {
  const stat = lstatSync(from, { throwIfNoEntry: false });
  if (stat === undefined) return;
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  try {
    if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else if (stat.isFile()) copyFileSync(from, to, constants.COPYFILE_EXCL);
    else if (stat.isDirectory()) {
      const names = readdirSync(from);
      mkdirSync(to);
      for (const name of names) copyReadable(join(from, name), join(to, name));
      chmodSync(to, (stat.mode & 0o777) | 0o700);
    }
  } catch {
    return; // not ours to read: nobody who is no more than us can miss it
  }
}
