/** The hostile worker as the one task of a mission. */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { HostileAttempt } from '../../kit/hostile/hostile-report.ts';
import { startBlindRemote } from '../../kit/remote/blind-remote.ts';
import { sessions, startMission } from './mission.ts';
import { createRepository } from './night-repository.ts';
import type { World } from './world.ts';
import { until } from './world.ts';

const worker = join(import.meta.dirname, '../../kit/hostile/worker.mjs');

/** Runs the worker as the one task of a mission; resolves with its report once it only beats. */
export async function unleash(
  world: World,
  env: Record<string, string>,
): Promise<{ report: readonly HostileAttempt[]; mandate: string; place: string; landed: number }> {
  expect((await world.writ(['up'], { env })).code).toBe(0);
  await using blind = await startBlindRemote({ dir: join(world.place, 'blind') });
  const repository = createRepository(world.place, {
    tasks: [
      `- [ ] T1 run: \`node agents/worker.mjs --look ${world.home} --tmp ${world.place} ${blind.url}\` done: \`true\` — misbehave`,
    ],
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
        .map((line) => JSON.parse(line) as HostileAttempt);
      return lines.some(({ attempt }) => attempt === 'finished') ? lines : undefined;
    },
    60_000,
  );
  return { report, mandate, place, landed: (await blind.landed()).length };
}
