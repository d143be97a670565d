/**
 * A push that needs a person's yes: a real `git push` out of a governed run is refused in words and reaches nothing; a person says yes in `writ inbox`; the same
 * push again lands once, under a permit the remote checked. What the yes was not for does not land under it. The remote's own logs are the judge.
 */

import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startCheckingRemote } from '../kit/remote/checking-remote.ts';
import { sessions, startMission, stop } from './support/mission.ts';
import { createRepository } from './support/night-repository.ts';
import { createWorld, until } from './support/world.ts';

/** Does what the file `orders` says, a shell command a line, and writes down what came of each. */
const agent = `
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
mkdirSync('beats', { recursive: true });
for (let done = 0; ; await sleep(30)) {
  const orders = existsSync('beats/orders') ? readFileSync('beats/orders', 'utf8').split('\\n').slice(0, -1) : [];
  for (const order of orders.slice(done)) {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', order], { encoding: 'utf8' });
    appendFileSync('beats/results', JSON.stringify({ order, status, said: stdout + stderr }) + '\\n');
    done += 1;
  }
}
`;

type Result = { readonly order: string; readonly status: number; readonly said: string };
type Waiting = {
  readonly kind: string;
  readonly id: string;
  readonly text: string;
  readonly session: string | null;
  readonly ask: string;
};
type Approval = { readonly state: string; readonly operation: string | null; readonly answered_by: string | null };
type Operation = { readonly id: string; readonly action: string; readonly state: string; readonly resource: string };

test('a push waits for a yes, lands once, and the yes is for nothing else', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  await using remote = await startCheckingRemote({
    dir: join(world.place, 'checking'),
    control: join(world.home, 'control/endpoint.json'),
    tokenFile: join(world.home, 'control/points/sink.token'),
    project: 'night',
  });
  const repository = createRepository(world.place, {
    tasks: ['- [ ] T1 run: `node agents/pusher.mjs` done: `true` — do as told'],
    frontMatter: ['allow:', '  - git.push on refs/heads/shared/*, ask each time'],
  });
  writeFileSync(join(repository, 'agents/pusher.mjs'), agent);
  const inRepository = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      cwd: repository,
      encoding: 'utf8',
    }).trim();
  inRepository('add', '-A');
  inRepository('commit', '-q', '-m', 'pusher');
  inRepository('remote', 'add', 'origin', remote.url);
  const { mandate } = await startMission(world, repository);
  const place = await until('the agent works', async () => {
    const [session] = (await sessions(world)).filter(({ task, workspace }) => task === 'T1' && workspace !== null);
    const path = session?.workspace?.path;
    return path !== undefined && existsSync(join(path, 'beats')) ? path : undefined;
  });

  const results = (): readonly Result[] => {
    const file = join(place, 'beats/results');
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Result)
      : [];
  };
  let given = 0;
  /** Has the agent run a command in its sandbox; resolves with what came of it. */
  const agentRuns = async (command: string): Promise<Result> => {
    appendFileSync(join(place, 'beats/orders'), `${command}\n`);
    given += 1;
    const nth = given - 1;
    return until(`the agent ran \`${command}\``, () => results()[nth], 30_000);
  };
  const commit = async (text: string): Promise<string> => {
    const made = await agentRuns(
      `echo ${text} > work.txt && git add work.txt && git -c user.name=a -c user.email=a@example.invalid commit -qm ${text} && git rev-parse HEAD`,
    );
    expect(made).toMatchObject({ status: 0 });
    return made.said.trim();
  };
  const push = (oid: string) => agentRuns(`git push origin ${oid}:refs/heads/shared/x`);
  const waiting = async (): Promise<readonly Waiting[]> =>
    (await world.json<{ waiting: Waiting[] }>(['inbox'], [0, 5])).waiting;
  const approval = async (id: string): Promise<Approval> =>
    (await world.api<Approval>('control', 'GET', `/v1/approvals/${id}`)).body;
  const landed = async (): Promise<readonly string[]> => (await remote.landed()).map((one) => one.new);
  const pushesBegun = async (): Promise<readonly Operation[]> =>
    (await world.api<{ items: Operation[] }>('control', 'GET', `/v1/operations?mandate=${mandate}`)).body.items.filter(
      ({ action }) => action === 'git.push',
    );

  // Held: refused in words that say what to do; nothing begins and nothing reaches the remote.
  const one = await commit('one');
  const held = await push(one);
  expect(held.status).not.toBe(0);
  expect(held.said).toMatch(/a person has to say yes|needs a person|asks each time|person/);
  const [question, ...others] = await waiting();
  expect(others).toEqual([]);
  expect(held.said).toContain(question?.id);
  expect(held.said).toContain('try exactly the same again');
  expect(held.said).not.toContain('do not retry');
  expect(question?.text).toContain(one);
  expect(question?.text).toContain('refs/heads/shared/x');
  // Asked again it is the same question, and an agent does not answer it.
  expect((await push(one)).status).not.toBe(0);
  expect((await waiting()).map(({ id }) => id)).toEqual([question?.id]);
  expect((await agentRuns(`writ inbox ${question?.id ?? ''} yes`)).status).not.toBe(0);
  expect((await waiting()).map(({ id }) => id)).toEqual([question?.id]);
  expect([await remote.attempts(), await pushesBegun()]).toEqual([[], []]);

  // A yes: to this commit. Another one is a question of its own, and does not land under it.
  expect((await world.writ(['inbox', question?.id ?? '', 'yes'])).code).toBe(0);
  const two = await commit('two');
  expect((await push(two)).status).not.toBe(0);
  expect((await agentRuns(`git push origin ${one}:refs/heads/shared/y`)).status).not.toBe(0);
  expect((await agentRuns(`git push --force origin ${one}:refs/heads/shared/x`)).status).not.toBe(0);
  expect(await remote.attempts()).toEqual([]);
  expect(await approval(question?.id ?? '')).toMatchObject({ state: 'given', answered_by: 'owner' });

  // The same again lands, once, with a permit that the remote saw to be current.
  expect(await push(one)).toMatchObject({ status: 0 });
  expect(await push(one)).toMatchObject({ status: 0 });
  expect(await landed()).toEqual([one]);
  const [operation, ...more] = await pushesBegun();
  expect(more).toEqual([]);
  expect(await remote.updates()).toMatchObject([
    { ref: 'refs/heads/shared/x', new: one, permit: 'current', accepted: true, operation: operation?.id, mandate },
  ]);
  expect(await approval(question?.id ?? '')).toMatchObject({ state: 'used', operation: operation?.id });

  // Void once its mandate was suspended, also after it is in force again; then it is asked anew.
  expect((await push(two)).status).not.toBe(0);
  const asked = (await waiting()).filter(({ text }) => text.includes(one) && text.includes(two));
  expect(asked).toHaveLength(1);
  const [before] = asked;
  expect((await world.writ(['inbox', before?.id ?? '', 'yes'])).code).toBe(0);
  await stop(world, ['mandate', 'suspend', mandate]);
  expect((await world.writ(['mandate', 'reinstate', mandate])).code).toBe(0);
  expect((await push(two)).status).not.toBe(0);
  expect(await landed()).toEqual([one]);
  expect(await approval(before?.id ?? '')).toMatchObject({ state: 'void' });
  const [anew] = (await waiting()).filter(({ text }) => text.includes(one) && text.includes(two));
  expect(anew?.id).not.toBe(before?.id);
  expect((await world.writ(['inbox', anew?.id ?? '', 'yes'])).code).toBe(0);
  expect(await push(two)).toMatchObject({ status: 0 });
  expect(await landed()).toEqual([one, two]);

  // A no is told with its reason, and stays.
  const three = await commit('three');
  expect((await push(three)).status).not.toBe(0);
  const [last] = (await waiting()).filter(({ text }) => text.includes(three));
  expect((await world.writ(['inbox', last?.id ?? '', 'no', 'not', 'on', 'a', 'Friday'])).code).toBe(0);
  const refused = await push(three);
  expect(refused.status).not.toBe(0);
  expect(refused.said).toContain('not on a Friday');
  expect(await landed()).toEqual([one, two]);
  expect((await remote.updates()).every(({ accepted }) => accepted)).toBe(true);
});
