/** B1 (claude-code#40319, #22107, #26246, #23800, #15837): what an agent is told after a resume has the digest of what it knew before, or it is told nothing and a person is told why. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { startModelServer } from '@writ/enforce';
import { afterTurns, openSession, send } from './session-testing.ts';
import { must, openBench, until } from './testing.ts';

it('B1: a conversation goes on only from what it was', async () => {
  await using model = await startModelServer({ script: { turns: [], fallback: { say: 'I know' } } });
  const agent = `---\ndriver: model\nmodel: tiny\ntools: [read]\nconfig:\n  url: ${model.url}/v1\n---\nYou are worker.\n`;
  await using bench = await openBench({ '.writ/agents/worker.md': agent });
  const addresses = [new URL(model.url).host];
  writeFileSync(join(bench.house.dir, 'enforcer', 'egress.json'), JSON.stringify({ addresses }));
  must(await bench.house.owner.call(controlApi.createProject, { body: { id: 'p' } }));
  const params = { name: 'worker' };
  const place = { project: 'p', repository: bench.repository };
  const { hash } = must(await bench.runtime.call(runtimeApi.getAgent, { params, query: place }));
  must(await bench.runtime.call(runtimeApi.acceptAgent, { params, body: { ...place, hash } }));
  const reach = {
    resource: `${model.url}/`,
    resourceMatch: 'prefix' as const,
    actions: ['model.call'],
    constraints: {},
  };
  const { id } = await openSession(bench, { act_as: 'worker', more: [reach] });
  const told = (): string => JSON.stringify(model.requests.at(-1)?.body);

  must(await send(bench, id, 'the first'));
  await afterTurns(bench, id, 1);
  await bench.restart();
  must(await send(bench, id, 'the second'));
  const log = await afterTurns(bench, id, 2);
  for (const said of ['You are worker.', 'the first', 'I know', 'the second']) expect(told()).toContain(said);

  // One message is not there any more.
  const gone = log.find(({ type }) => type === 'message.recorded');
  const body = { positions: [gone?.position ?? 0], reason: 'it was a secret' };
  must(await bench.runtime.call(runtimeApi.erase, { body }));
  const requests = model.requests.length;
  must(await send(bench, id, 'the third'));
  await until('it is paused', async () => (await bench.session(id)).paused_by === 'context');
  expect((await bench.session(id)).state_detail).toMatch(/^1 of the \d+ messages with its agent were erased/);
  expect(model.requests).toHaveLength(requests);

  // A person goes on without it: a new conversation, and nothing of the old one is said.
  must(await bench.runtime.call(runtimeApi.unpauseSession, { params: { id }, body: {} }));
  await afterTurns(bench, id, 3);
  expect(told()).toContain('the third');
  expect(told()).not.toContain('the second');
});
