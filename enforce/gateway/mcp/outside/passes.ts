/**
 * The passes of this machine: given by a person, kept with the key that signs their tokens in files of its user alone, beside the other credentials, which no contained
 * run can see.
 *
 * It refuses files that others can read. A pass that expired, or whose mandate ended, is forgotten; nothing brings it back.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signCompactJws } from '@writ/protocol';
import { z } from 'zod';
import type { Desk, Pass } from './pass.ts';
import { accessTokenType, claimsOf } from './pass.ts';

const kept = z.array(
  z.object({
    id: z.string(),
    server: z.string(),
    project: z.string(),
    mandate: z.string(),
    chain: z.array(z.string()),
    credential: z.string(),
    name: z.string(),
    expiresAt: z.number(),
    // Passes of before there were keys have none.
    jkt: z.string().nullable().default(null),
  }),
);

export interface Passes {
  list(now: number): readonly Pass[];
  /** Keeps one more, or one as it is from now on. */
  add(pass: Pass): void;
  get(id: string): Pass | undefined;
  /** Those it holds for are forgotten; which these were. */
  end(concerns: (pass: Pass) => boolean): readonly Pass[];
  /** An access token for `pass` at `resource`. */
  tokenFor(pass: Pass, issuer: string, resource: string, now: number): Promise<string>;
  readonly keyOf: Desk['keyOf'];
}

const kid = 'pass';

/** The passes in `folder`, read once. Throws where they cannot be trusted. */
export function openPasses(folder: string): Passes {
  const file = join(folder, 'mcp-passes.json');
  const known = new Map(read(file).map((pass) => [pass.id, pass]));
  let key: { readonly sign: KeyObject; readonly verify: KeyObject } | undefined;
  const keys = () => (key ??= openKey(join(folder, 'mcp-passes.key')));
  const write = (): void => {
    writePrivate(file, `${JSON.stringify([...known.values()], null, 2)}\n`);
  };
  const end: Passes['end'] = (concerns) => {
    const ended = [...known.values()].filter(concerns);
    for (const { id } of ended) known.delete(id);
    if (ended.length > 0) write();
    return ended;
  };
  return {
    list(now) {
      end(({ expiresAt }) => now >= expiresAt);
      return [...known.values()];
    },
    add(pass) {
      known.set(pass.id, pass);
      write();
    },
    get: (id) => known.get(id),
    end,
    tokenFor: (pass, issuer, resource, now) =>
      signCompactJws(claimsOf(pass, issuer, resource, now), { type: accessTokenType, kid, key: keys().sign }),
    keyOf: (asked) => (asked === kid ? { key: keys().verify, signedUntil: null } : undefined),
  };
}

function read(file: string): readonly Pass[] {
  if (!existsSync(file)) return [];
  checkPrivate(file);
  const parsed = kept.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`\`${file}\` cannot be understood; move it away and give the passes again`);
  return parsed.data;
}

function openKey(file: string) {
  if (existsSync(file)) checkPrivate(file);
  else
    writePrivate(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const sign = createPrivateKey(readFileSync(file));
  return { sign, verify: createPublicKey(sign) };
}

function checkPrivate(file: string): void {
  if ((statSync(file).mode & 0o077) !== 0) throw new Error(`others can read \`${file}\`; run \`chmod 600\` on it`);
}

function writePrivate(file: string, text: string): void {
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}
