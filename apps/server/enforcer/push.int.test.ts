/** Pushes out of a sandbox, as an agent makes them: plain `git push`. The remotes' own logs are the judge. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, enforcerApi } from '@writ/protocol';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBlindRemote } from '../../../test/kit/remote/blind-remote.ts';
import { startPasswordRemote } from '../../../test/kit/remote/password-remote.ts';
import { startCheckingRemote } from '../../../test/kit/remote/checking-remote.ts';
import type { House, Started } from './testing.ts';
import { must, openHouse, until, work } from './testing.ts';

let house: House;
let open: AsyncDisposableStack;
let repository: string;
let tree: string;

beforeEach(async () => {
  open = new AsyncDisposableStack();
  house = open.use(await openHouse());
  repository = join(house.work, 'repo');
  tree = join(house.work, 'tree');
  mkdirSync(repository);
  git('init', '-q', '-b', 'main');
  git('commit', '-q', '--allow-empty', '-m', 'one');
  git('worktree', 'add', '-q', '-b', 'writ/m/t1/work', tree);
});
afterEach(() => open.disposeAsync());

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd: repository,
    encoding: 'utf8',
  }).trim();
const allowed = [
  ...work(),
  { resource: 'git://p/refs/heads/feat/', resource_match: 'prefix' as const, actions: ['git.push'] },
];
const checking = async (isHeld = false) =>
  open.use(
    await startCheckingRemote({
      dir: join(house.dir, '..', 'remote'),
      control: join(house.dir, 'control', 'endpoint.json'),
      tokenFile: join(house.dir, 'control', 'points', 'sink.token'),
      project: 'p',
      isHeld,
    }),
  );
const inTree = async (script: string, mandate: string, url: string): Promise<Started> => {
  git('remote', 'add', 'origin', url);
  await house.origin(url);
  return house.start(mandate, script, {
    cwd: tree,
    sandbox: { kind: 'contain', writable: [tree] },
    remotes: ['origin'],
    repository: { path: repository, project: 'p' },
  });
};
const outputOf = async (run: Started): Promise<string> =>
  must(await house.enforcer.call(enforcerApi.output, { params: { id: run.id } })).text;
const ended = async (run: Started) =>
  must(
    await house.enforcer.call(enforcerApi.getRun, {
      params: { id: run.id },
      query: { wait_ms: 15_000 },
      timeoutMs: 20_000,
    }),
  );
const operationsOf = async (mandate: string) =>
  must(await house.owner.call(controlApi.listOperations, { query: { mandate } })).items.filter(({ action }) =>
    action.startsWith('git.'),
  );
const commitAndPush = (target: string): string =>
  `echo x > new && git add new && git commit -q -m two && git push origin HEAD:${target}`;

test('a plain push lands with a permit that was current, and is settled with what the remote showed', async () => {
  const remote = await checking();
  const m = await house.mandate(allowed);
  const run = await inTree(commitAndPush('refs/heads/feat/x'), m, remote.url);
  expect(await ended(run)).toMatchObject({ exit_code: 0 });
  const oid = git('rev-parse', 'writ/m/t1/work');
  const [update] = await remote.updates();
  expect(update).toMatchObject({ ref: 'refs/heads/feat/x', new: oid, permit: 'current', accepted: true, mandate: m });
  expect((await remote.landed()).map(({ ref }) => ref)).toEqual(['refs/heads/feat/x']);
  const [operation] = await operationsOf(m);
  expect(operation).toMatchObject({ action: 'git.push', resource: 'git://p/refs/heads/feat/x', state: 'done' });
  expect(operation?.evidence).toContain(oid);
});

test('a push outside the mandate is refused with the reason, and nothing reaches the remote', async () => {
  const remote = await checking();
  const m = await house.mandate(allowed);
  const run = await inTree(commitAndPush('refs/heads/main'), m, remote.url);
  expect((await ended(run)).exit_code).not.toBe(0);
  expect(await outputOf(run)).toMatch(/remote rejected.*not in what was approved/s);
  expect(await remote.attempts()).toEqual([]);
  expect(await operationsOf(m)).toEqual([]);
});

test('without the door there is no way out of the sandbox', async () => {
  const remote = await checking();
  const m = await house.mandate(allowed);
  // The agent drops the configuration that leads pushes to the door.
  const script = `export GIT_CONFIG_GLOBAL=/dev/null; git push ${remote.url} HEAD:refs/heads/feat/x; git push origin HEAD:refs/heads/feat/x; true`;
  const run = await inTree(script, m, remote.url);
  await ended(run);
  expect(await outputOf(run)).toMatch(/unable to connect|Could not read from remote/);
  expect(await remote.attempts()).toEqual([]);
  expect(await remote.landed()).toEqual([]);
});

test('revoked while the push is at the remote: it does not land, and is not called stopped', async () => {
  const remote = await checking(true);
  const m = await house.mandate(allowed);
  const run = await inTree(commitAndPush('refs/heads/feat/x'), m, remote.url);
  await until('the push is at the hook', () => remote.isReached());
  must(await house.owner.call(controlApi.revoke, { params: { id: m }, body: {} }));
  remote.release();
  expect(await ended(run)).toMatchObject({ state: 'killed' });
  await until('the hook has decided', async () => (await remote.updates()).length === 1);
  expect((await remote.updates()).map(({ accepted }) => accepted)).toEqual([false]);
  expect(await remote.landed()).toEqual([]);
  await until('it is settled', async () => (await operationsOf(m)).every(({ state }) => state !== 'begun'));
  const [operation] = await operationsOf(m);
  expect(operation).toMatchObject({ state: 'unknown' });
  expect(operation?.evidence).toContain('no such ref');
  // The first look afterwards changes nothing yet; a landing would have been seen.
  await sleep(1_500);
  expect((await operationsOf(m))[0]).toMatchObject({ state: 'unknown' });
});

test('a branch with signs in its name has one spelling from the broker to the hook', async () => {
  const remote = await checking();
  const m = await house.mandate(allowed);
  const run = await inTree(commitAndPush('refs/heads/feat/a@b+c'), m, remote.url);
  expect(await outputOf(run).then(() => ended(run))).toMatchObject({ exit_code: 0 });
  expect((await remote.landed()).map(({ ref }) => ref)).toEqual(['refs/heads/feat/a@b+c']);
});

test('a deletion is refused by the broker as by the hook, whatever is allowed', async () => {
  const remote = await checking();
  const actions = ['git.push', 'git.force_push'];
  const m = await house.mandate([
    ...allowed,
    { resource: 'git://p/refs/heads/feat/', resource_match: 'prefix', actions },
  ]);
  const run = await inTree(`${commitAndPush('refs/heads/feat/x')}; git push origin :refs/heads/feat/x`, m, remote.url);
  expect((await ended(run)).exit_code).not.toBe(0);
  expect(await outputOf(run)).toContain('never covered by a permit');
  expect((await remote.landed()).map(({ ref }) => ref)).toEqual(['refs/heads/feat/x']);
  expect((await operationsOf(m)).map(({ action }) => action)).toEqual(['git.push']);
});

test('a remote that knows nothing of permits is observed', async () => {
  const remote = open.use(await startBlindRemote({ dir: join(house.dir, '..', 'remote') }));
  const m = await house.mandate(allowed);
  const run = await inTree(commitAndPush('refs/heads/feat/x'), m, remote.url);
  expect(await ended(run)).toMatchObject({ exit_code: 0 });
  expect((await remote.landed()).map(({ ref }) => ref)).toEqual(['refs/heads/feat/x']);
  const [operation] = await operationsOf(m);
  expect(operation).toMatchObject({ state: 'done' });
});

test('the broker runs no hook and reads no configuration of the worktree', async () => {
  const remote = await checking();
  const m = await house.mandate(allowed);
  git('config', 'core.hooksPath', join(house.work, 'hooks'));
  mkdirSync(join(house.work, 'hooks'));
  execFileSync(
    'sh',
    ['-c', `printf '#!/bin/sh\\ntouch ${house.work}/hooked\\n' > hooks/pre-push && chmod +x hooks/pre-push`],
    { cwd: house.work },
  );
  // Not contained: this one can reach everything a person's shell can.
  git('remote', 'add', 'origin', remote.url);
  await house.origin(remote.url);
  const run = await house.start(
    m,
    `rm -f ${house.work}/hooked; "$WRIT_NODE" -e '
    const body = JSON.stringify({ remote: "origin", updates: [{ source: "HEAD", target: "refs/heads/feat/x" }] });
    require("node:http").request({ socketPath: process.env.WRIT_DOOR, method: "POST", path: "/push", headers: { "content-type": "application/json" } }, (r) => r.pipe(process.stdout)).end(body);'`,
    {
      cwd: tree,
      sandbox: { kind: 'none' },
      remotes: ['origin'],
      repository: { path: repository, project: 'p' },
    },
  );
  await ended(run);
  expect(await outputOf(run)).toContain('"ok":true');
  expect(existsSync(join(house.work, 'hooked'))).toBe(false);
  expect(readFileSync(join(repository, '.git', 'config'), 'utf8')).toContain('hooksPath');
});

test('a push goes where a person said, whatever the repository says by then', async () => {
  const [named, other] = [
    open.use(await startBlindRemote({ dir: join(house.dir, '..', 'named') })),
    open.use(await startBlindRemote({ dir: join(house.dir, '..', 'other') })),
  ];
  const m = await house.mandate(allowed);
  git('remote', 'add', 'origin', other.url);
  await house.origin(named.url);
  const inside = { cwd: tree, sandbox: { kind: 'contain' as const, writable: [tree] }, remotes: ['origin'] };
  const run = await house.start(m, commitAndPush('refs/heads/feat/x'), {
    ...inside,
    repository: { path: repository, project: 'p' },
  });
  expect(await ended(run)).toMatchObject({ exit_code: 0 });
  expect((await named.landed()).map(({ ref }) => ref)).toEqual(['refs/heads/feat/x']);
  expect(await other.landed()).toEqual([]);
  const [operation] = await operationsOf(m);
  expect(operation?.destination).toMatchObject({
    sink: 'origin',
    url: named.url,
    kind: 'observable',
    change: { ref: 'refs/heads/feat/x', new: git('rev-parse', 'writ/m/t1/work') },
  });
});

test('where nobody said where a remote is, nothing is begun and nothing goes', async () => {
  const remote = open.use(await startBlindRemote({ dir: join(house.dir, '..', 'remote') }));
  const m = await house.mandate(allowed);
  git('remote', 'add', 'origin', remote.url);
  const run = await house.start(m, commitAndPush('refs/heads/feat/x'), {
    cwd: tree,
    sandbox: { kind: 'contain', writable: [tree] },
    remotes: ['origin'],
    repository: { path: repository, project: 'p' },
  });
  expect((await ended(run)).exit_code).toBe(128);
  expect(await outputOf(run)).toContain('nobody has said where `origin` of `p` is');
  expect(await remote.landed()).toEqual([]);
  expect(await operationsOf(m)).toEqual([]);
});

test('a password in the address of a remote is the broker’s: the push uses it, and the run finds it nowhere', async () => {
  const password = 'hunter2-very-secret';
  const remote = open.use(await startPasswordRemote(join(house.dir, '..', 'password'), 'ada', password));
  const m = await house.mandate(allowed);
  const own = remote.url.replace('http://', `http://ada:${password}@`);
  git('remote', 'add', 'origin', own);
  git('config', 'http.extraHeader', `AUTHORIZATION: basic ${Buffer.from(`ada:${password}`).toString('base64')}`);
  await house.origin(remote.url);
  const token = Buffer.from(`ada:${password}`).toString('base64');
  const search = `common=$(git rev-parse --git-common-dir); { cat $common/config; git config -l --show-origin; git remote -v; env; grep -rs "" /run/writ $common/config* .git; } > all 2>/dev/null
    grep -c -e ${password.slice(0, 7)} -e ${token.slice(0, 12)} all; rm all`;
  const run = await house.start(m, `${search}; ${commitAndPush('refs/heads/feat/x')}`, {
    cwd: tree,
    sandbox: { kind: 'contain', writable: [tree] },
    remotes: ['origin'],
    repository: { path: repository, project: 'p' },
  });
  expect(await ended(run)).toMatchObject({ exit_code: 0 });
  expect((await outputOf(run)).split('\n')[0]).toBe('0');
  const landed = execFileSync('git', ['rev-parse', 'refs/heads/feat/x'], { cwd: remote.repository, encoding: 'utf8' });
  expect(landed.trim()).toBe(git('rev-parse', 'writ/m/t1/work'));
  const [operation] = await operationsOf(m);
  expect(operation).toMatchObject({ state: 'done', destination: { url: remote.url } });
  const record = JSON.stringify(must(await house.owner.call(controlApi.audit, {})));
  expect(record).not.toContain(password);
  // What is in the person's own configuration stays there.
  expect(git('remote', 'get-url', 'origin')).toBe(own);
});
