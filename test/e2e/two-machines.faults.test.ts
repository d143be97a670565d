/** Two machines over one PostgreSQL: one control plane, one writer for each session, and what the first still did when the other took it is kept beside it, never lost and never merged. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { wayTo } from '../kit/net/way-to.ts';
import { PostgresServer } from '../kit/postgres/postgres-server.ts';
import { mandateOf, revoke } from './support/mission.ts';
import { processesWith, putToSleep } from './support/processes.ts';
import type { World } from './support/world.ts';
import { createWorld, until } from './support/world.ts';

type Session = {
  readonly id: string;
  readonly state: string;
  readonly mandate: string | null;
  readonly workspace: { readonly path: string } | null;
  readonly forked_from: { readonly session: string; readonly at: number } | null;
};
type Event = { readonly type: string; readonly version: number; readonly data: Record<string, unknown> };

const logOf = async (world: World, id: string): Promise<readonly Event[]> =>
  (await world.api<{ items: Event[] }>('runtime', 'GET', `/v1/sessions/${id}/log?limit=1000`)).body.items;
const sessionsOf = async (world: World): Promise<readonly Session[]> =>
  (await world.api<{ items: Session[] }>('runtime', 'GET', '/v1/sessions')).body.items;
const said = (events: readonly Event[]): string => JSON.stringify(events.map(({ data }) => data));

/** Each turn says a line in turn, until `stop.txt` is there; what it wrote last it writes as it is ended. */
const worker = [
  'read said; echo "begun: $said"',
  'i=0; while [ ! -e stop.txt ]; do i=$((i+1)); echo "beat $i"; echo "$i" > beat.txt; sleep 0.1; done; rm stop.txt; echo "ended: $said"',
].join('; ');

test('a session goes on where a person takes it, under the same mandate, and the first machine keeps beside it what it still did', async () => {
  await using server = await PostgresServer.start();
  await using one = await createWorld();
  await using two = await createWorld();
  expect(await one.writ(['up', '--store', server.url])).toMatchObject({ code: 0 });
  const repository = join(one.place, 'app');
  mkdirSync(repository);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args]).toString();
  git('init', '-q', '-b', 'main');
  writeFileSync(join(repository, 'a.txt'), 'one\n');
  git('add', '.');
  git('commit', '-qm', 'one');

  // INVARIANT: a second installation does not take the place of the first by being started over its store.
  const refused = await two.writ(['up', '--store', server.url]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/another\s+installation/);
  const invitation = join(one.place, 'invitation.json');
  expect(await one.writ(['store', 'invite', invitation])).toMatchObject({ code: 0 });
  expect(statSync(invitation).mode & 0o777).toBe(0o600);
  expect(await two.writ(['store', 'join', invitation])).toMatchObject({ code: 0 });

  const opened = await one.writ(['session', 'open', 'leak', '--yes', '--json', '--', 'sh', '-c', worker], {
    cwd: repository,
  });
  // As the command answers it.
  const { id, mandate } = JSON.parse(opened.stdout) as Session;
  expect(await one.writ(['session', 'send', id, 'look at the pool'])).toMatchObject({ code: 0 });
  await until('it works on machine one', async () => said(await logOf(one, id)).includes('beat 3'));

  expect(await two.writ(['up'])).toMatchObject({ code: 0 });
  // It only looks: what runs on machine one runs on, and no second writer begins anything.
  const before = (await logOf(one, id)).length;
  const back = await until('machine two knows of it', async () => {
    const shown = await two.writ(['back', id]);
    return shown.stdout.includes(`writ session take ${id}`) && shown.stdout;
  });
  expect(back).toContain('look at the pool');
  await until('it goes on on machine one', async () => (await logOf(one, id)).length > before + 5);
  expect((await logOf(two, id)).filter(({ type }) => type === 'lease.taken')).toHaveLength(1);
  for (const world of [one, two]) expect((await world.writ(['doctor'])).stdout).not.toContain('✗');

  // Machine one stands still, as one whose lid is closed, and has said things that nobody recorded.
  process.kill(await one.pid('runtime'), 'SIGSTOP');
  const from = Number(readFileSync(join(repository, 'beat.txt'), 'utf8'));
  await until(
    'more was said on machine one',
    () => Number(readFileSync(join(repository, 'beat.txt'), 'utf8')) > from + 5,
  );
  expect(await two.writ(['session', 'take', id])).toMatchObject({ code: 0 });
  const taken = (await logOf(two, id)).findLast(({ type }) => type === 'lease.taken');
  process.kill(await one.pid('runtime'), 'SIGCONT');

  const fork = await until('what it still did is kept', async () =>
    (await sessionsOf(two)).find((each) => each.forked_from?.session === id),
  );
  expect(fork).toMatchObject({ mandate: null, forked_from: { session: id, at: (taken?.version ?? 0) - 1 } });
  await until('all of it is kept', async () => said(await logOf(two, fork.id)).includes('run.ended'));
  expect(said(await logOf(two, fork.id))).toContain(`beat ${String(from + 3)}`);
  expect(existsSync(join(fork.workspace?.path ?? '', 'beat.txt'))).toBe(true);
  // Never merged: after it was taken, machine one wrote nothing into it but where the fork is.
  const after = (await logOf(two, id)).filter(({ version }) => version > (taken?.version ?? 0));
  expect(after.map(({ type }) => type).filter((type) => type === 'output.recorded')).toEqual([]);
  expect(after.map(({ type }) => type)).toContain('fork.opened');
  expect((await two.writ(['inbox'])).stdout).toContain(fork.id);

  // It goes on there, under the same mandate; machine one refuses to.
  await until('nothing runs on machine one', async () => {
    const last = readFileSync(join(repository, 'beat.txt'), 'utf8');
    await new Promise((resolve) => setTimeout(resolve, 400));
    return readFileSync(join(repository, 'beat.txt'), 'utf8') === last;
  });
  expect(await two.writ(['session', 'send', id, 'look at the cache'])).toMatchObject({ code: 0 });
  await until('it works on machine two', async () => said(await logOf(two, id)).includes('begun: look at the cache'));
  writeFileSync(join(repository, 'stop.txt'), '');
  await until('it is done', async () => said(await logOf(one, id)).includes('ended: look at the cache'));
  expect((await logOf(one, id)).filter(({ type }) => type === 'turn.started')).toHaveLength(2);

  // What was said on either machine is found on both: each reads the one log.
  for (const [world, words] of [
    [two, 'pool'],
    [one, 'cache'],
  ] as const)
    expect((await world.writ(['session', 'search', words])).stdout, words).toContain(id);

  // One control plane: what is revoked on the one is over on the other.
  await revoke(one, mandate ?? '');
  await until('it is over on machine two', async () => (await mandateOf(two, mandate ?? '')).state === 'revoked');
  await until('the session is inert', async () =>
    (await sessionsOf(two)).some((each) => each.id === id && each.state === 'inert'),
  );
}, 180_000);

/** Each turn beats in a file of its own, so that it is seen which of them goes on. */
const beating =
  'read said; i=0; while :; do i=$((i+1)); echo "$said beat $i."; echo "$i" >> "$(echo "$said" | tr " " -).txt"; sleep 0.1; done';

test('a machine that lost the network stands still, another takes its session on, and what it had done is kept once it is back', async () => {
  await using server = await PostgresServer.start();
  await using way = await wayTo(Number(new URL(server.url).port));
  await using one = await createWorld();
  await using two = await createWorld();
  const through = new URL(server.url);
  through.host = `127.0.0.1:${String(way.port)}`;
  expect(await one.writ(['up', '--store', String(through)])).toMatchObject({ code: 0 });
  const invitation = join(one.place, 'invitation.json');
  expect(await one.writ(['store', 'invite', invitation])).toMatchObject({ code: 0 });
  // The other machine has a way of its own to the same database.
  const invited = JSON.parse(readFileSync(invitation, 'utf8')) as Record<string, unknown>;
  writeFileSync(invitation, JSON.stringify({ ...invited, store: server.url }));
  expect(await two.writ(['store', 'join', invitation])).toMatchObject({ code: 0 });
  expect(await two.writ(['up'])).toMatchObject({ code: 0 });

  const folder = join(one.place, 'app');
  mkdirSync(folder);
  const beats = (name: string): number => {
    const file = join(folder, `${name}.txt`);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
  };
  const opened = await one.writ(['session', 'open', 'leak', '--yes', '--json', '--', 'sh', '-c', beating], {
    cwd: folder,
  });
  const { id, mandate } = JSON.parse(opened.stdout) as Session;
  expect(await one.writ(['session', 'send', id, 'pool'])).toMatchObject({ code: 0 });
  await until('it works on machine one', async () => said(await logOf(two, id)).includes('pool beat 5.'));

  way.cut();
  const before = beats('pool');
  // Nobody can say there that it may go on.
  await until('it stands still', async () => {
    const last = beats('pool');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return beats('pool') === last;
  });
  const done = beats('pool');
  // INVARIANT: a control that cannot know what is newest is not heard, however often it is connected to. Ten beats are a second, and five the bound.
  expect(done - before).toBeLessThan(60);
  const held = processesWith(one, 'said beat');
  expect(held).not.toEqual([]);
  expect(await two.writ(['session', 'take', id])).toMatchObject({ code: 0 });
  expect(await two.writ(['session', 'send', id, 'cache'])).toMatchObject({ code: 0 });
  await until('it works on machine two', async () => said(await logOf(two, id)).includes('cache beat 5.'));
  expect(beats('pool')).toBe(done);

  // Its enforcer hears control again before its runtime hears of anything.
  const wake = putToSleep([await one.pid('runtime')]);
  way.mend();
  await until('nothing of it is left', () => {
    const alive = processesWith(one, 'said beat');
    return !held.some((pid) => alive.includes(pid)) || beats('pool') > done;
  });
  expect(beats('pool')).toBe(done);
  wake();
  const fork = await until('what machine one had done is kept', async () =>
    (await sessionsOf(two)).find((each) => each.forked_from?.session === id),
  );
  await until('all of it is kept', async () => said(await logOf(two, fork.id)).includes('run.ended'));
  expect(fork.mandate).toBeNull();
  const kept = said([...(await logOf(two, id)), ...(await logOf(two, fork.id))]);
  for (let beat = 1; beat <= done; beat += 1) expect(kept).toContain(`pool beat ${String(beat)}.`);
  // It never went on, and what machine two does goes on.
  expect(beats('pool')).toBe(done);
  const further = beats('cache');
  await until('it goes on on machine two', () => beats('cache') > further + 5);
  expect(beats('pool')).toBe(done);

  await revoke(one, mandate ?? '');
  await until('the session is inert', async () =>
    (await sessionsOf(two)).some((each) => each.id === id && each.state === 'inert'),
  );
}, 180_000);
