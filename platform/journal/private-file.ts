/**
 * Files that no other user may read, keys and tokens beside a journal: mode 0600 in folders of mode 0700, written whole or not at all.
 *
 * It refuses what another could have put in their place: a symbolic link, anything but a regular file, and what belongs to somebody else. What is only too widely
 * readable is tightened, on the opened file itself, so that nobody swaps it in between.
 */

import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The folder, readable by its owner alone. A folder that was wider is tightened. Throws where a link or another's folder stands there. */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const folder = await openOwn(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await tighten(folder, path, 0o700);
  } finally {
    await folder.close();
  }
}

/** The text of a file, or undefined when there is none. Throws where a link, another kind of file or another's file stands there. */
export async function readPrivate(path: string): Promise<string | undefined> {
  // Without O_NONBLOCK, opening a pipe somebody left there would wait for its writer.
  const file = await openOwn(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    if (!(await file.stat()).isFile()) throw notOurs(path, 'it is not a regular file');
    await tighten(file, path, 0o600);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Writes the file so that it is there whole after a crash, or as it was before. A link that stood there is replaced, not followed. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await privateFolder(dirname(path));
  const draft = `${path}.${randomUUID()}.draft`;
  const file = await open(
    draft,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

async function openOwn(path: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags | constants.O_NOFOLLOW);
  } catch (error) {
    if (isCode(error, 'ELOOP') || isCode(error, 'ENOTDIR')) throw notOurs(path, 'it is a symbolic link');
    throw error;
  }
}

async function tighten(file: FileHandle, path: string, mode: number): Promise<void> {
  const { uid, mode: now } = await file.stat();
  const own = process.getuid?.();
  if (own !== undefined && uid !== own) throw notOurs(path, 'it belongs to another user');
  if ((now & 0o777) !== mode) await file.chmod(mode);
}

const notOurs = (path: string, why: string): Error =>
  new Error(`\`${path}\` is not used: ${why}; move it away, and a new one is made`);

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
