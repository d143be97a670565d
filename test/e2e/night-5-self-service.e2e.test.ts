/** An agent approves its own mandate, stops another's work, edits its own rules: refused and recorded. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { auditEvents, mandateOf, mandates, startMission } from './support/mission.ts';
import { createRepository } from './support/night-repository.ts';
import { createWorld, until } from './support/world.ts';

test('night 5: an agent helps itself', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  // A proposal to approve and another's work to stop.
  const proposal = {
    project: 'night',
    purpose: 'more power',
    actor: 'mission',
    authorization_details: [
      { type: 'mission_resource_access', resource: 'git://night/refs/heads/main', actions: ['git.push'] },
    ],
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  };
  await world.api('control', 'POST', '/v1/projects', { id: 'night', title: '' });
  const greedy = (
    await world.api<{ id: string; revision: number; text_digest: string }>('control', 'POST', '/v1/mandates', proposal)
  ).body;
  const others = (
    await world.api<{ id: string; revision: number; text_digest: string }>('control', 'POST', '/v1/mandates', {
      ...proposal,
      purpose: "another's",
    })
  ).body;
  await world.api('control', 'POST', `/v1/mandates/${others.id}/approve`, {
    revision: others.revision,
    text_digest: others.text_digest,
  });

  const repository = createRepository(world.place, {
    tasks: ['- [ ] T1 run: `sh agents/help-itself.sh` done: `true` — help itself'],
  });
  writeFileSync(
    join(repository, 'agents/help-itself.sh'),
    [
      `writ mandate approve ${greedy.id} --yes; echo "approve $?" >> outcome.txt`,
      `writ stop ${others.id}; echo "stop $?" >> outcome.txt`,
      `writ mandate narrow ${others.id} --only file.read; echo "narrow $?" >> outcome.txt`,
      'writ check hooks.write workspace://night/.claude/settings.json; echo "hooks $?" >> outcome.txt',
      'echo x >> "$(git rev-parse --git-common-dir)/hooks/pre-commit"; echo "githook $?" >> outcome.txt',
      'echo finished >> outcome.txt',
      'sleep 60',
    ].join('\n'),
  );
  execFileSync('git', ['add', '-A'], { cwd: repository });
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', 'commit', '-qm', 'script'], {
    cwd: repository,
  });
  await startMission(world, repository);

  const outcome = await until(
    'the agent has tried',
    async () => {
      const { sessions } = await import('./support/mission.ts');
      for (const { workspace } of await sessions(world)) {
        const file = join(workspace?.path ?? '', 'outcome.txt');
        try {
          const { readFileSync } = await import('node:fs');
          const text = readFileSync(file, 'utf8');
          if (text.includes('finished')) return text;
        } catch {
          continue; // not written yet
        }
      }
      return undefined;
    },
    60_000,
  );
  for (const attempt of ['approve', 'stop', 'narrow', 'hooks', 'githook'])
    expect(outcome).toMatch(new RegExp(`^${attempt} [1-9]`, 'm'));

  expect((await mandateOf(world, greedy.id)).state).toBe('proposed');
  expect((await mandateOf(world, others.id)).state).toBe('active');
  expect((await mandates(world)).some(({ id, state }) => id === greedy.id && state === 'active')).toBe(false);
  const refused = (await auditEvents(world)).filter(({ type }) => type === 'attempt.refused');
  expect(refused.length).toBeGreaterThanOrEqual(3);
});
