import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentsPart, withGuard, withPart } from './own-part.ts';
import { putBack, touch } from './touched-files.ts';

let root = '';
const [home, repository] = [() => join(root, 'state'), () => join(root, 'app')];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'writ-touched-'));
  mkdirSync(repository());
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const settings = '.claude/settings.json';
const at = (path: string): string => join(repository(), path);
const textOf = (path: string): string => readFileSync(at(path), 'utf8');
const put = (path: string, text: string): void => writeFileSync(at(path), text);
/** Settings as this Writ puts them, or one whose hook waited for `timeout`. */
const guarded = (text: string, timeout = 10): string => (withGuard(text) ?? '').replaceAll('10', String(timeout));
const guard = (after: string): Promise<void> =>
  touch(home(), repository(), { path: settings, after, kind: 'guard', part: '' });

test('a file that was put there twice is taken away, with the folder that was made for it', async () => {
  await guard(guarded('', 5));
  await guard(guarded(''));
  expect(await putBack(home(), repository())).toEqual([{ path: settings, how: 'removed' }]);
  expect(existsSync(at('.claude'))).toBe(false);
  expect(await putBack(home(), repository())).toEqual([]);
});

test('of one that was changed twice, what it was before the first time comes back', async () => {
  mkdirSync(at('.claude'));
  put(settings, '{"model":"theirs"}');
  await guard(guarded('{"model":"theirs"}', 5));
  await guard(guarded('{"model":"theirs"}'));
  await putBack(home(), repository());
  expect(textOf(settings)).toBe('{"model":"theirs"}');
});

test('what was edited between the two stays, with Writ’s part still in it or taken out by hand', async () => {
  await guard(guarded('', 5));
  put(settings, JSON.stringify({ ...(JSON.parse(textOf(settings)) as object), model: 'theirs' }));
  await guard(guarded(textOf(settings)));
  const part = agentsPart([]);
  const partly = (): Promise<void> =>
    touch(home(), repository(), { path: 'AGENTS.md', after: withPart(textOf('AGENTS.md'), part), kind: 'part', part });
  put('AGENTS.md', 'old\n');
  await partly();
  put('AGENTS.md', 'new\n');
  await partly();
  await putBack(home(), repository());
  expect(JSON.parse(textOf(settings))).toEqual({ model: 'theirs' });
  expect(textOf('AGENTS.md')).toBe('new\n');
});

test('what a person took away between the two does not come back', async () => {
  mkdirSync(at('.claude'));
  put(settings, '{}');
  await guard(guarded('{}'));
  rmSync(at('.claude'), { recursive: true });
  await guard(guarded(''));
  await putBack(home(), repository());
  expect(existsSync(at('.claude'))).toBe(false);
});
