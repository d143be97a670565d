/**
 * Where the actor credentials of missions, sessions and runs are kept: one file each under `DIR/runtime/credentials`, readable by this user only.
 * They are never in the journal, a log or an agent's reach, and holding one proves nothing about being allowed: control is asked every time.
 */

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Credentials {
  /** The credential kept under `name`, or null. */
  get(name: string): Promise<string | null>;
  put(name: string, credential: string): Promise<void>;
  drop(name: string): Promise<void>;
}

/** The store under `dir`, created (0700) when it is not there. */
export async function openCredentials(dir: string): Promise<Credentials> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const pathOf = (name: string): string => {
    // INVARIANT: a name never leaves the folder.
    if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,150}$/.test(name)) throw new TypeError(`\`${name}\` cannot name a credential`);
    return join(dir, name);
  };
  return {
    async get(name) {
      try {
        return await readFile(pathOf(name), 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
    async put(name, credential) {
      const target = pathOf(name);
      await writeFile(`${target}.new`, credential, { mode: 0o600 });
      await rename(`${target}.new`, target);
    },
    async drop(name) {
      await rm(pathOf(name), { force: true });
    },
  };
}
