/** An agent in a sandbox is refused, asks for exactly that, and is permitted once a person said yes in the inbox; nothing else is, and it cannot say yes itself. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mandateOf, sessions, startMission } from './support/mission.ts';
import { createRepository } from './support/night-repository.ts';
import { createWorld, until } from './support/world.ts';

type Waiting = { id: string; kind: string; asked_by: string; reason: string; changes: string[]; may_answer: boolean };

const wanted = 'git://night/refs/heads/release';

test('a request goes from the sandbox to the inbox, and a yes to it permits exactly that', async () => {
  await using world = await createWorld();
  expect((await world.writ(['up'])).code).toBe(0);
  const lines = [
    `writ check git.push ${wanted}; echo "before $?" >> outcome.txt`,
    `writ request git.push ${wanted} --reason "the fix belongs there" > said.txt; echo "asked $?" >> outcome.txt`,
    `writ request git.push ${wanted}; echo "again $?" >> outcome.txt`,
    `id=$(sed -n 's/.* as \\(m-[A-Za-z0-9_-]*\\).*/\\1/p' said.txt)`,
    'writ mandate approve "$id" --yes; echo "itself $?" >> outcome.txt',
    'writ inbox "$id" yes; echo "inbox $?" >> outcome.txt',
    'echo waiting >> outcome.txt',
    `until writ check git.push ${wanted}; do sleep 0.3; done`,
    `writ check git.push ${wanted}-other; echo "other $?" >> outcome.txt`,
    'echo finished >> outcome.txt',
    'sleep 60',
  ];
  const repository = createRepository(world.place, {
    tasks: ['- [ ] T1 run: `sh agents/ask.sh` done: `true` — ask for more'],
  });
  writeFileSync(join(repository, 'agents/ask.sh'), lines.join('\n'));
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid'];
  for (const args of [
    ['add', '-A'],
    [...who, 'commit', '-qm', 'script'],
  ])
    execFileSync('git', args, { cwd: repository });
  const { mandate } = await startMission(world, repository);
  const outcome = (said: string) =>
    until(
      `the agent says ${said}`,
      async () => {
        for (const { workspace } of await sessions(world)) {
          const file = join(workspace?.path ?? '', 'outcome.txt');
          const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
          if (text.includes(said)) return text;
        }
        return undefined;
      },
      60_000,
    );
  expect(await outcome('waiting')).toMatch(/^before 3\nasked 5\nagain 5\nitself 3\ninbox [1-9]\d*\nwaiting$/m);

  const { waiting } = await world.json<{ waiting: Waiting[] }>(['inbox']);
  expect(waiting).toHaveLength(1);
  const [asked] = waiting;
  expect(asked).toMatchObject({ kind: 'proposal', asked_by: 'agent:mission', reason: 'the fix belongs there' });
  expect(asked?.changes.filter((change) => change.startsWith('new: '))).toEqual([expect.stringContaining('release')]);
  const shown = await world.writ(['inbox', '--list']);
  expect(shown.stdout).toContain('why: the fix belongs there');
  expect((await world.writ(['inbox', asked?.id ?? '', 'yes'])).code).toBe(0);

  expect(await outcome('finished')).toMatch(/^other 3$/m);
  expect(await mandateOf(world, mandate)).toMatchObject({ state: 'superseded', successor: asked?.id });
  const evidence = await world.writ(['mandate', 'evidence', asked?.id ?? '', '--verify']);
  expect([evidence.code, evidence.stdout.includes('agent:mission')]).toEqual([0, true]);
});
