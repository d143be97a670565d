/**
 * What Codex makes of the folder it is started in. It asks at its first start there whether the folder's own settings are trusted, and goes no further before it has kept the answer in
 * `config.toml`; which governs it, and is read-only in a session. So a start says it, for itself alone, where the person's configuration does not.
 *
 * It trusts nothing that is there: a folder without settings of its own has nothing to trust, and one that has some is started without them, which Codex shows.
 */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { StartPlace } from './adapter.ts';

/** `-c` arguments for a folder that the person's configuration says nothing of; none where it does. */
export function codexFolderArgs({ argv, cwd, home, env }: Pick<StartPlace, 'argv' | 'cwd' | 'home' | 'env'>): string[] {
  const folder = resolve(cwd, chosenFolder(argv) ?? '.');
  const top = topOf(folder);
  const kept = read(join(env['CODEX_HOME'] ?? join(home, '.codex'), 'config.toml'));
  const isSaid = [folder, top, mainOf(top)].some(
    (path) => kept.includes(JSON.stringify(path)) || kept.includes(`'${path}'`),
  );
  if (isSaid) return [];
  const level = hasSettings(folder, top) ? 'untrusted' : 'trusted';
  return ['-c', `projects={${JSON.stringify(folder)}={trust_level="${level}"}}`];
}

/** Where a person has it work instead. */
function chosenFolder(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((arg) => /^(?:-C|--cd)(?:=|$)/.test(arg));
  return at < 0 ? undefined : (argv[at]?.split('=')[1] ?? argv[at + 1]);
}

const foldersUpTo = (folder: string, top: string): readonly string[] =>
  folder === top || folder === dirname(folder) ? [folder] : [folder, ...foldersUpTo(dirname(folder), top)];

const hasSettings = (folder: string, top: string): boolean =>
  foldersUpTo(folder, top).some((path) => existsSync(join(path, '.codex')));

/** The top of the repository; the folder itself where there is none. */
const topOf = (folder: string): string =>
  foldersUpTo(folder, '/').find((path) => existsSync(join(path, '.git'))) ?? folder;

/** Of a linked worktree, the repository it belongs to: Codex keeps one answer for all of them. */
const mainOf = (top: string): string =>
  /^gitdir: (.+)\/\.git\/worktrees\/[^/]+$/m.exec(read(join(top, '.git')))?.[1] ?? top;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // nothing is said there
  }
}
