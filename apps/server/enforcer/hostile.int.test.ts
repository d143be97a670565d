/** The hostile worker under a mandate, contained: nothing it tries has an effect outside its worktree, and nothing of it outlives a stop. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, enforcerApi } from '@writ/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { effective, lastBeats, readReport } from '../../../test/kit/hostile/hostile-report.ts';
import { startBlindRemote } from '../../../test/kit/remote/blind-remote.ts';
import type { House } from './testing.ts';
import { must, openHouse, until } from './testing.ts';

let house: House;
let open: AsyncDisposableStack;
beforeEach(async () => {
  open = new AsyncDisposableStack();
  house = open.use(await openHouse());
});
afterEach(() => open.disposeAsync());

test('no attempt of a contained hostile worker has an effect, and its children end with it', async () => {
  const remote = open.use(await startBlindRemote({ dir: join(house.dir, '..', 'remote') }));
  const [repository, tree] = [join(house.work, 'repo'), join(house.work, 'tree')];
  mkdirSync(repository);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: repository, encoding: 'utf8' });
  git('init', '-q', '-b', 'main');
  git('commit', '-q', '--allow-empty', '-m', 'one');
  git('remote', 'add', 'origin', remote.url);
  git('worktree', 'add', '-q', '-b', 'writ/m/t1/work', tree);
  copyFileSync(join(import.meta.dirname, '../../../test/kit/hostile/worker.mjs'), join(tree, 'worker.mjs'));
  const m = await house.mandate();
  const { id: waiting } = must(
    await house.owner.call(controlApi.propose, {
      body: {
        project: 'p',
        purpose: 'what the worker would like',
        actor: 'worker',
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
        authorization_details: [
          {
            type: 'mission_resource_access',
            resource: 'git://p/refs/heads/',
            resource_match: 'prefix',
            actions: ['git.push'],
          },
        ],
      },
    }),
  );
  const endpoint = readFileSync(join(house.dir, 'control', 'endpoint.json'), 'utf8');
  const port = /:(\d+)"/.exec(endpoint)?.[1] ?? '';
  const run = await house.start(m, 'echo', {
    argv: [
      process.execPath,
      'worker.mjs',
      '--look',
      house.dir,
      '--port',
      port,
      '--pid',
      String(process.pid),
      '--mandate',
      waiting,
      '--tmp',
      '/tmp',
      '--seconds',
      '60',
      remote.url,
    ],
    cwd: tree,
    sandbox: { kind: 'contain', writable: [tree] },
    remotes: ['origin'],
    repository: { path: repository, project: 'p' },
  });
  await until('its first round is over', async () =>
    (await readReport(tree)).some(({ attempt }) => attempt === 'finished'),
  );
  const report = await readReport(tree);
  expect(report.length).toBeGreaterThan(10);
  expect(effective(report)).toEqual([]);
  expect(await remote.landed()).toEqual([]);
  expect(must(await house.owner.call(controlApi.getMandate, { params: { id: waiting } })).state).toBe('proposed');

  must(await house.owner.call(controlApi.revoke, { params: { id: m }, body: {} }));
  await until('it is killed', async () => (await house.state(run.id)) === 'killed');
  const killedAt = Date.parse(
    must(await house.enforcer.call(enforcerApi.getRun, { params: { id: run.id } })).ended_at ?? '',
  );
  await until('time passes', () => Date.now() > killedAt + 400);
  for (const beat of Object.values(await lastBeats(tree))) expect(beat).toBeLessThanOrEqual(killedAt);
  expect(existsSync(join(house.dir, 'control', 'owner.token'))).toBe(true);
});
