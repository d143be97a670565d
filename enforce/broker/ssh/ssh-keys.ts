/**
 * The keys of the person's own SSH agent that agents of a project may have used, and what for: written down by a person, in Writ's state. The keys themselves are never
 * here; they stay in the person's agent.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { changeFile } from '../../own-file.ts';
import { credentialName } from '../credentials/credential.ts';

export type SshKey = {
  readonly name: string;
  readonly project: string;
  /** `SHA256:…`, as `ssh-add -l` shows it. */
  readonly fingerprint: string;
  /** `login:HOST` for a host of the person's `known_hosts`, `sign:NAMESPACE` such as `sign:git`. */
  readonly uses: readonly string[];
};

const use = /^(?:login:[^\s/]{1,255}|sign:[^\s/]{1,128})$/;
const shape = z.array(
  z.object({
    name: z.string().regex(credentialName),
    project: z.string(),
    fingerprint: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/),
    uses: z.array(z.string().regex(use)).min(1),
  }),
);

const fileOf = (dir: string): string => join(dir, 'enforcer', 'ssh-keys.json');

/** As `ssh-add -l` shows a key. */
export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** Why a key cannot be kept so, or undefined. */
export function whyNoSshKey(key: SshKey): string | undefined {
  const read = shape.safeParse([key]);
  if (read.success) return undefined;
  const at = String(read.error.issues[0]?.path[1] ?? '');
  if (at === 'name') return `\`${key.name}\` is no name; use letters, digits, \`.\` and \`-\``;
  if (at === 'fingerprint')
    return `\`${key.fingerprint}\` is no fingerprint; \`ssh-add -l\` shows them, as \`SHA256:…\``;
  return `\`${key.uses.join(', ')}\` does not say what it is for; write \`login:github.com\` or \`sign:git\``;
}

/** Those of every project. A file that cannot be read gives none. */
export function readSshKeys(dir: string): readonly SshKey[] {
  try {
    return shape.parse(JSON.parse(readFileSync(fileOf(dir), 'utf8')));
  } catch {
    return []; // nobody gave any, or what is there is not ours
  }
}

/** Keeps what `change` makes of those that are kept. What is kept then. */
export function changeSshKeys(dir: string, change: (keys: readonly SshKey[]) => readonly SshKey[]): readonly SshKey[] {
  let keys: readonly SshKey[] = [];
  changeFile(fileOf(dir), () => {
    keys = change(readSshKeys(dir));
    return `${JSON.stringify(keys, null, 2)}\n`;
  });
  return keys;
}
