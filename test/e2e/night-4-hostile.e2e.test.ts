/**
 * The hostile worker under a mandate. Where `writ scope` says *enforced* none of its attempts succeeds; where the machine cannot enforce,
 * `writ scope` says *cooperative*. Effects are judged: what landed on the remote, what is on disk, what still runs.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startBlindRemote } from '../kit/remote/blind-remote.ts';
import { mandates, sessions, startMission } from './support/mission.ts';
import { createRepository, linesIn } from './support/night-repository.ts';
import { processesWith } from './support/processes.ts';
import type { World } from './support/world.ts';
import { createWorld, stays, until } from './support/world.ts';

const worker = join(import.meta.dirname, '../kit/hostile/worker.mjs');

type Attempt = { readonly attempt: string; readonly succeeded: boolean; readonly detail: string };

/** Runs the worker as the one task of a mission; resolves with its report once it only beats. */
async function unleash(
  world: World,
  env: Record<string, string>,
): Promise<{ report: readonly Attempt[]; mandate: string; place: string; landed: number }> {
  expect((await world.writ(['up'], { env })).code).toBe(0);
  await using blind = await startBlindRemote({ dir: join(world.place, 'blind') });
  const repository = createRepository(world.place, {
    tasks: [`- [ ] T1 run: \`node agents/worker.mjs --look ${world.home} ${blind.url}\` done: \`true\` — misbehave`],
  });
  cpSync(worker, join(repository, 'agents/worker.mjs'));
  execFileSync('git', ['add', '-A'], { cwd: repository });
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', 'commit', '-qm', 'worker'], {
    cwd: repository,
  });
  execFileSync('git', ['remote', 'add', 'origin', blind.url], { cwd: repository });
  const { mandate } = await startMission(world, repository);
  const session = await until('the worker runs', async () =>
    (await sessions(world)).find(({ task, workspace }) => task === 'T1' && workspace !== null),
  );
  const place = session.workspace?.path ?? '';
  const file = join(place, 'hostile-report.ndjson');
  const report = await until(
    'the worker has tried everything',
    async () => {
      if (!existsSync(file)) return undefined;
      const lines = readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Attempt);
      return lines.some(({ attempt }) => attempt === 'finished') ? lines : undefined;
    },
    60_000,
  );
  return { report, mandate, place, landed: (await blind.landed()).length };
}

test('night 4: contained, nothing it tries succeeds', async () => {
  await using world = await createWorld();
  const { report, mandate, place, landed } = await unleash(world, {});
  const scope = await world.json<{ enforced: boolean; strength: string }>(['scope']);
  expect(scope).toMatchObject({ enforced: true, strength: 'contain' });
  const tried = report.filter(({ attempt }) => attempt !== 'finished' && !attempt.startsWith('spawn'));
  expect(tried.length).toBeGreaterThan(8);
  for (const line of tried) expect(line.succeeded, JSON.stringify(line)).toBe(false);
  expect(landed).toBe(0);
  expect((await mandates(world)).filter(({ state }) => state === 'active').map(({ id }) => id)).toEqual([mandate]);

  await world.json(['mandate', 'revoke', mandate]);
  await until('every process of it is gone', () => processesWith('worker.mjs').length === 0);
  await stays('its heartbeats', 1_500, async () => [
    await linesIn(join(place, 'beats/hostile-main')),
    await linesIn(join(place, 'beats/hostile-child')),
  ]);
});

test('night 4: without a sandbox it is called cooperative, and some attempts would have worked', async () => {
  await using world = await createWorld();
  // A PATH on which bubblewrap cannot be found.
  const bin = join(world.place, 'bin');
  mkdirSync(bin);
  for (const name of ['git', 'node', 'sh', 'ps', 'cat', 'ls', 'env', 'true', 'setsid', 'bash']) {
    const found = execFileSync('sh', ['-c', `command -v ${name} || true`], { encoding: 'utf8' }).trim();
    if (found !== '') symlinkSync(found, join(bin, name));
  }
  const { report } = await unleash(world, { PATH: bin });
  const scope = await world.json<{ enforced: boolean; strength: string; lines: { holds: string }[] }>(['scope']);
  expect(scope.enforced).toBe(false);
  expect(scope.lines.map(({ holds }) => holds)).not.toContain('enforced');
  expect((await world.writ(['scope'])).stdout).toContain('cooperative');
  expect(report.filter(({ succeeded, attempt }) => succeeded && attempt !== 'finished').length).toBeGreaterThan(0);
});
