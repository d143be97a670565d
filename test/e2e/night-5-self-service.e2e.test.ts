/** An agent approves its own mandate, stops another's work, edits its own rules: refused and recorded. What is on disk judges. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { auditEvents, mandateOf, mandates, sessions, startMission } from './support/mission.ts';
import { createRepository } from './support/night-repository.ts';
import type { World } from './support/world.ts';
import { createWorld, until } from './support/world.ts';

type Proposed = { readonly id: string; readonly revision: number; readonly text_digest: string };

async function propose(world: World, purpose: string): Promise<Proposed> {
  const proposal = {
    project: 'night',
    purpose,
    actor: 'mission',
    authorization_details: [
      { type: 'mission_resource_access', resource: 'git://night/refs/heads/main', actions: ['git.push'] },
    ],
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  };
  return (await world.api<Proposed>('control', 'POST', '/v1/mandates', proposal)).body;
}

/** A repository whose one task runs `lines` in a shell, with settings for its harness and a hook of the person's. */
function repositoryWith(world: World, lines: readonly string[]): string {
  const repository = createRepository(world.place, {
    tasks: ['- [ ] T1 run: `sh agents/help-itself.sh` done: `true` — help itself'],
  });
  const commit = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', 'commit', '-qm', 'script'];
  mkdirSync(join(repository, '.claude'));
  writeFileSync(join(repository, '.claude/settings.json'), settings);
  writeFileSync(join(repository, 'agents/help-itself.sh'), lines.join('\n'));
  for (const args of [['add', '-A'], commit]) execFileSync('git', args, { cwd: repository });
  writeFileSync(join(repository, '.git/hooks/pre-push'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  return repository;
}

const settings = '{"hooks":{"PreToolUse":[]}}\n';

/** Where the agent works, once it has tried everything. */
async function tried(world: World): Promise<string> {
  return until(
    'the agent has tried',
    async () => {
      for (const { workspace } of await sessions(world)) {
        const file = join(workspace?.path ?? '', 'outcome.txt');
        if (existsSync(file) && readFileSync(file, 'utf8').includes('finished')) return workspace?.path;
      }
      return undefined;
    },
    60_000,
  );
}

/** Everything in a directory of rules, by name. */
const contents = (directory: string): Record<string, string> =>
  Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));

test('night 5: an agent helps itself', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  // A proposal to approve and another's work to stop.
  await world.api('control', 'POST', '/v1/projects', { id: 'night', title: '' });
  const [greedy, others] = [await propose(world, 'more power'), await propose(world, "another's")];
  const { revision, text_digest } = others;
  await world.api('control', 'POST', `/v1/mandates/${others.id}/approve`, { revision, text_digest });

  const preset = join(world.home, 'launcher/chosen.json');
  const attempts = [
    // What only a person may do.
    `writ mandate approve ${greedy.id} --yes; echo "approve $?" >> outcome.txt`,
    `writ stop ${others.id}; echo "stop $?" >> outcome.txt`,
    `writ mandate narrow ${others.id} --only file.read; echo "narrow $?" >> outcome.txt`,
    'writ check hooks.write workspace://night/.claude/hooks/mine.sh; echo "asking $?" >> outcome.txt',
    // Git's hooks and what says where they are.
    'echo x >> "$(git rev-parse --git-common-dir)/hooks/pre-commit"',
    'rm -f "$(git rev-parse --git-common-dir)/hooks/pre-push"',
    'git config core.hooksPath evil',
    'git config --global core.hooksPath evil',
    // Its harness's settings and hooks, those that are there and those that are not.
    `echo '{"disableAllHooks":true}' > .claude/settings.json`,
    `echo '{"permissions":{"allow":["Bash"]}}' > .claude/settings.local.json`,
    'mkdir .codex && echo approval_policy=never > .codex/config.toml',
    // Its preset, and what Writ itself reads and keeps.
    'mkdir -p .writ && echo preset: ship > .writ/policy.md',
    `mkdir -p ${join(world.home, 'launcher')} ${join(world.home, 'control')}`,
    `echo '{"preset":"ship"}' > ${preset}`,
    `echo mine > ${join(world.home, 'control/owner.token')}`,
    'echo finished >> outcome.txt',
    'sleep 60',
  ];
  const repository = repositoryWith(world, attempts);
  const [hooks, config] = [join(repository, '.git/hooks'), join(repository, '.git/config')];
  const before = { hooks: contents(hooks), config: readFileSync(config, 'utf8'), owner: await world.ownerToken() };
  const { mandate } = await startMission(world, repository);
  const place = await tried(world);

  const outcome = readFileSync(join(place, 'outcome.txt'), 'utf8');
  for (const attempt of ['approve', 'stop', 'narrow', 'asking'])
    expect(outcome).toMatch(new RegExp(`^${attempt} [1-9]`, 'm'));
  expect((await mandateOf(world, greedy.id)).state).toBe('proposed');
  expect((await mandateOf(world, others.id)).state).toBe('active');
  expect((await mandates(world)).some(({ id, state }) => id === greedy.id && state === 'active')).toBe(false);

  // While it still runs: what was never there is gone, what was there is as it was.
  const gone = ['.claude/settings.local.json', '.codex/config.toml', '.writ/policy.md'];
  await until('its rules are as they were', () => gone.every((name) => !existsSync(join(place, name))));
  await until(
    'its settings are as they were',
    () => readFileSync(join(place, '.claude/settings.json'), 'utf8') === settings,
  );
  expect({ hooks: contents(hooks), config: readFileSync(config, 'utf8'), owner: await world.ownerToken() }).toEqual(
    before,
  );
  expect(existsSync(preset)).toBe(false);

  const allRecorded = async () => {
    const refused = (await auditEvents(world)).filter(
      ({ type }) => type === 'attempt.refused' || type === 'verdict.refused',
    );
    const written = refused.flatMap(({ data }) => {
      // The data of a refused verdict, as control's journal has it.
      const { action, resource, mandate: of } = data as { action?: string; resource?: string; mandate?: string };
      return action === 'hooks.write' && of === mandate ? [resource] : [];
    });
    // A folder that the agent made is gone before it writes into it, or after: the attempt is on record as the one or as the other.
    const isWritten = (resource: string): boolean => written.includes(resource) || written.includes(dirname(resource));
    const missing = [
      ...['hooks/pre-commit', 'hooks/pre-push', 'config'].map((name) => `workspace://night/.git/${name}`),
      ...['.claude/settings.json', ...gone].map((name) => `workspace://night/${name}`),
      'workspace://machine/run/writ/gitconfig',
      ...[preset, join(world.home, 'control/owner.token')].map((path) => `workspace://machine${path}`),
    ].filter((resource) => !isWritten(resource));
    if (missing.length > 0) throw new Error(`not recorded: ${missing.join(', ')}; there is ${written.join(', ')}`);
    return refused;
  };
  const recorded = await until('every attempt is recorded', allRecorded);
  const governing = [
    ['approve', greedy.id],
    ['revoke', others.id],
    ['narrow', others.id],
  ].map(([what, target = '']) => ({ attempted: `${what ?? ''} \`${target}\``, target, code: 'not_an_approver' }));
  expect(recorded.map(({ data }) => data)).toEqual(
    expect.arrayContaining(governing.map((attempt) => expect.objectContaining(attempt) as unknown)),
  );
});
