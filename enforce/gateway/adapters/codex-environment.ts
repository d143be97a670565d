/**
 * What Codex takes from the file `.env` of its home: each of its variables comes before the one it was started with. Seen with 0.169.
 *
 * The file is read-only in a session. This looks at what stands there before one: who wrote it may have been an agent outside.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StartPlace } from './adapter.ts';

/** What a hook's shell, the loader or the shell's search would run before it, or in its place, and where it asks. */
const governsHooks = /^(?:BASH_ENV|ENV|SHELLOPTS|BASHOPTS|SHELL|PATH|LD_\w+|DYLD_\w+|WRIT_\w+)$/;

/** The file, and which of its variables could have something else answer for a hook; null where none does. */
export function answersForHooks({
  env,
  home,
}: Pick<StartPlace, 'env' | 'home'>): { readonly file: string; readonly names: readonly string[] } | null {
  const file = join(env['CODEX_HOME'] ?? join(home, '.codex'), '.env');
  if (!existsSync(file)) return null;
  const said = [...readFileSync(file, 'utf8').matchAll(/^\s*(?:export\s+)?(\w+)\s*=/gm)].map(([, name = '']) => name);
  const names = [...new Set(said.filter((name) => governsHooks.test(name)))];
  return names.length === 0 ? null : { file, names };
}
