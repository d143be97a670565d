/** `writ leave` with live work that may not do what is left, not even by asking: it is extended by exactly that, and goes on under its successor. */

import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { ownMachine, until } from './testing/machine.ts';

const machine = ownMachine();
const { writ, json, repositoryWith } = machine;

type Mandate = {
  readonly id: string;
  readonly state: string;
  readonly successor: string | null;
  readonly authorization_details: readonly { readonly resource: string }[];
};
type Mission = { readonly id: string; readonly mandate: string; readonly tasks: readonly { readonly state: string }[] };

const limit = { timeout: 120_000 };
test('live work goes on under a successor that may what was left, each time by a yes', limit, async () => {
  const forEver = 'sh -c "while :; do sleep 0.1; done"';
  const mission = repositoryWith(
    ['# Wait', '', 'It waits.', '', `- [ ] T1 run: \`${forEver}\` done: \`true\` — wait`, ''].join('\n'),
  );
  const started = (await json<{ mission: Mission }>(['run', mission, '--yes', '--detach'])).mission;
  const isRunning = async (): Promise<boolean> =>
    (await json<Mission>(['show', started.id])).tasks[0]?.state === 'running';
  await until('it works', isRunning);
  const left = await writ(['leave', 'push to feat/x, for 2h', '--yes'], dirname(mission));
  expect(left.code, left.err).toBe(0);
  const shown = (id: string): Promise<Mandate> => json<Mandate>(['mandate', 'show', id]);
  const before = await shown(started.mandate);
  expect(before.state).toBe('superseded');
  const after = await shown(before.successor ?? '');
  expect(after.state).toBe('active');
  expect(after.authorization_details).toHaveLength(before.authorization_details.length + 1);
  expect(after.authorization_details.filter(({ resource }) => resource.includes('feat/x'))).toMatchObject([
    {
      resource: 'git://app/refs/heads/feat/x',
      actions: ['git.push'],
      constraints: { requires_action_approval: true, time_window: { not_after: expect.any(String) as string } },
    },
  ]);
  expect(await isRunning()).toBe(true);
});
