/** What Writ asks of Git in a repository an agent worked in runs outside every sandbox: nothing the agent wrote there may run by it. */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repositoryFacts } from '../adopt/repository-facts.ts';
import { showChange } from '../adopt/show-change.ts';
import { uncommitted } from '../place/repository.ts';
import { changedSince, mark, treeHash } from './changes.ts';

let dir = '';
const at = (...names: readonly string[]): string => join(dir, ...names);
const git = (cwd: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'writ-changes-'));
  mkdirSync(at('ran'));
  writeFileSync(at('evil'), `#!/bin/sh\ntouch ${at('ran')}/"$(basename "$PWD")"\ncat\n`);
  chmodSync(at('evil'), 0o755);
  repository(at('app'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function repository(path: string): void {
  git(dir, 'init', '-q', '-b', 'main', path);
  writeFileSync(join(path, 'a.txt'), 'a\n');
  git(path, 'add', '.');
  git(path, 'commit', '-qm', 'first');
}

/** Every name of a program that a repository's own configuration has for what Git does with files. */
function arm(path: string): void {
  for (const [key, value] of [
    ['core.fsmonitor', at('evil')],
    ['core.hooksPath', at('hooks')],
    ['filter.x.clean', at('evil')],
    ['filter.x.process', at('evil')],
    ['filter.a=b.clean', at('evil')],
    ['diff.x.textconv', at('evil')],
    ['diff.x.command', at('evil')],
    ['diff.external', at('evil')],
    ['log.showSignature', 'true'],
    ['gpg.program', at('evil')],
  ] as const)
    git(path, 'config', key, value);
  mkdirSync(at('hooks'), { recursive: true });
  for (const hook of ['post-index-change', 'reference-transaction', 'pre-commit'])
    writeFileSync(at('hooks', hook), `#!/bin/sh\ntouch ${at('ran', hook)}\n`, { mode: 0o755 });
  writeFileSync(join(path, '.gitattributes'), '* filter=x diff=x\nb.txt filter=a=b\n');
  for (const name of ['a.txt', 'b.txt']) writeFileSync(join(path, name), `changed ${name}\n`);
}

/** All that is asked around one session, and what it said. */
async function askAll(root: string) {
  const before = await mark(root);
  const changed = await changedSince(root, { ...before, dirty: new Set() });
  const tree = await treeHash(root);
  await uncommitted(root);
  await repositoryFacts(root);
  await showChange(root, 'a.txt', 'after\n');
  return { changed, tree };
}
const ran = (): readonly string[] => readdirSync(at('ran'));

test('a repository below that the agent added runs nothing, and counts by its commit', async () => {
  repository(at('app/sub'));
  execFileSync('git', ['add', 'sub'], { cwd: at('app'), stdio: 'ignore' });
  git(at('app'), 'commit', '-qm', 'with another below');
  arm(at('app/sub'));
  // The plain command does run it: the trap is one.
  git(at('app'), 'status', '--porcelain');
  expect(ran()).not.toEqual([]);
  for (const name of ran()) rmSync(at('ran', name));

  const first = await askAll(at('app'));
  expect(first.changed).toBe('nothing');
  expect(first.tree).toBe(git(at('app'), 'rev-parse', 'HEAD^{tree}'));
  git(
    at('app/sub'),
    '-c',
    'core.hooksPath=/dev/null',
    '-c',
    'core.fsmonitor=false',
    'commit',
    '--allow-empty',
    '-qm',
    'x',
  );
  rmSync(at('ran'), { recursive: true });
  mkdirSync(at('ran'));
  const then = await askAll(at('app'));
  expect(then.changed).toBe('1 file not committed');
  expect(then.tree).not.toBe(first.tree);
  expect(ran()).toEqual([]);
});

test('a repository that the agent made where there was none runs nothing', async () => {
  arm(at('app'));
  const { changed, tree } = await askAll(at('app'));
  expect(changed).toBe('3 files not committed');
  expect(tree).toMatch(/^[0-9a-f]{40}$/);
  expect(ran()).toEqual([]);
});

test('a file that leads Git to another configuration leads Writ to none', async () => {
  repository(at('elsewhere'));
  arm(at('elsewhere'));
  writeFileSync(at('app/.gitattributes'), '* filter=x diff=x\n');
  writeFileSync(at('app/a.txt'), 'changed\n');
  const before = await mark(at('app'));
  expect(before.dirty.size).toBe(2);
  writeFileSync(at('app/.git/commondir'), '../../elsewhere/.git\n');
  expect(await askAll(at('app'))).toEqual({ changed: 'nothing', tree: '' });
  expect(existsSync(at('app/.git/commondir'))).toBe(true);
  expect(ran()).toEqual([]);
});
