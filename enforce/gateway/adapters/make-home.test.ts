/** What a harness has to find in a home before its first start in a sandbox, which would not let it make that. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claudeAdapter } from './claude.ts';
import { makeHome } from './make-home.ts';

let home = '';
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'writ-home-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('what Claude Code keeps of its person is there to be written at its first start, and left alone afterwards', () => {
  const file = join(home, '.claude.json');
  makeHome(home, claudeAdapter.keeps);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({});
  expect(claudeAdapter.keeps.also).toContain('.claude.json');
  writeFileSync(file, '{"theme":"dark"}');
  makeHome(home, claudeAdapter.keeps);
  expect(readFileSync(file, 'utf8')).toBe('{"theme":"dark"}');
});
