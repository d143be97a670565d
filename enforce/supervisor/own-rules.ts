/**
 * What governs an agent where it works: its harness's settings and hooks, the repository's own `.writ`, Git's configuration and hooks. One
 * table, read by whoever judges a call, builds a sandbox or keeps the files as they are.
 *
 * It names places and decides nothing. What an agent is told in prose, such as `CLAUDE.md`, is work like any other.
 */

/** Below the top of a repository or worktree; a directory stands for all in it. */
export const ownRules = [
  '.claude/settings.json',
  '.claude/settings.local.json',
  '.claude/hooks',
  '.codex/config.toml',
  '.codex/hooks.json',
  '.gemini/settings.json',
  '.cursor/hooks.json',
  '.opencode/plugin',
  '.opencode/plugins',
  '.writ',
] as const;

/** Below a repository's Git directory. */
export const gitRules = ['config', 'config.worktree', 'hooks', 'info/attributes'] as const;

const all = [...ownRules, ...gitRules.map((name) => `.git/${name}`)];
const anyOf = (names: readonly string[]): string =>
  `(?:^|/)(?:${names.map((name) => name.replaceAll('.', '\\.')).join('|')})`;
const rule = new RegExp(`${anyOf(all)}(?:/|$)`);
const folder = new RegExp(`${anyOf(all.flatMap(foldersAbove))}$`);

/** The folders a rule lies in, outermost first: of `a/b/c`, `a` and `a/b`. */
export function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Whether a file at `path`, at any depth, says what an agent may do, or what runs when it does. */
export const isOwnRule = (path: string): boolean => rule.test(path);

/** Whether `path`, at any depth, is a folder such files lie in: who moves it away, or puts another in its place, moves them with it. */
export const isFolderOfRules = (path: string): boolean => folder.test(path);

/** The resource of a file, by its path in a project, or by its absolute path on the machine. */
export function fileUri(project: string | null, path: string): string {
  const segments = path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/');
  return `workspace://${project ?? 'machine'}/${segments}`;
}
