/**
 * Who a person is on this machine when they are not its owner: their token, and where control listens when it is elsewhere. Kept in the state
 * folder, readable by this user alone; without it the owner's token is used.
 */

import { readFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Home } from './home.ts';

export type PersonFile = { readonly token: string; readonly control?: string };

/** What was kept, or null. A file that holds something else is null too: the owner's token is never used in its place by mistake. */
export function readPerson({ person }: Home): PersonFile | 'unreadable' | null {
  let text: string;
  try {
    text = readFileSync(person, 'utf8');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? null : 'unreadable';
  }
  try {
    const kept: unknown = JSON.parse(text);
    if (typeof kept !== 'object' || kept === null || !('token' in kept) || typeof kept.token !== 'string')
      return 'unreadable';
    const control = 'control' in kept ? kept.control : undefined;
    if (control === undefined) return { token: kept.token };
    return typeof control === 'string' && URL.canParse(control) ? { token: kept.token, control } : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/** Keeps it, mode 0600. */
export async function keepPerson({ person }: Home, kept: PersonFile): Promise<void> {
  await mkdir(dirname(person), { recursive: true, mode: 0o700 });
  await writeFile(person, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
  await chmod(person, 0o600);
}

export const forgetPerson = ({ person }: Home): Promise<void> => rm(person, { force: true });
