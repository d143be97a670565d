import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Repository } from './repository.ts';
import { git, gitOrThrow } from './git.ts';
import { gitFact } from './git-fact.ts';
import { integrate, openRepository, remotesOf, resolveCommit } from './repository.ts';
import type { Worktree } from './worktree.ts';
import { addWorktree, commitWorktree, lookAt, movedTo, worktreeAt, worktreePath } from './worktree.ts';

let dir: string;
let repository: Repository;
const sh = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=p', '-c', 'user.email=p@x', ...args], { cwd, encoding: 'utf8' }).trim();

beforeEach(async () => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'writ-ws-')));
  const path = join(dir, 'app');
  mkdirSync(path);
  sh(path, 'init', '-q', '-b', 'main');
  writeFileSync(join(path, 'a.txt'), 'a\n');
  sh(path, 'add', '.');
  sh(path, 'commit', '-qm', 'first');
  const opened = await openRepository(path);
  if (!opened.ok) throw new Error(opened.refusal.sentence);
  repository = opened.value;
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const task = async (id: string, base?: string): Promise<Worktree> =>
  addWorktree(
    repository,
    worktreePath(join(dir, 'worktrees'), 'm', id),
    `writ/m/${id}`,
    base ?? (await resolveCommit(repository, 'HEAD'))!,
  );

describe('worktrees', () => {
  it('commits everything in the worktree on its own branch and leaves the person alone', async () => {
    const worktree = await task('T1');
    writeFileSync(join(worktree.path, 'a.txt'), 'changed\n');
    writeFileSync(join(worktree.path, 'new.txt'), 'n\n');
    const done = await commitWorktree(worktree, 'T1: work');
    expect([...done.changed].sort()).toEqual(['a.txt', 'new.txt']);
    expect(sh(repository.path, 'rev-parse', 'writ/m/T1')).toBe(done.commit);
    expect(sh(repository.path, 'show', '-s', '--format=%an %s', done.commit)).toBe('Writ T1: work');
    expect(sh(repository.path, 'status', '--porcelain')).toBe('');
    expect(sh(repository.path, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('main');
    expect(sh(worktree.path, 'status', '--porcelain')).toBe('');
    expect(await lookAt(worktree)).toEqual({ branch: 'writ/m/T1', head: done.commit, dirty: [] });
  });

  it('gives the same commit when nothing changed, and the same worktree when it is there', async () => {
    const worktree = await task('T1');
    const first = await commitWorktree(worktree, 'x');
    expect(first).toMatchObject({ commit: await resolveCommit(repository, 'main'), changed: [] });
    expect(await task('T1')).toEqual(worktree);
    expect(await worktreeAt(repository, join(dir, 'worktrees', 'm', 'nothing'), 'b')).toBeNull();
  });

  it('takes deletions along and names what is dirty', async () => {
    const worktree = await task('T1');
    rmSync(join(worktree.path, 'a.txt'));
    expect((await lookAt(worktree)).dirty).toEqual(['a.txt']);
    await commitWorktree(worktree, 'x');
    expect(sh(repository.path, 'ls-tree', '--name-only', 'writ/m/T1')).toBe('');
  });
});

describe('a worktree that was moved (claude-code#85339)', () => {
  it('is found by the repository, is not the place of before until somebody says so, and works there', async () => {
    const made = await task('T1');
    const to = join(dir, 'elsewhere');
    sh(repository.path, 'worktree', 'move', made.path, to);
    expect(await worktreeAt(repository, made.path, made.branch)).toBeNull();
    expect(await movedTo(repository, made.path)).toBe(to);
    const now = await worktreeAt(repository, to, made.branch);
    expect(now).toEqual({ ...made, path: to });
    writeFileSync(join(to, 'new.txt'), 'n\n');
    expect((await commitWorktree(now!, 'x')).changed).toEqual(['new.txt']);
    // A copy is not it, whatever its `.git` says.
    cpSync(to, made.path, { recursive: true });
    expect(await worktreeAt(repository, made.path, made.branch)).toBeNull();
  });
});

describe('integration', () => {
  it('makes a base that holds the work of all parents', async () => {
    const [one, two] = [await task('T1'), await task('T2')];
    writeFileSync(join(one.path, 'one'), '1');
    writeFileSync(join(two.path, 'two'), '2');
    const commits = [(await commitWorktree(one, '1')).commit, (await commitWorktree(two, '2')).commit];
    const merged = await integrate(repository, commits, 'together');
    if (!merged.ok) throw new Error('conflict');
    expect(sh(repository.path, 'ls-tree', '--name-only', merged.commit).split('\n')).toEqual(['a.txt', 'one', 'two']);
    expect(await integrate(repository, [commits[0]!, merged.commit], 'x')).toEqual(merged);
  });

  it('names the paths of a conflict and changes nothing', async () => {
    const [one, two] = [await task('T1'), await task('T2')];
    writeFileSync(join(one.path, 'a.txt'), '1');
    writeFileSync(join(two.path, 'a.txt'), '2');
    const commits = [(await commitWorktree(one, '1')).commit, (await commitWorktree(two, '2')).commit];
    expect(await integrate(repository, commits, 'together')).toMatchObject({ ok: false, paths: ['a.txt'] });
  });
});

/** What an agent can write must not make the harness run anything or move another branch. */
describe('a hostile worktree', () => {
  const trap = () => {
    const proof = join(dir, 'owned');
    const script = join(dir, 'evil.sh');
    writeFileSync(script, `#!/bin/sh\ntouch ${proof}\ncat\n`);
    chmodSync(script, 0o755);
    return { proof, script };
  };

  it('runs no filter, hook or fsmonitor, wherever they are configured', async () => {
    const { proof, script } = trap();
    const worktree = await task('T1');
    for (const [key, value] of [
      ['filter.x.clean', script],
      ['filter.x.smudge', script],
      ['filter.x.required', 'true'],
      ['core.fsmonitor', script],
      ['core.hooksPath', dir],
      ['merge.x.driver', script],
    ])
      sh(repository.path, 'config', key!, value!);
    for (const hook of ['pre-commit', 'reference-transaction', 'post-checkout', 'post-index-change'])
      symlinkSync(script, join(dir, hook));
    writeFileSync(join(worktree.path, '.gitattributes'), '* filter=x merge=x\n');
    writeFileSync(join(worktree.path, 'a.txt'), 'changed\n');
    await commitWorktree(worktree, 'x');
    const other = await task('T2', (await resolveCommit(repository, 'writ/m/T1'))!);
    writeFileSync(join(other.path, 'a.txt'), 'again\n');
    await lookAt(other);
    expect(existsSync(proof)).toBe(false);
    expect(sh(repository.path, '-c', 'core.fsmonitor=false', 'show', 'writ/m/T1:a.txt')).toBe('changed');
  });

  it('runs nothing to verify a signature, to fetch what is missing, or for a driver with a sign of assignment in its name', async () => {
    const { proof, script } = trap();
    const worktree = await task('T1');
    const { gitDir, path } = worktree;
    for (const [key, value] of [
      ['log.showSignature', 'true'],
      ['gpg.format', 'ssh'],
      ['gpg.ssh.program', script],
      ['gpg.ssh.allowedSignersFile', '/dev/null'],
      ['filter.a=b.clean', script],
      ['core.repositoryFormatVersion', '1'],
      ['extensions.partialClone', 'far'],
      ['remote.far.promisor', 'true'],
      ['remote.far.url', repository.path],
      ['remote.far.uploadpack', script],
    ])
      sh(repository.path, 'config', key!, value!);
    const signature = 'gpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n';
    const who = 'p <p@example.org> 1 +0000';
    const tree = sh(repository.path, 'rev-parse', 'main^{tree}');
    const text = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n${signature}\nsigned\n`;
    const signed = await gitOrThrow({ gitDir }, ['hash-object', '-t', 'commit', '-w', '--stdin'], text);
    expect(await gitOrThrow({ gitDir }, ['log', '--format=%s', '-1', signed.trim()])).toBe('signed\n');
    expect((await git({ gitDir }, ['cat-file', '-p', '1'.repeat(40)])).code).not.toBe(0);
    writeFileSync(join(path, '.gitattributes'), '* filter=a=b\n');
    writeFileSync(join(path, 'a.txt'), 'changed\n');
    await lookAt(worktree);
    expect(existsSync(proof)).toBe(false);
  });

  it('asks nothing of a directory in which a file leads Git to another', async () => {
    const { proof, script } = trap();
    const elsewhere = join(dir, 'elsewhere.git');
    sh(dir, 'init', '-q', '--bare', elsewhere);
    sh(elsewhere, 'config', 'filter.x.clean', script);
    sh(elsewhere, 'config', 'branch.main.description', 'misled');
    writeFileSync(join(repository.gitDir, 'commondir'), '../../elsewhere.git\n');
    expect(await openRepository(repository.path)).toMatchObject({ ok: false });
    const { gitDir } = repository;
    expect((await git({ gitDir }, ['config', 'branch.main.description'])).stdout).toBe('');
    expect(await gitFact(repository, gitDir)).toBe(null);
    expect((await git({ gitDir }, ['update-ref', 'refs/writ/x', 'refs/heads/main'])).code).not.toBe(0);
    expect(existsSync(proof)).toBe(false);
  });

  it('does not follow the .git file or a nested repository', async () => {
    const { proof, script } = trap();
    const worktree = await task('T1');
    const nested = join(worktree.path, 'nested');
    mkdirSync(nested);
    sh(nested, 'init', '-q');
    sh(nested, 'config', 'core.fsmonitor', script);
    writeFileSync(join(nested, 'f'), 'x');
    writeFileSync(join(worktree.path, '.git'), `gitdir: ${join(nested, '.git')}\n`);
    writeFileSync(join(worktree.path, 'b.txt'), 'b');
    const { changed } = await commitWorktree(worktree, 'x');
    expect(changed).toContain('b.txt');
    expect(existsSync(proof)).toBe(false);
    expect(sh(repository.path, 'rev-parse', 'writ/m/T1^')).toBe(sh(repository.path, 'rev-parse', 'main'));
  });

  it('moves no branch but the task’s own', async () => {
    const main = await resolveCommit(repository, 'refs/heads/main');
    const worktree = await task('T1');
    writeFileSync(join(worktree.path, 'b.txt'), 'b');
    writeFileSync(join(repository.gitDir, 'refs/heads/writ/m/T1'), 'ref: refs/heads/main\n');
    await expect(commitWorktree(worktree, 'x')).rejects.toThrow('is on `main` and not on `writ/m/T1`');
    writeFileSync(join(repository.gitDir, 'refs/heads/writ/m/T1'), `${main!}\n`);
    writeFileSync(join(worktree.gitDir, 'HEAD'), 'ref: refs/heads/main\n');
    await expect(commitWorktree(worktree, 'x')).rejects.toThrow('is on `main` and not on `writ/m/T1`');
    expect(await resolveCommit(repository, 'refs/heads/main')).toBe(main);
  });

  it('does not write through an index that is a link', async () => {
    const worktree = await task('T1');
    const victim = join(dir, 'victim');
    writeFileSync(victim, 'precious');
    rmSync(join(worktree.gitDir, 'index'));
    symlinkSync(victim, join(worktree.gitDir, 'index'));
    writeFileSync(join(worktree.path, 'b.txt'), 'b');
    await commitWorktree(worktree, 'x');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });
});

describe('openRepository', () => {
  it('says what to do where there is none', async () => {
    expect(await openRepository(dir)).toMatchObject({
      ok: false,
      refusal: { kind: 'invalid', sentence: `\`${dir}\` is not a Git repository` },
    });
    const gone = join(dir, 'gone');
    expect(await openRepository(gone)).toMatchObject({
      ok: false,
      refusal: { kind: 'invalid', sentence: `\`${gone}\` is not there, or is no folder` },
    });
  });
  it('trusts whom the person trusts, and says so of another one', async () => {
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    mkdirSync(join(dir, 'bin'));
    // Git's own way to be tested as another user's repository.
    writeFileSync(join(dir, 'bin', 'git'), `#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec '${real}' "$@"\n`, {
      mode: 0o755,
    });
    vi.stubEnv('PATH', `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`);
    vi.stubEnv('HOME', dir);
    try {
      expect(await openRepository(repository.path)).toMatchObject({
        ok: false,
        refusal: { wayOut: expect.stringContaining(`safe.directory ${repository.path}`) as string },
      });
      writeFileSync(join(dir, '.gitconfig'), `[safe]\n\tdirectory = ${repository.path}\n`);
      expect(await openRepository(repository.path)).toMatchObject({ ok: true });
    } finally {
      vi.unstubAllEnvs();
    }
  });
  it('reads the remotes', async () => {
    sh(repository.path, 'remote', 'add', 'origin', 'https://example.com/x.git');
    expect(await remotesOf(repository)).toEqual({ origin: 'https://example.com/x.git' });
  });
});
