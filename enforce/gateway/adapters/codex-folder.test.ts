import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codexFolderArgs } from './codex-folder.ts';

/** A home with this configuration, and a repository with a folder in it. */
function place(config: (at: { readonly top: string }) => string) {
  const root = mkdtempDisposableSync(join(tmpdir(), 'writ-codex-folder-'));
  const [home, top] = [join(root.path, 'home'), join(root.path, 'app')];
  mkdirSync(join(home, '.codex'), { recursive: true });
  mkdirSync(join(top, '.git'), { recursive: true });
  mkdirSync(join(top, 'src'));
  writeFileSync(join(home, '.codex/config.toml'), config({ top }));
  const args = (cwd: string, argv: readonly string[] = []) => codexFolderArgs({ argv, cwd, home, env: {} });
  return { top, home, args, [Symbol.dispose]: root[Symbol.dispose] };
}
const said = (path: string, level: string): readonly string[] => [
  '-c',
  `projects={${JSON.stringify(path)}={trust_level="${level}"}}`,
];

test('a folder without settings of its own has nothing to trust, and is not asked about', () => {
  using at = place(() => 'model = "gpt-5"');
  expect(at.args(at.top)).toEqual(said(at.top, 'trusted'));
  expect(at.args(at.top, ['-C', 'src'])).toEqual(said(join(at.top, 'src'), 'trusted'));
  expect(at.args('/', [`--cd=${at.top}`])).toEqual(said(at.top, 'trusted'));
});

test('what came with a repository is not trusted by a start, wherever in it that is', () => {
  using at = place(() => '');
  mkdirSync(join(at.top, '.codex'));
  for (const folder of [at.top, join(at.top, 'src')]) expect(at.args(folder)).toEqual(said(folder, 'untrusted'));
});

test('what the person told Codex stands, of the folder, its repository, or the one a worktree belongs to', () => {
  using at = place(({ top }) => `[projects.${JSON.stringify(top)}]\ntrust_level = "trusted"`);
  mkdirSync(join(at.top, '.codex'));
  expect(at.args(at.top)).toEqual([]);
  expect(at.args(join(at.top, 'src'))).toEqual([]);
  const worktree = join(at.home, 'worktree');
  mkdirSync(worktree);
  writeFileSync(join(worktree, '.git'), `gitdir: ${at.top}/.git/worktrees/worktree\n`);
  expect(at.args(worktree)).toEqual([]);
  using single = place(({ top }) => `[projects.'${top}']\ntrust_level = "untrusted"`);
  expect(single.args(single.top)).toEqual([]);
});
