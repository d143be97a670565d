/** What a harness has to find in a home before it starts in a sandbox, which would not let it make that. */

import { existsSync, mkdtempDisposableSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claudeAdapter } from './claude.ts';
import { codexAdapter } from './codex.ts';
import { makeHome } from './make-home.ts';

test('a seed is made where there is none, and left alone afterwards', () => {
  using home = mkdtempDisposableSync(join(tmpdir(), 'writ-home-'));
  const file = join(home.path, '.codex/config.toml');
  makeHome(home.path, codexAdapter.keeps);
  expect(readFileSync(file, 'utf8')).toBe('');
  writeFileSync(file, 'model = "gpt-5"');
  makeHome(home.path, codexAdapter.keeps);
  expect(readFileSync(file, 'utf8')).toBe('model = "gpt-5"');
});

test('what Claude Code keeps of its person is a copy that it may write, and theirs is not written', () => {
  using home = mkdtempDisposableSync(join(tmpdir(), 'writ-home-'));
  const [theirs, copy] = [join(home.path, '.claude.json'), join(home.path, '.claude/.claude.json')];
  makeHome(home.path, claudeAdapter.keeps);
  expect(existsSync(theirs)).toBe(false);
  writeFileSync(copy, '{"theme":"light","hasCompletedOnboarding":true}');
  writeFileSync(theirs, '{"theme":"dark"}');
  makeHome(home.path, claudeAdapter.keeps);
  expect(JSON.parse(readFileSync(copy, 'utf8'))).toMatchObject({ theme: 'dark', hasCompletedOnboarding: true });
  expect(statSync(copy).mode & 0o077).toBe(0);
  expect(readFileSync(theirs, 'utf8')).toBe('{"theme":"dark"}');
  expect([...claudeAdapter.keeps.made, ...claudeAdapter.keeps.also]).not.toContain('.claude.json');
});
