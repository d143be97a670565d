/** Files of control that no other user may read: mode 0600 in folders of mode 0700, written whole or not at all. */

import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The folder, readable by its owner alone. A folder that was wider is tightened. */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}

/** The text of a file, or undefined when there is none. A file that was readable by others is tightened first. */
export async function readPrivate(path: string): Promise<string | undefined> {
  try {
    await chmod(path, 0o600);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes the file so that it is there whole after a crash, or as it was before. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await privateFolder(dirname(path));
  const draft = `${path}.${String(process.pid)}.draft`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
