/** Where a person's own key is kept on this machine: encrypted under their passphrase, in the state folder, readable by this user alone. */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home } from './home.ts';

/** A name of a person is letters, digits and `._-`, so that it names one file. */
const pathOf = ({ root }: Home, name: string): string =>
  join(root, 'step-up', `${name.replace(/[^A-Za-z0-9._-]/g, '_')}.jwe`);

/** The sealed key of this person; null where there is none here. */
export const readStepUpKey = (home: Home, name: string): Promise<string | null> =>
  readFile(pathOf(home, name), 'utf8').then(
    (text) => text.trim(),
    () => null,
  );

/** Keeps it, mode 0600. */
export async function keepStepUpKey(home: Home, name: string, sealed: string): Promise<void> {
  await mkdir(join(home.root, 'step-up'), { recursive: true, mode: 0o700 });
  await writeFile(pathOf(home, name), `${sealed}\n`, { mode: 0o600 });
}

export const dropStepUpKey = (home: Home, name: string): Promise<void> => rm(pathOf(home, name), { force: true });
