/** A call of an ACP agent that waits for a person, through `kill -9` of the runtime, and of every process: the question is the same, is answered once, and what was allowed runs once. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asksLeaveTwice } from '../kit/acp/asks-leave-twice.ts';
import type { World } from './support/world.ts';
import { createWorld, stays, until } from './support/world.ts';

type Waiting = { readonly id: string; readonly text: string; readonly text_digest: string; readonly session: string };
type Task = { readonly id: string; readonly state: string; readonly session: string | null };
type Mission = {
  readonly id: string;
  readonly state: string;
  readonly mandate: string;
  readonly tasks: readonly Task[];
};

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
  writeFileSync(join(repository, 'acp.mjs'), asksLeaveTwice);
  writeFileSync(join(repository, '.gitignore'), 'go\nran\ntold\n');
  writeFileSync(
    join(repository, 'mission.md'),
    [
      '---\nproject: app\nagents:\n  helper: { driver: acp, run: node acp.mjs }\n---\n\n# Build\n\nIt is built.\n',
      '- [ ] T1 run: `while [ ! -f go ]; do sleep 0.05; done` done: `true` — wait',
      '- [ ] T2 @helper (after: T1) done: `true` — test\n',
    ].join('\n'),
  );
  git('add', '.');
  git('commit', '-qm', 'first');
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

async function ok<T>(plane: 'control' | 'runtime', method: string, path: string, body?: unknown): Promise<T> {
  const answer = await world.api<T>(plane, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer.body;
}

const waiting = async (): Promise<readonly Waiting[]> =>
  (await ok<{ items: Waiting[] }>('control', 'GET', '/v1/waiting')).items;
const approval = (id: string) =>
  ok<{ state: string; operation: string | null }>('control', 'GET', `/v1/approvals/${id}`);
const give = ({ id, text_digest }: Waiting) =>
  world.api('control', 'POST', `/v1/approvals/${id}/give`, { text_digest });
const planes = ['runtime', 'control', 'enforcer'] as const;

async function kill(...named: readonly (typeof planes)[number][]): Promise<void> {
  const pids = await Promise.all(named.map((plane) => world.pid(plane)));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until(
    'they are there again',
    async () => {
      const now = await Promise.all(named.map((plane) => world.pid(plane)));
      return (
        !now.some((pid, index) => pid === pids[index]) &&
        (await waiting()) &&
        (await ok('runtime', 'GET', '/v1/sessions'))
      );
    },
    60_000,
  );
}

test('B3, B8: a held call of an ACP agent survives kill -9, and is carried out once', async () => {
  const started = await world.writ(['run', 'mission.md', '--yes', '--detach'], { cwd: repository });
  expect([started.code, started.stderr]).toEqual([0, '']);
  const mission = async (): Promise<Mission> =>
    (await ok<{ items: Mission[] }>('runtime', 'GET', '/v1/missions')).items[0]!;
  const place = (id: string): Promise<string> =>
    until(`${id} has a place`, async () => {
      const session = (await mission()).tasks.find((task) => task.id === id)?.session;
      if (session === null || session === undefined) return undefined;
      const { workspace } = await ok<{ workspace: { path: string } | null }>(
        'runtime',
        'GET',
        `/v1/sessions/${session}`,
      );
      return workspace?.path;
    });
  const first = await place('T1');
  await until('T1 works', async () =>
    (await ok<{ items: { state: string }[] }>('runtime', 'GET', '/v1/runs')).items.some(
      ({ state }) => state === 'running',
    ),
  );
  const only = (program: string, more: object = {}) => ({
    ...{ type: 'mission_resource_access', resource: `shell://app/${program}`, actions: ['shell.run'], ...more },
  });
  const asked = [
    ...['sh', 'test', 'true', 'node'].map((name) => only(name)),
    only('npm', { constraints: { requires_action_approval: true } }),
  ];
  await ok('control', 'POST', `/v1/mandates/${(await mission()).mandate}/narrow`, { authorization_details: asked });
  writeFileSync(join(first, 'go'), '');
  const question = (but: readonly string[] = []): Promise<Waiting> =>
    until('it waits for a person', async () => (await waiting()).find(({ id }) => !but.includes(id)), 60_000);
  const asking = await question();
  const at = await place('T2');
  const said = (file: string): string => (existsSync(join(at, file)) ? readFileSync(join(at, file), 'utf8') : '');

  const back = await world.writ(['back', asking.session]);
  expect(back.stdout).toMatch(new RegExp(`it waits for you: [^]*writ inbox ${asking.id}`));

  // Its agent lives on at the enforcer, and nobody can talk to it any more: another one asks the very same.
  await kill('runtime');
  expect(await stays('it is the same question', 3_000, async () => (await waiting()).map(({ id }) => id))).toEqual([
    asking.id,
  ]);
  expect([said('ran'), said('told')]).toEqual(['', '']);
  await kill(...planes);
  expect((await waiting()).map(({ id }) => id)).toEqual([asking.id]);
  expect((await give(asking)).status).toBe(200);
  await until('what was allowed ran', () => said('ran') === 'c1\n', 60_000);
  expect(await approval(asking.id)).toMatchObject({ state: 'used' });

  // Answered as soon as somebody is there to hear it.
  const second = await question([asking.id]);
  await kill('runtime');
  expect((await give(second)).status).toBe(200);
  await until('the second ran', () => said('ran') === 'c1\nc2\n', 60_000);
  await until('it is done', async () => (await mission()).state === 'done', 60_000);
  expect([said('ran'), await waiting()]).toEqual(['c1\nc2\n', []]);
}, 300_000);
