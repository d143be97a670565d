/**
 * What is below a session that is held, interrupted or cut off, as incidents of others name it, at the real planes with real processes: sub-agents are held with it, go on as they were, and are found
 * again by whoever started them.
 */

import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { createCaller, doorPath } from '@writ/enforce';
import { agentDoorApi, runtimeApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { beating, below, benchForAll, goesOn, openWork, revoke, runsOf, size, standStill } from './at-work.ts';
import { logOf } from './session-testing.ts';
import { must, until } from './testing.ts';

const { bench, door } = await benchForAll();

const pause = (id: string, end_turn: boolean) =>
  bench.runtime.call(runtimeApi.pauseSession, { params: { id }, body: { end_turn } });
const unpause = (id: string) => bench.runtime.call(runtimeApi.unpauseSession, { params: { id }, body: {} });
const count = async (id: string, type: string): Promise<number> =>
  (await bench.types(id)).filter((one) => one === type).length;

it('A6, B7: a pause holds what is below it, the end of a turn ends that turn alone, and a sub-agent goes on as it was', async () => {
  const one = await openWork(bench, `setsid sh -c '${beating('left')}' & ${beating('beat')}`);
  const child = await below(door, one.id, beating('child'));
  const [left, beat] = [join(one.dir, 'left'), join(one.dir, 'child')];
  await until('it works', () => size(beat) > 4);
  must(await pause(one.id, false));
  await standStill(one.beat, left, beat);
  must(await unpause(one.id));
  await goesOn(beat);
  await goesOn(one.beat);

  // Its turn ends, with what it left in the background; nothing that waits or wakes takes its place.
  must(await bench.runtime.call(runtimeApi.admit, { params: { id: one.id }, body: { text: 'waits' } }));
  must(await pause(one.id, true));
  await until('its turn is over', async () => (await count(one.id, 'turn.ended')) === 1);
  for (const wake of ['timer', 'child'] as const)
    must(await bench.runtime.call(runtimeApi.admit, { params: { id: one.id }, body: { text: 'go', wake } }));
  await standStill(one.beat, left, beat);
  expect(await count(one.id, 'turn.started')).toBe(1);
  const [run] = await runsOf(bench, child.session);
  expect([run?.state, (await bench.session(child.session)).state]).toEqual(['frozen', 'paused']);

  // The sub-agent is the one it was: the same process, the same mandate, the same run.
  must(await unpause(one.id));
  await goesOn(beat);
  expect(await runsOf(bench, child.session)).toMatchObject([{ id: run?.id, pid: run?.pid, state: 'running' }]);
  await until('what waited is taken up', async () => (await count(one.id, 'turn.started')) === 2);
  await revoke(bench, one.mandate);
});

it('a sub-agent is stopped alone, and who started it goes on', async () => {
  const one = await openWork(bench, beating('beat'));
  const child = await below(door, one.id, beating('child'));
  const beat = join(one.dir, 'child');
  await until('it works', () => size(beat) > 4);
  await revoke(bench, child.mandate);
  await until('its end is known', async () => (await bench.types(one.id)).includes('child.ended'));
  await standStill(beat);
  await goesOn(one.beat);
  await revoke(bench, one.mandate);
});

it('B11: after a cut connection the sub-agent is found by its id, and no second one is started', async () => {
  const one = await openWork(bench, beating('beat'));
  const [own] = await runsOf(bench, one.id);
  // As the program itself asks, through the door of its run.
  using agent = createCaller({
    base: { socketPath: doorPath(bench.house.dir, own?.id ?? '') },
    token: null,
    timeoutMs: 60_000,
  });
  const body = { agent: 'c', purpose: 'x', actions: ['shell.run', 'file.write'], wait: true };
  const script = 'while [ ! -f child-go ]; do echo x >> child; sleep 0.05; done; exit 3';
  const asked = agent.call(agentDoorApi.spawn, { body: { ...body, argv: ['sh', '-c', script] } });
  const beat = join(one.dir, 'child');
  await until('it works', () => size(beat) > 4);
  await bench.restart();
  await goesOn(beat);
  writeFileSync(join(one.dir, 'child-go'), '');
  const found = must(await asked);
  expect(found).toMatchObject({ exit_code: 3 });
  const types = await bench.types(one.id);
  expect(types.filter((type) => type.startsWith('child.'))).toEqual(['child.opened', 'child.ended']);
  expect((await logOf(bench, found.session)).filter(({ type }) => type === 'run.started')).toHaveLength(1);
  await revoke(bench, one.mandate);
});
