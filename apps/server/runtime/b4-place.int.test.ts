/**
 * B4 (claude-code#61266, #85339, #45402, #84923): a session that goes on in another folder, branch or commit than the one it was left in. With the shipped server, a real program in the
 * sandbox, and real Git.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openShell, turn } from './session-turns.ts';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const say = (id: string, text: string) => bench.runtime.call(runtimeApi.admit, { params: { id }, body: { text } });
const unpause = (id: string, here = false) =>
  bench.runtime.call(runtimeApi.unpauseSession, { params: { id }, body: { here } });
const paused = (id: string) =>
  until('it is paused for its place', async () => (await bench.session(id)).paused_by === 'place');

describe('B4', () => {
  it('goes on only where it was left, says what is different, and has a person choose', async () => {
    const { repository, git } = bench;
    const wrote = (name: string): boolean => existsSync(join(repository, name));
    const id = await openShell(bench, repository);
    await turn(bench, id, 'echo 1 > one');
    await bench.stop();
    git('switch', '-q', '-c', 'other');
    await bench.start();
    must(await say(id, 'echo 2 > two'));
    await paused(id);
    const { state_detail: brief } = await bench.session(id);
    expect(brief).toMatch(/was on `main` at [0-9a-f]{10} and is on `other` at/);
    expect(wrote('two')).toBe(false);
    expect(await unpause(id)).toMatchObject({
      ok: false,
      problem: { code: 'place_differs', way_out: expect.stringContaining('--here') as string },
    });
    await until('a person is asked', async () =>
      must(await bench.runtime.call(runtimeApi.inbox)).items.some(
        ({ session, kind }) => session === id && kind === 'conflict',
      ),
    );
    // Put back by hand, it goes on, and nobody is asked any more.
    git('switch', '-q', 'main');
    must(await unpause(id));
    await until('it went on', () => wrote('two'));
    const asked = must(await bench.runtime.call(runtimeApi.inbox)).items;
    expect(asked.filter(({ session }) => session === id)).toEqual([]);

    await until('its turn is over', async () => (await bench.session(id)).state === 'idle');
    git('commit', '-q', '--allow-empty', '-m', 'by hand');
    must(await say(id, 'echo 3 > three'));
    await paused(id);
    expect(wrote('three')).toBe(false);
    // Or a person says so.
    must(await unpause(id, true));
    await until('it went on', () => wrote('three'));
    expect((await bench.session(id)).workspace?.head).toBe(git('rev-parse', 'HEAD'));

    // Before anything was asked of it, too.
    await until('its turn is over', async () => (await bench.session(id)).state === 'idle');
    git('commit', '-q', '--allow-empty', '-m', 'by hand again');
    must(await unpause(id, true));
    expect((await bench.session(id)).workspace?.head).toBe(git('rev-parse', 'HEAD'));
  });

  it('goes back to a checkpoint in a worktree that was moved since, once a person took it as that', async () => {
    const { repository, git } = bench;
    const from = await openShell(bench, repository);
    const { id } = must(await bench.runtime.call(runtimeApi.forkSession, { params: { id: from }, body: {} }));
    const path = (await bench.session(id)).workspace!.path;
    const kept = must(await bench.runtime.call(runtimeApi.takeCheckpoint, { params: { id }, body: {} })).checkpoint;
    const moved = join(bench.house.work, 'moved');
    git('worktree', 'move', path, moved);
    writeFileSync(join(moved, 'README.md'), 'changed\n');
    const look = () => bench.runtime.call(runtimeApi.previewRewind, { params: { id }, body: { to: kept } });
    expect(await look()).toMatchObject({
      problem: { detail: expect.stringContaining(`stands at \`${moved}\` now`) as string },
    });
    must(await unpause(id, true));
    const { hash } = must(await look());
    must(await bench.runtime.call(runtimeApi.rewind, { params: { id }, body: { to: kept, hash } }));
    expect(readFileSync(join(moved, 'README.md'), 'utf8')).toBe('# app\n');
  });

  it('says that its folder is gone, and offers nothing that could not help', async () => {
    const folder = join(bench.house.work, 'away');
    mkdirSync(folder);
    const id = await openShell(bench, folder);
    renameSync(folder, `${folder}-moved`);
    const { facts, stale } = must(await bench.runtime.call(runtimeApi.back, { params: { id } }));
    expect(facts.find(({ what }) => what === 'directory')).toMatchObject({
      value: `${folder}; it is not there any more`,
      standing: 'changed',
    });
    expect(stale.map(({ way }) => way)).toEqual([`writ unpause ${id}`]);
  });

  it('reads no repository that came into being where there was none: its configuration is an agent’s', async () => {
    const folder = join(bench.house.work, 'plain');
    const proof = join(bench.house.dir, 'owned');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a'), 'a\n');
    const id = await openShell(bench, folder);
    await turn(
      bench,
      id,
      `git init -q && git add a && git -c user.name=a -c user.email=a@x commit -qm a
       git config filter.evil.clean 'touch ${proof}; cat'; echo '* filter=evil' > .gitattributes; echo b > a`,
    );
    const { facts } = must(await bench.runtime.call(runtimeApi.back, { params: { id } }));
    expect(facts.find(({ what }) => what === 'Git repository')).toMatchObject({ standing: 'changed' });
    const known = must(await bench.runtime.call(runtimeApi.facts, { params: { id } })).items;
    expect(known.filter(({ kind }) => kind === 'git')).toEqual([]);
    expect((await bench.session(id)).workspace).toEqual({ path: folder, branch: null, head: null });
    await turn(bench, id, 'echo c > c');
    expect(existsSync(proof)).toBe(false);
  });

  it('waits where Git cannot read its repository any more, and goes on once it can', async () => {
    const folder = join(bench.house.work, 'broken');
    mkdirSync(folder);
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=p', '-c', 'user.email=p@x', ...args], {
        cwd: folder,
        encoding: 'utf8',
      }).trim();
    git('init', '-q');
    writeFileSync(join(folder, 'a'), 'a\n');
    git('add', 'a');
    git('commit', '-qm', 'first');
    const tree = git('rev-parse', 'HEAD^{tree}');
    const object = join(folder, '.git/objects', tree.slice(0, 2), tree.slice(2));
    const id = await openShell(bench, folder);
    renameSync(object, `${object}.away`);
    must(await say(id, 'echo 1 > one'));
    await paused(id);
    expect((await bench.session(id)).state_detail).toContain('Git cannot read');
    must(await bench.runtime.call(runtimeApi.back, { params: { id } }));
    await bench.restart();
    expect((await bench.session(id)).paused_by).toBe('place');
    renameSync(`${object}.away`, object);
    must(await unpause(id));
    await until('it went on', () => existsSync(join(folder, 'one')));
    // An agent that breaks it ends its turn like any other.
    await until('its turn is over', async () => (await bench.session(id)).state === 'idle');
    await turn(bench, id, `rm -rf .git/objects/${tree.slice(0, 2)}`);
  });
});
