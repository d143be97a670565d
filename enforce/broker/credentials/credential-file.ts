/**
 * Where the enforcer keeps the credentials of agents: one file of its user alone, in Writ's state, which no contained run can see.
 *
 * It refuses a file that others can read. What it holds is never listed with its secret, logged or put into an argument.
 */

import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Credential } from './credential.ts';

const shape = z.array(
  z.object({
    name: z.string(),
    project: z.string(),
    origin: z.string(),
    path: z.string(),
    header: z.string(),
    template: z.string(),
    env: z.string().nullable(),
    baseUrlEnv: z.string().nullable(),
    git: z.boolean(),
    secret: z.string(),
    addedAt: z.number(),
  }),
);

const fileOf = (dir: string): string => join(dir, 'enforcer', 'credentials.json');

/** What is kept in `dir`. Throws where the file cannot be trusted or read. */
export function readCredentials(dir: string): readonly Credential[] {
  const file = fileOf(dir);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if ((found.mode & 0o077) !== 0)
    throw new Error(`others can read \`${file}\`; delete it and add its credentials again`);
  return shape.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Keeps these and no others. */
export function writeCredentials(dir: string, credentials: readonly Credential[]): void {
  const file = fileOf(dir);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(credentials)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
