/** The blind remote takes what comes, and neither remote outlives the process that started it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBlindRemote } from './blind-remote.ts';
import { makeWorktree, nothing } from './worktree.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'writ-blind-'));
});
afterEach(() => rm(place, { recursive: true, force: true, maxRetries: 5 }));

const answers = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

test('a push lands without a permit and is logged; the seed is not', async () => {
  const work = await makeWorktree(join(place, 'work'));
  const start = await work.git('rev-parse', 'HEAD');
  await using remote = await startBlindRemote({ dir: join(place, 'remote'), seedFrom: work.path });
  const next = await work.commit('more');
  expect((await work.push(remote.url, ['HEAD:refs/heads/main', 'HEAD:refs/heads/feat/x'])).ok).toBe(true);
  expect((await remote.landed()).map(({ ref, old, new: to }) => ({ ref, old, to }))).toEqual([
    { ref: 'refs/heads/main', old: start, to: next },
    { ref: 'refs/heads/feat/x', old: nothing, to: next },
  ]);
});

test('disposing it ends the daemon', async () => {
  const remote = await startBlindRemote({ dir: join(place, 'remote') });
  expect(await answers(remote.url)).toBe(true);
  await remote[Symbol.asyncDispose]();
  expect(await answers(remote.url)).toBe(false);
});

test.each(['SIGTERM', 'SIGKILL'] as const)('as a process it takes its daemon with it on %s', async (signal) => {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'blind-remote.ts'), '--dir', join(place, 'remote')],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const { url, log, dir } = JSON.parse(line) as Record<string, string>;
  expect({ url, log, dir }).toEqual({
    url: expect.stringMatching(/^git:\/\/127\.0\.0\.1:\d+\/repo\.git$/),
    log: join(place, 'remote/landed.ndjson'),
    dir: join(place, 'remote'),
  });
  expect(await answers(url ?? '')).toBe(true);
  child.kill(signal);
  await once(child, 'exit');
  await expect.poll(() => answers(url ?? ''), { timeout: 5_000 }).toBe(false);
});
