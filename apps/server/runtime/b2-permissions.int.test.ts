/** B2 (codex#40149, #28296, #25590, #29866): after a resume a turn may what was recorded for it and what its mandate allows now, both; nothing is taken from the environment it comes back to. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { afterTurns, openSession, printed, send } from './session-testing.ts';
import { must, openBench } from './testing.ts';

const path = '.claude/agents/reviewer.md';
const reviewer = (tools: string): string => `---\nname: reviewer\ntools: ${tools}\n---\nYou review.\n`;
const program = ['sh', '-c', 'cat; touch made-it && echo wrote || echo read-only'];

it('B2: what may be done after a resume is within what was recorded and within what is approved now', async () => {
  await using bench = await openBench({ [path]: reviewer('Read') });
  must(await bench.house.owner.call(controlApi.createProject, { body: { id: 'p' } }));
  const accept = async () => {
    const place = { project: 'p', repository: bench.repository };
    const params = { name: 'reviewer' };
    const { hash } = must(await bench.runtime.call(runtimeApi.getAgent, { params, query: place }));
    must(await bench.runtime.call(runtimeApi.acceptAgent, { params, body: { ...place, hash } }));
  };
  await accept();
  const sandbox = { kind: 'contain' as const, writable: [], hidden: [], network: 'none' as const };
  const closed = await openSession(bench, { argv: program, sandbox });
  const chosen = await openSession(bench, { argv: program });
  // Both have input that waits for the time after the restart.
  for (const { id } of [closed, chosen])
    must(await bench.runtime.call(runtimeApi.pauseSession, { params: { id }, body: {} }));
  must(await send(bench, closed.id, 'one'));
  must(await send(bench, chosen.id, 'two', { agent: 'reviewer' }));
  // Meanwhile a wider version of the agent is accepted, and the runtime comes back.
  bench.git('rm', '-q', path);
  mkdirSync(join(bench.repository, '.claude/agents'), { recursive: true });
  writeFileSync(join(bench.repository, path), reviewer('Read, Write, Bash'));
  bench.git('add', '.');
  bench.git('commit', '-qm', 'wider');
  await accept();
  await bench.restart();
  for (const { id } of [closed, chosen])
    must(await bench.runtime.call(runtimeApi.unpauseSession, { params: { id }, body: { here: true } }));
  expect(printed(await afterTurns(bench, closed.id, 1))).toContain('read-only');
  const log = await afterTurns(bench, chosen.id, 1);
  expect(printed(log)).toContain('read-only');
  const composed = log.find(({ type }) => type === 'turn.composed')?.data as { acting: { actions: string[] } };
  expect(composed.acting.actions).not.toContain('file.write');
  expect(existsSync(join(bench.repository, 'made-it'))).toBe(false);

  // And what is approved now: narrowed while the runtime was away, what waited does not run.
  must(await bench.runtime.call(runtimeApi.pauseSession, { params: { id: closed.id }, body: {} }));
  must(await send(bench, closed.id, 'three'));
  await bench.stop();
  const only = { type: 'mission_resource_access' as const, resource: 'shell://p/true', actions: ['shell.run'] };
  must(
    await bench.house.owner.call(controlApi.narrow, {
      params: { id: closed.mandate },
      body: { reason: 'less', authorization_details: [only] },
    }),
  );
  await bench.start();
  must(await bench.runtime.call(runtimeApi.unpauseSession, { params: { id: closed.id }, body: {} }));
  expect(await bench.session(closed.id)).toMatchObject({ state: 'paused' });
  const { may_continue: may } = must(await bench.runtime.call(runtimeApi.back, { params: { id: closed.id } }));
  expect(may).toMatchObject({ yes: false });
  expect(printed(await afterTurns(bench, closed.id, 1))).not.toContain('three');
});
