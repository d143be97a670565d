/**
 * B5 (cline#12831, claude-code#87575, arbos#390): a checkpoint that misses what a shell did and what Git does not track, one that is empty for want of an identity, and a restore that cleans away
 * what nobody kept. With the shipped server, a real program in the sandbox, and real Git.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpoints, goBack, openShell, preview, turn } from './session-turns.ts';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({
    '.gitignore': 'build/\n.env\n',
    'kept.txt': 'kept\r\n',
    '.gitattributes': '* text=auto\n',
  });
});
afterAll(() => bench[Symbol.asyncDispose]());

const read = (path: string): string => readFileSync(path, 'utf8');

describe('B5', () => {
  it('goes back over shell edits and untracked files, deletes nothing it did not make, and is undone', async () => {
    const { repository, git } = bench;
    const at = (name: string): string => join(repository, name);
    // As a person left it: no identity anywhere, an untracked file, something staged, something ignored, a stash.
    writeFileSync(at('README.md'), 'stashed\n');
    git('stash');
    writeFileSync(at('notes.txt'), 'mine\n');
    writeFileSync(at('staged.txt'), 'staged\n');
    git('add', 'staged.txt');
    writeFileSync(at('.env'), 'SECRET=1\n');
    const state = (): readonly string[] => [
      ...[
        git('rev-parse', 'HEAD'),
        git('symbolic-ref', 'HEAD'),
        git('stash', 'list'),
        git('diff', '--cached', '--name-status'),
      ],
      ...[git('reflog', '--all'), readFileSync(at('.git/index')).toString('base64'), git('for-each-ref', 'refs/heads')],
    ];
    git('status'); // refreshes the index once, as any person's Git does
    const before = state();
    const id = await openShell(bench, repository);
    await turn(
      bench,
      id,
      `echo changed > README.md; rm kept.txt; echo new > made.txt; mkdir -p deep/er; echo d > deep/er/d.txt
       echo more >> notes.txt; mkdir build; echo b > build/out; printf 'a\\r\\nb\\n' > mixed.txt; ln -s /etc/passwd link`,
    );
    // Somebody else, between turns.
    writeFileSync(at('theirs.txt'), 'theirs\n');
    writeFileSync(at('made.txt'), 'new, and a line of mine\n');
    expect(state()).toEqual(before);

    const shown = await preview(bench, id);
    expect(Object.fromEntries(shown.lines.map(({ path, does }) => [path, does]))).toEqual({
      'README.md': 'write',
      'kept.txt': 'restore',
      'notes.txt': 'write',
      'deep/er/d.txt': 'delete',
      'mixed.txt': 'delete',
      link: 'delete',
      'made.txt': 'leave',
      'theirs.txt': 'leave',
    });
    const undo = await goBack(bench, id);
    expect([read(at('README.md')), read(at('kept.txt')), read(at('notes.txt'))]).toEqual([
      '# app\n',
      'kept\r\n',
      'mine\n',
    ]);
    expect(readdirSync(repository).sort()).toEqual(
      [
        '.env',
        '.git',
        '.gitattributes',
        '.gitignore',
        'README.md',
        'build',
        'kept.txt',
        'made.txt',
        'notes.txt',
      ].concat(['staged.txt', 'theirs.txt']),
    );
    expect([read(at('theirs.txt')), read(at('made.txt')), read(at('.env'))]).toEqual([
      'theirs\n',
      'new, and a line of mine\n',
      'SECRET=1\n',
    ]);
    expect(existsSync(at('build/out'))).toBe(true);
    expect(state()).toEqual(before);

    await goBack(bench, id, undo);
    expect([read(at('README.md')), read(at('mixed.txt')), read(at('deep/er/d.txt'))]).toEqual([
      'changed\n',
      'a\r\nb\n',
      'd\n',
    ]);
    expect(existsSync(at('kept.txt'))).toBe(false);
    expect(state()).toEqual(before);
    // What was kept outlives a collection of everything unreachable.
    git('-c', 'gc.pruneExpire=now', 'gc', '--quiet', '--prune=now');
    await goBack(bench, id);
    expect(read(at('README.md'))).toBe('# app\n');
    const { items } = must(await bench.runtime.call(runtimeApi.sessionLog, { params: { id } }));
    expect(items.filter(({ type }) => type === 'session.rewound')).toHaveLength(3);
  });

  it('refuses when the files moved since the preview, and changes nothing', async () => {
    const { repository } = bench;
    const id = await openShell(bench, repository);
    await turn(bench, id, 'echo two > README.md');
    const shown = await preview(bench, id);
    writeFileSync(join(repository, 'README.md'), 'a person was faster\n');
    const body = { to: shown.to.checkpoint, hash: shown.hash };
    expect(await bench.runtime.call(runtimeApi.rewind, { params: { id }, body })).toMatchObject({
      ok: false,
      problem: { code: 'tree_moved' },
    });
    expect(read(join(repository, 'README.md'))).toBe('a person was faster\n');
  });

  it('leaves what somebody made between turns, also where a later turn wrote into it', async () => {
    const { repository } = bench;
    const id = await openShell(bench, repository);
    await turn(bench, id, 'echo a > first.txt');
    const [begin] = await checkpoints(bench, id);
    writeFileSync(join(repository, 'between.txt'), 'mine\n');
    await turn(bench, id, 'echo more >> between.txt');
    const { lines } = await preview(bench, id, begin!.checkpoint);
    expect(lines.map(({ path, does }) => `${does} ${path}`)).toEqual(['leave between.txt', 'delete first.txt']);
  });

  it('keeps a plain folder too, says what is lost there, and writes nothing into it', async () => {
    const folder = join(bench.house.work, 'plain');
    mkdirSync(join(folder, 'inner'), { recursive: true });
    writeFileSync(join(folder, 'a.txt'), 'a\n');
    execFileSync('git', ['init', '-q'], { cwd: join(folder, 'inner') });
    writeFileSync(join(folder, 'inner', 'x'), 'x\n');
    const id = await openShell(bench, folder);
    await turn(bench, id, 'rm a.txt; echo b > b.txt; echo y >> inner/x');
    const [first] = await checkpoints(bench, id);
    expect(first).toMatchObject({ why: 'before_turn', branch: null, head: null, files: { in: 'shadow' } });
    expect(first?.without).toEqual([expect.stringContaining('no Git repository'), 'repositories inside it: inner/']);
    expect(existsSync(join(folder, '.git'))).toBe(false);
    await goBack(bench, id);
    expect(readdirSync(folder).sort()).toEqual(['a.txt', 'inner']);
    // Another repository is nobody's to put back.
    expect(read(join(folder, 'inner', 'x'))).toBe('x\ny\n');
  });

  it('is refused while somebody works in the place, and where a folder with other files stands in the way', async () => {
    const { repository } = bench;
    const id = await openShell(bench, repository);
    await turn(bench, id, 'echo x > one.txt');
    const params = { id };
    const going = turn(bench, id, 'rm one.txt; while [ ! -f go ]; do sleep 0.05; done');
    await until('it works', () => !existsSync(join(repository, 'one.txt')));
    expect(await bench.runtime.call(runtimeApi.previewRewind, { params, body: {} })).toMatchObject({
      ok: false,
      problem: { detail: expect.stringContaining('is at work') as string },
    });
    writeFileSync(join(repository, 'go'), '');
    await going;
    mkdirSync(join(repository, 'one.txt'));
    writeFileSync(join(repository, 'one.txt', 'precious'), 'p');
    const last = (await checkpoints(bench, id)).findLast(({ why }) => why === 'before_turn')!;
    const seen = await preview(bench, id, last.checkpoint);
    expect(seen.lines.find(({ path }) => path === 'one.txt')).toMatchObject({ does: 'leave' });
    await goBack(bench, id, last.checkpoint);
    expect(statSync(join(repository, 'one.txt', 'precious')).isFile()).toBe(true);
    rmSync(join(repository, 'one.txt'), { recursive: true });
  });

  it('deletes nothing that was there and was not kept: ignored until a turn said otherwise, in a repository until its \`.git\` was gone, an empty folder', async () => {
    const { repository } = bench;
    const at = (name: string): string => join(repository, name);
    const rules = read(at('.gitignore'));
    mkdirSync(at('inner'));
    mkdirSync(at('uploads'));
    execFileSync('git', ['init', '-q', 'inner'], { cwd: repository });
    writeFileSync(at('inner/precious'), 'p\n');
    writeFileSync(at('.env'), 'SECRET=1\n');
    const id = await openShell(bench, repository);
    await turn(bench, id, `: > .gitignore; rm -rf inner/.git; mkdir fresh; echo a | tee uploads/a > fresh/a`);
    const { lines } = await preview(bench, id);
    expect(Object.fromEntries(lines.map(({ path, does }) => [path, does]))).toMatchObject({
      ...{ '.env': 'leave', 'inner/precious': 'leave', '.gitignore': 'write' },
      ...{ 'uploads/a': 'delete', 'fresh/a': 'delete' },
    });
    await goBack(bench, id);
    expect([read(at('.env')), read(at('inner/precious')), read(at('.gitignore'))]).toEqual([
      'SECRET=1\n',
      'p\n',
      rules,
    ]);
    expect([readdirSync(at('uploads')), existsSync(at('fresh'))]).toEqual([[], false]);
  });

  it('goes back over a folder that became a file and a file that became a folder, and opens no file to more readers', async () => {
    const { repository } = bench;
    const at = (name: string): string => join(repository, name);
    mkdirSync(at('folder'));
    writeFileSync(at('folder/a'), 'a\n');
    writeFileSync(at('file'), 'f\n');
    writeFileSync(at('closed'), 'c\n', { mode: 0o600 });
    const id = await openShell(bench, repository);
    await turn(
      bench,
      id,
      'rm -r folder file; echo x > folder; mkdir -p file/deep; echo x > file/deep/x; echo more >> closed',
    );
    await goBack(bench, id);
    expect([read(at('folder/a')), read(at('file')), read(at('closed'))]).toEqual(['a\n', 'f\n', 'c\n']);
    expect(statSync(at('closed')).mode & 0o777).toBe(0o600);
  });

  it('keeps the rest where a name is none that Git takes, and says so', async () => {
    const { repository } = bench;
    const id = await openShell(bench, repository);
    writeFileSync(join(repository, 'was-a-file'), 'x\n');
    await turn(bench, id, 'true');
    await turn(
      bench,
      id,
      `rm was-a-file; mkfifo was-a-file; echo x > "$(printf 'caf\\351')"; echo x > 'git~1'; echo x > "$(printf 'new\\nline\\033[31m\\"')"`,
    );
    const last = (await checkpoints(bench, id)).at(-1);
    expect([last?.files.in, last?.without.join()]).toEqual([
      'repository',
      expect.stringMatching(/names that Git does not take: .*git~1.*,neither files nor links: was-a-file/),
    ]);
    await goBack(bench, id);
    expect(readdirSync(repository, 'latin1')).toEqual(expect.arrayContaining(['caf\u00e9', 'git~1']));
    expect(readdirSync(repository).filter((name) => name.startsWith('new'))).toEqual([]);
    execFileSync('sh', ['-c', 'rm caf* git~1 was-a-file'], { cwd: repository });
  });

  it('keeps the files of a repository whose objects are named by SHA-256', async () => {
    const folder = join(bench.house.work, 'longer');
    mkdirSync(folder);
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
    git('init', '-q', '--object-format=sha256');
    writeFileSync(join(folder, 'a'), 'a\n');
    git('add', 'a');
    git('-c', 'user.name=p', '-c', 'user.email=p@x', 'commit', '-qm', 'first');
    const id = await openShell(bench, folder);
    await turn(bench, id, 'echo b > a');
    await goBack(bench, id);
    expect(read(join(folder, 'a'))).toBe('a\n');
    git('fsck', '--strict');
  });

  it('touches nothing of a repository that was made around files it had kept', async () => {
    const { repository } = bench;
    const at = (name: string): string => join(repository, name);
    mkdirSync(at('later'));
    writeFileSync(at('later/a'), '1\n');
    const id = await openShell(bench, repository);
    await turn(bench, id, 'echo 2 > later/a; echo n > later/n; echo 2 > beside');
    execFileSync('git', ['init', '-q', 'later'], { cwd: repository });
    await goBack(bench, id);
    expect([read(at('later/a')), read(at('later/n')), existsSync(at('beside'))]).toEqual(['2\n', 'n\n', false]);
    rmSync(at('later'), { recursive: true });
  });

  it('waits for the turn of a session at a terminal, and says what to do where its launcher ended without a word', async () => {
    const { repository } = bench;
    const id = await openShell(bench, repository);
    await turn(bench, id, 'echo 2 > there');
    const body = {
      title: 'x',
      project: 'p',
      agent: 'claude',
      driver: 'attended' as const,
      workspace: repository,
      mandate: null,
    };
    const params = { id: must(await bench.runtime.call(runtimeApi.createSession, { body })).id };
    const begun = { why: 'before_turn' as const, turn: 't-1' };
    must(await bench.runtime.call(runtimeApi.takeCheckpoint, { params, body: begun }));
    const look = () => bench.runtime.call(runtimeApi.previewRewind, { params: { id }, body: {} });
    expect(await look()).toMatchObject({
      problem: { way_out: expect.stringContaining(`writ session checkpoints ${params.id} --take`) as string },
    });
    must(await bench.runtime.call(runtimeApi.takeCheckpoint, { params, body: {} }));
    expect(await look()).toMatchObject({ ok: true });
  });
});
