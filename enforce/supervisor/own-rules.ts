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
  '.codex/rules',
  '.gemini/settings.json',
  '.gemini/.env',
  '.gemini/extensions',
  '.gemini/policies',
  '.cursor/hooks.json',
  'opencode.json',
  'opencode.jsonc',
  '.opencode/opencode.json',
  '.opencode/opencode.jsonc',
  '.opencode/plugin',
  '.opencode/plugins',
  '.opencode/tool',
  '.opencode/tools',
  '.writ',
] as const;

/** Below a repository's Git directory. */
export const gitRules = ['config', 'config.worktree', 'hooks', 'info/attributes'] as const;

const all = [...ownRules, ...gitRules.map((name) => `.git/${name}`)];
const anyOf = (names: readonly string[]): string =>
  `(?:^|/)(?:${names.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`;
const rulesOf = (names: readonly string[]): RegExp => new RegExp(`${anyOf(names)}(?:/|$)`);
const foldersOf = (names: readonly string[]): RegExp => new RegExp(`${anyOf(names.flatMap(foldersAbove))}$`);
const [rule, folder] = [rulesOf(all), foldersOf(all)];

/** The folders a rule lies in, outermost first: of `a/b/c`, `a` and `a/b`. */
export function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Whether a file at `path`, at any depth, says what an agent may do, or what runs when it does; `more`: of a harness that is not in the table. */
export const isOwnRule = (path: string, more: readonly string[]): boolean =>
  rule.test(path) || (more.length > 0 && rulesOf(more).test(path));

/** Whether `path`, at any depth, is a folder such files lie in: who moves it away, or puts another in its place, moves them with it. */
export const isFolderOfRules = (path: string, more: readonly string[]): boolean =>
  folder.test(path) || (more.some((name) => name.includes('/')) && foldersOf(more).test(path));

/** The resource of a file, by its path in a project, or by its absolute path on the machine. */
export function fileUri(project: string | null, path: string): string {
  const segments = path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/');
  return `workspace://${project ?? 'machine'}/${segments}`;
}
