import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { realPath } from './real-path.ts';

const top = realpathSync(mkdtempSync(join(tmpdir(), 'writ-real-path-')));
const at = (...names: readonly string[]): string => join(top, ...names);
afterAll(() => {
  rmSync(top, { recursive: true });
});

it('follows a link to what is not there yet, because who writes to it makes that', () => {
  mkdirSync(at('repository'));
  symlinkSync(at('outside', 'new'), at('repository', 'link'));
  symlinkSync('../beside', at('repository', 'relative'));
  symlinkSync('loop', at('repository', 'loop'));
  expect(realPath(at('repository', 'link'))).toBe(at('outside', 'new'));
  expect(realPath(at('repository', 'relative', 'file'))).toBe(at('beside', 'file'));
  expect(realPath(at('repository', 'new', 'file'))).toBe(at('repository', 'new', 'file'));
  expect(realPath(at('repository', 'loop'))).toContain('loop');
});
