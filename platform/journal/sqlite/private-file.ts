/**
 * Files only their owner can read. Folders that exist keep their mode: they may hold more than ours.
 */
import { chmodSync, closeSync, fsyncSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { JournalError } from '../errors.ts';

/**
 * Makes sure `path` is a file of mode 0600, creating it empty, and its missing folders with mode 0700, if need be. Refuses a symbolic link.
 * An existing file is never opened: closing a descriptor would drop the locks SQLite holds on it in this process (fcntl(2)).
 */
export function createPrivateFile(path: string): void {
  createPrivateFolder(dirname(path));
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  if (!lstatSync(path).isFile()) {
    throw new JournalError('format', `\`${path}\` is not a plain file; give the path of the journal itself`);
  }
  chmodSync(path, 0o600);
}

function createPrivateFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Windows cannot sync a folder and needs no such call.
  if (first === undefined || process.platform === 'win32') return;
  for (let created = folder; ; created = dirname(created)) {
    const parent = openSync(dirname(created), 'r');
    fsyncSync(parent);
    closeSync(parent);
    if (created === first || created === dirname(created)) return;
  }
}
