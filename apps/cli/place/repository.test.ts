/** What Git says of a repository it will not work in reaches the person as a sentence with a way out, and never as "no repository". */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { repositoryAround } from './repository.ts';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'writ-repository-')));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

it('finds the top of a repository from below, and says where there is none', async () => {
  expect(await repositoryAround(root)).toEqual({ kind: 'none' });
  execFileSync('git', ['init', '-q', root]);
  mkdirSync(join(root, 'deep'));
  expect(await repositoryAround(join(root, 'deep'))).toEqual({ kind: 'found', root });
});

it('says of a bare or a broken repository what is wrong with it', async () => {
  execFileSync('git', ['init', '-q', '--bare', join(root, 'bare.git')]);
  expect(await repositoryAround(join(root, 'bare.git'))).toMatchObject({
    kind: 'unusable',
    sentence: expect.stringContaining('without files') as string,
  });
  mkdirSync(join(root, 'moved'));
  writeFileSync(join(root, 'moved', '.git'), 'gitdir: /nowhere\n');
  expect(await repositoryAround(join(root, 'moved'))).toMatchObject({
    kind: 'unusable',
    sentence: expect.stringContaining('/nowhere') as string,
  });
});

it('calls the repository of another user that, with the command that trusts it', async () => {
  execFileSync('git', ['init', '-q', root]);
  mkdirSync(join(root, 'deep'));
  // Git's own way to be tested as another user's.
  vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
  vi.stubEnv('LANG', 'de_DE.UTF-8');
  expect(await repositoryAround(join(root, 'deep'))).toEqual({
    kind: 'unusable',
    sentence: `the Git repository \`${root}\` belongs to another user, so Git does not work in it as you`,
    wayOut: `if you trust what is in it: \`git config --global --add safe.directory ${root}\``,
  });
});

it('says that Git is missing', async () => {
  vi.stubEnv('PATH', join(root, 'nothing'));
  expect(await repositoryAround(root)).toMatchObject({ sentence: 'there is no `git` on the PATH' });
});
