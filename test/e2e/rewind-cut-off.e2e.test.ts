/** A rewind that ends in the middle with its process: nothing is lost, who comes back is told, and is brought back to where it was before, by name. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { World } from './support/world.ts';
import { createWorld, until } from './support/world.ts';

let world: World;
let repository: string;
beforeAll(async () => {
  world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  repository = join(world.place, 'app');
  mkdirSync(repository);
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], { cwd: repository });
  git('init', '-q', '-b', 'main');
  writeFileSync(join(repository, 'a.txt'), 'mine\n');
  git('add', 'a.txt');
  git('commit', '-qm', 'first');
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

type Preview = { readonly to: { readonly checkpoint: string }; readonly hash: string };
type Back = { readonly stale: readonly { readonly what: string; readonly way: string }[] };

test('kill -9 in the middle of a rewind', async () => {
  const at = { cwd: repository };
  const opened = await world.writ(['session', 'open', 'many', '--yes', '--json', '--', 'sh'], at);
  expect(opened.code, opened.stderr).toBe(0);
  const [{ id }] = await world.json<[{ id: string }]>(['session', 'list']);
  const script =
    'mkdir made; cd made; i=0; while [ $i -lt 20000 ]; do : > f$i; i=$((i+1)); done; echo theirs > ../a.txt';
  expect((await world.writ(['session', 'send', id, script], at)).code).toBe(0);
  const ended = async (): Promise<boolean> =>
    (await world.json<{ items: { type: string }[] }>(['log', id, '--all'])).items.some(
      ({ type }) => type === 'turn.ended',
    );
  await until('its turn is over', ended, 60_000);
  const made = (): number => (existsSync(join(repository, 'made')) ? readdirSync(join(repository, 'made')).length : 0);
  expect(made()).toBe(20_000);

  const path = `/v1/sessions/${id}/rewind`;
  const { body } = await world.api<Preview>('runtime', 'POST', `${path}/preview`, { to: null });
  const pid = await world.pid('runtime');
  // Its first deletion is told by the kernel: to look now and then would be to come when it is done.
  const watcher = watch(join(repository, 'made'));
  const deleting = once(watcher, 'change');
  const going = world.api('runtime', 'POST', path, { to: body.to.checkpoint, hash: body.hash }).catch(() => null);
  await deleting;
  process.kill(pid, 'SIGKILL');
  watcher.close();
  await going;
  await until('the runtime is there again', async () => (await world.pid('runtime')) !== pid, 60_000);
  const left = made();
  expect([left > 0, left < 20_000]).toEqual([true, true]);

  const { stale } = await until('it answers', async () => {
    const back = await world.api<Back>('runtime', 'GET', `/v1/sessions/${id}/back`).catch(() => null);
    return back?.status === 200 ? back.body : undefined;
  });
  expect(stale[0]).toMatchObject({ what: expect.stringContaining('cut off') as string });
  const way = stale[0]?.way.split(' ').slice(1) ?? [];
  expect(way.slice(0, 3)).toEqual(['session', 'rewind', id]);
  const undone = await world.writ([...way, '--yes'], { ...at, timeoutMs: 120_000 });
  expect([undone.code, undone.stderr]).toEqual([0, '']);
  expect([made(), readFileSync(join(repository, 'a.txt'), 'utf8')]).toEqual([20_000, 'theirs\n']);
}, 240_000);
