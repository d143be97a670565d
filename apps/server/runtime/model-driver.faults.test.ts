/** Turns of a model: the loop in its sandbox, each tool judged, the model through the gate alone. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModelServer } from '@writ/enforce';
import type { ModelServer } from '@writ/enforce';
import { afterTurns, logOf, openSession, send } from './session-testing.ts';
import type { LogEvent } from './session-testing.ts';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
let model: ModelServer;
const usage = { input: 100, output: 10 };
const call = (name: string, input: Record<string, unknown>) => ({ name, input: input as never });

beforeAll(async () => {
  model = await startModelServer({
    script: {
      turns: [],
      fallback: { say: 'nothing more', usage },
      conversations: [
        {
          marker: 'first-task',
          turns: [
            {
              tools: [call('read', { path: 'README.md' }), call('write', { path: 'out.txt', content: 'made' })],
              usage,
            },
            { tools: [call('run', { command: 'cat out.txt && git push origin main' })], usage },
            { tools: [call('read', { path: '../../etc/passwd' }), call('teleport', {})], usage },
            { say: 'all done', usage },
          ],
        },
        { marker: 'endless-task', turns: [{ say: 'late', delayMs: 60_000 }] },
        {
          marker: 'delegate-task',
          turns: [
            { tools: [call('agent', { agent: 'helper', purpose: 'sub-task please' })], usage },
            { say: 'it helped', usage },
          ],
        },
        {
          marker: 'sub-task',
          turns: [
            { tools: [call('write', { path: 'x.txt', content: 'x' })], usage },
            { say: 'sub done', usage },
          ],
        },
      ],
    },
  });
  const file = (name: string, tools: string): string =>
    `---\nname: ${name}\ndriver: model\nmodel: tiny\ntools: ${tools}\nconfig:\n  url: ${model.url}/v1\n---\nYou are ${name}.\n`;
  bench = await openBench({
    '.writ/agents/worker.md': file('worker', '[read, list, search, write, edit, run, agent]'),
    '.writ/agents/helper.md': file('helper', '[read]'),
  });
  writeFileSync(
    join(bench.house.dir, 'enforcer', 'egress.json'),
    JSON.stringify({ addresses: [new URL(model.url).host] }),
  );
  const place = { project: 'p', repository: bench.repository };
  must(await bench.house.owner.call(controlApi.createProject, { body: { id: 'p' } }));
  for (const name of ['worker', 'helper']) {
    const { hash } = must(await bench.runtime.call(runtimeApi.getAgent, { params: { name }, query: place }));
    must(await bench.runtime.call(runtimeApi.acceptAgent, { params: { name }, body: { ...place, hash } }));
  }
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

const more = () => [
  { resource: `${model.url}/`, resourceMatch: 'prefix' as const, actions: ['model.call'], constraints: {} },
  { resource: 'agent://helper', resourceMatch: 'exact' as const, actions: ['agent.spawn'], constraints: {} },
];
const open = () => openSession(bench, { act_as: 'worker', more: more() });
const of = (log: readonly LogEvent[], type: string) =>
  log.filter((event) => event.type === type).map(({ data }) => data);

describe('a turn of a model', () => {
  it('reads, writes and runs what was permitted, and nothing else; its tokens are counted', async () => {
    const { id, mandate } = await open();
    must(await send(bench, id, 'first-task'));
    const log = await afterTurns(bench, id, 1);
    expect(of(log, 'turn.ended')).toMatchObject([{ outcome: 'done' }]);
    expect(readFileSync(join(bench.repository, 'out.txt'), 'utf8')).toBe('made');
    const judged = of(log, 'tool.judged').map((one) => [one?.['action'], one?.['decision']]);
    expect(judged).toContainEqual(['file.read', 'permit']);
    expect(judged).toContainEqual(['file.write', 'permit']);
    expect(judged).toContainEqual(['git.push', 'refuse']);
    // Of the last, outside the worktree, nothing was read.
    expect(judged.at(-1)).toEqual(['file.read', 'refuse']);
    expect(JSON.stringify(of(log, 'message.recorded'))).not.toContain('root:');
    expect(JSON.stringify(of(log, 'message.recorded'))).toContain('there is no tool `teleport` here');
    const used = of(log, 'observation.recorded').filter((one) => one?.['type'] === 'model.used');
    expect(used).toHaveLength(4);
    const calls = must(await bench.house.owner.call(controlApi.listOperations, { query: {} })).items;
    expect(calls.filter(({ action, session }) => action === 'model.call' && session === id)).toHaveLength(4);
    expect(mandate).not.toBe('');
  }, 60_000);

  it('is stopped in the middle of an answer by a revocation', async () => {
    const { id, mandate } = await open();
    must(await send(bench, id, 'endless-task'));
    await model.asked(({ body }) => JSON.stringify(body).includes('endless-task'));
    must(await bench.house.owner.call(controlApi.revoke, { params: { id: mandate }, body: {} }));
    await until('it is inert', async () => (await bench.session(id)).state === 'inert', 6_000);
    const runs = must(await bench.runtime.call(runtimeApi.runs)).items.filter(({ session }) => session === id);
    expect(runs.every(({ state }) => state === 'killed')).toBe(true);
  }, 60_000);

  it('gives work to another agent as a child session under a child mandate, which has no more than that agent', async () => {
    const { id } = await open();
    must(await send(bench, id, 'delegate-task'));
    const log = await afterTurns(bench, id, 1);
    const [opened] = of(log, 'child.opened');
    const child = String(opened?.['session']);
    expect(await bench.session(child)).toMatchObject({ parent: id, driver: 'model', state: 'closed' });
    const inside = await logOf(bench, child);
    // The helper may read: what it tried to write was refused, and its sandbox had nothing to write in.
    expect(of(inside, 'tool.judged')).toMatchObject([{ action: 'file.write', decision: 'refuse' }]);
    expect(existsSync(join(bench.repository, 'x.txt'))).toBe(false);
    const made = must(
      await bench.house.owner.call(controlApi.getMandate, { params: { id: String(opened?.['mandate']) } }),
    );
    expect(made.depth).toBe(2);
    expect(made.state).not.toBe('active');
  }, 60_000);
});
