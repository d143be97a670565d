/**
 * A held action outlives every process (opencode#36347, #2264, kaiden#2897, maka#1612), is answered once from anywhere, and is carried out by a process that never saw it asked (Mastra#18031, #19301,
 * #20600, openai-agents-python#5141). What it was not given for is not done under it.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { World } from './support/world.ts';
import { createWorld, until } from './support/world.ts';

type Waiting = { readonly id: string; readonly text: string; readonly text_digest: string; readonly session: string };
type Session = { readonly id: string; readonly state: string; readonly paused_by: string | null };
type Approval = { readonly state: string; readonly answered_by: string | null };

let world: World;
let repository: string;
beforeAll(async () => {
  world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  repository = join(world.place, 'app');
  mkdirSync(repository);
  inRepository('init', '-q', '-b', 'main');
  commit('one');
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

const inRepository = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
    cwd: repository,
    encoding: 'utf8',
  }).trim();
function commit(text: string): void {
  writeFileSync(join(repository, 'a.txt'), text);
  inRepository('add', 'a.txt');
  inRepository('commit', '-qm', text);
}

async function ok<T>(plane: 'control' | 'runtime', method: string, path: string, body?: unknown): Promise<T> {
  const answer = await world.api<T>(plane, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer.body;
}

/** A session that appends to the file `name` each time it runs, once somebody said yes to it; and the question. */
async function held(name: string): Promise<{ session: string; mandate: string; question: Waiting }> {
  const file = join(repository, name);
  await ok('control', 'POST', '/v1/projects', { id: 'app', title: '' });
  const proposed = await ok<{ id: string; revision: number; text_digest: string }>('control', 'POST', '/v1/mandates', {
    ...{ project: 'app', purpose: name, actor: 'worker' },
    authorization_details: [
      {
        ...{ type: 'mission_resource_access', resource: 'shell://app/sh', actions: ['shell.run'] },
        constraints: { requires_action_approval: true },
      },
    ],
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const mandate = proposed.id;
  const { revision, text_digest } = proposed;
  await ok('control', 'POST', `/v1/mandates/${mandate}/approve`, { revision, text_digest });
  const { credential } = await ok<{ credential: string }>('control', 'POST', `/v1/mandates/${mandate}/credentials`, {
    run: `session-${name}`,
  });
  const session = await ok<Session>('runtime', 'POST', '/v1/sessions', {
    ...{ title: name, project: 'app', agent: 'worker', driver: 'command', workspace: repository, mandate, credential },
    argv: ['sh', '-c', `echo x >> ${file}`],
  });
  await ok('runtime', 'POST', `/v1/sessions/${session.id}/input`, { text: 'go' });
  return { session: session.id, mandate, question: await asked(session.id) };
}
const waiting = async (): Promise<readonly Waiting[]> =>
  (await ok<{ items: Waiting[] }>('control', 'GET', '/v1/waiting')).items;
const asked = (session: string): Promise<Waiting> =>
  until('it is asked', async () => (await waiting()).find((one) => one.session === session), 30_000);
const stateOf = (session: string): Promise<Session> => ok('runtime', 'GET', `/v1/sessions/${session}`);
const approval = (id: string): Promise<Approval> => ok('control', 'GET', `/v1/approvals/${id}`);
const times = (name: string): number => {
  const file = join(repository, name);
  return existsSync(file) ? readFileSync(file, 'utf8').length / 2 : 0;
};
const planes = ['runtime', 'control', 'enforcer'] as const;

/** `kill -9` of all three; resolves when others are there and answer. */
async function killAll(): Promise<void> {
  const pids = await Promise.all(planes.map((plane) => world.pid(plane)));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until(
    'all three are there again',
    async () => {
      const now = await Promise.all(planes.map((plane) => world.pid(plane)));
      if (now.some((pid, index) => pid === pids[index])) return false;
      const ready = await Promise.all([
        world.api('control', 'GET', '/v1/waiting'),
        world.api('runtime', 'GET', '/v1/sessions'),
      ]);
      return ready.every(({ status }) => status === 200);
    },
    60_000,
  );
}

test('B3, B8: a hold survives kill -9 of every process, one of two answers wins, and it is carried out once', async () => {
  const { session, question } = await held('once');
  const other = await held('twice');
  expect([times('once'), times('twice')]).toEqual([0, 0]);
  await killAll();
  const again = await asked(session);
  // The same question about the same call, with the digest it had.
  expect(again).toEqual(question);
  for (const one of [session, other.session])
    await until('it waits for a yes', async () => (await stateOf(one)).paused_by === 'approval', 30_000);
  const give = ({ id, text_digest }: Waiting) =>
    world.api<{ detail?: string }>('control', 'POST', `/v1/approvals/${id}/give`, { text_digest });
  const answers = await Promise.all([
    give(question),
    world.api<{ detail?: string }>('control', 'POST', `/v1/approvals/${question.id}/refuse`, { reason: 'not today' }),
  ]);
  const won = answers.findIndex(({ status }) => status === 200);
  expect(answers[1 - won]).toMatchObject({
    status: 409,
    body: { detail: expect.stringMatching(/answered/) as string },
  });
  const { state, answered_by } = await approval(question.id);
  expect([state === 'refused', answered_by]).toEqual([won === 1, 'owner']);
  // Whichever of the two won, this one is given.
  expect(await give(other.question)).toMatchObject({ status: 200 });
  await until('it ran', () => times('twice') === 1, 30_000);
  if (won === 0) await until('so did the other', () => times('once') === 1, 30_000);
  await killAll();
  expect([times('once'), times('twice')]).toEqual([won === 0 ? 1 : 0, 1]);
  expect(await approval(other.question.id)).toMatchObject({ state: 'used' });
}, 180_000);

test('B3: a hold is void when its mandate, its call or its tree changed', async () => {
  const { session, mandate, question } = await held('void');
  await ok('control', 'POST', `/v1/mandates/${mandate}/suspend`, { reason: 'a look' });
  await ok('control', 'POST', `/v1/mandates/${mandate}/reinstate`, { reason: 'looked' });
  const late = await world.api('control', 'POST', `/v1/approvals/${question.id}/give`, {
    text_digest: question.text_digest,
  });
  expect(late.status).toBeGreaterThanOrEqual(400);
  // It is asked anew, and that one is another question.
  const anew = await until('asked anew', async () =>
    (await waiting()).find((one) => one.session === session && one.id !== question.id),
  );
  // The text of another call is not what was asked.
  const other = await world.api('control', 'POST', `/v1/approvals/${anew.id}/give`, { text_digest: 'of another call' });
  expect(other.status).toBeGreaterThanOrEqual(400);
  commit('two');
  await ok('control', 'POST', `/v1/approvals/${anew.id}/give`, { text_digest: anew.text_digest });
  await until('the place is another one', async () => (await stateOf(session)).paused_by === 'place', 30_000);
  expect(times('void')).toBe(0);
  // A person who was shown it goes on with it.
  await ok('runtime', 'POST', `/v1/sessions/${session}/unpause`, { here: true });
  await until('it ran', () => times('void') === 1, 30_000);
}, 120_000);
