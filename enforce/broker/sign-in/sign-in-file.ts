/**
 * Where sign-ins to MCP servers are kept: one file of its user alone, in Writ's state, beside the credentials of agents, which no contained run can see.
 *
 * It refuses a file that others can read. What it holds goes to the server it is for and to the authorization server that gave it, and to nobody else.
 */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { alone, changeFile } from '../../own-file.ts';

const tokens = z.looseObject({
  access_token: z.string(),
  token_type: z.string(),
  refresh_token: z.string().optional(),
  expires_in: z.number().optional(),
  scope: z.string().optional(),
});
const client = z.looseObject({ client_id: z.string(), client_secret: z.string().optional() });

const kept = z.object({
  /** The address of the server, as a person gave it. */
  url: z.string(),
  /** What the tokens are for (RFC 8707), as the server says it. */
  resource: z.string(),
  /** Who gave them: what belongs to one issuer is never sent to another (MCP 2026-07-28, Authorization Server Binding). */
  issuer: z.string(),
  /** Its metadata (RFC 8414) at that time. */
  metadata: z.record(z.string(), z.unknown()),
  client,
  tokens,
  /** Wall time, milliseconds since the epoch. */
  at: z.number(),
});

export type SignIn = z.infer<typeof kept>;

const fileOf = (dir: string): string => join(dir, 'enforcer', 'sign-ins.json');

/** What is kept in `dir`. Throws where the file cannot be trusted or read. */
export function readSignIns(dir: string): readonly SignIn[] {
  const file = fileOf(dir);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if ((found.mode & 0o077) !== 0) throw new Error(`others can read \`${file}\`; delete it and sign in again`);
  return z.array(kept).parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Keeps `next` in the place of what was kept for `url`; null keeps nothing for it. Durable when it returns. */
export function keepSignIn(dir: string, url: string, next: SignIn | null): void {
  changeFile(fileOf(dir), () => {
    const others = readSignIns(dir).filter((one) => one.url !== url);
    return `${JSON.stringify(next === null ? others : [...others, next])}\n`;
  });
}

/**
 * Runs `act` while no other process of this machine renews a sign-in: a refresh token that is used twice ends the whole sign-in at careful servers, and a session's
 * launcher has the same file as the enforcer.
 */
export const whileRenewing = <T>(dir: string, act: () => Promise<T>): Promise<T> =>
  alone(join(dir, 'enforcer', 'sign-ins-renewal'), act);
