/** Turns of a model: the loop in its sandbox, each tool judged, the model through the gate alone. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSubset } from '@writ/authority';
import { authoritySetFromWire, controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCaller, endpointOf, startModelServer } from '@writ/enforce';
import type { ModelServer } from '@writ/enforce';
import { afterTurns, logOf, openSession, send } from './session-testing.ts';
import type { LogEvent, Opening } from './session-testing.ts';
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
        {
          marker: 'held-task',
          turns: [{ tools: [call('run', { command: 'npm test' })] }, { tools: [call('run', { command: 'npm test' })] }],
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
          marker: 'tree-task',
          turns: [{ tools: [call('agent', { agent: 'lead', purpose: 'branch-task' })], usage }],
        },
        {
          marker: 'branch-task',
          turns: [
            {
              tools: [
                call('write', { path: 'branch.txt', content: 'b' }),
                call('agent', { agent: 'helper', purpose: 'leaf-task' }),
              ],
              usage,
            },
          ],
        },
        {
          marker: 'leaf-task',
          turns: [
            { tools: [call('read', { path: 'branch.txt' }), call('write', { path: 'leaf.txt', content: 'l' })], usage },
          ],
        },
        {
          marker: 'greedy-tree',
          turns: [{ tools: [call('agent', { agent: 'lead', purpose: 'greedy-branch' })], usage }],
        },
        {
          marker: 'greedy-branch',
          turns: [{ tools: [call('agent', { agent: 'helper', purpose: 'greedy-leaf' })], usage }],
        },
        {
          marker: 'greedy-leaf',
          turns: [{ tools: [call('read', { path: 'README.md' })], usage: { input: 2_000_000, output: 10 } }],
        },
        {
          marker: 'endless-tree',
          turns: [{ tools: [call('agent', { agent: 'lead', purpose: 'endless-branch' })], usage }],
        },
        {
          marker: 'endless-branch',
          turns: [{ tools: [call('agent', { agent: 'helper', purpose: 'endless-leaf' })], usage }],
        },
        { marker: 'endless-leaf', turns: [{ say: 'late', delayMs: 60_000 }] },
        {
          marker: 'steered-tree',
          turns: [{ tools: [call('agent', { agent: 'lead', purpose: 'steered-branch' })], usage }],
        },
        {
          marker: 'steered-branch',
          turns: [{ tools: [call('run', { command: 'while [ ! -e go ]; do sleep 0.05; done' })], usage }],
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
    '.writ/agents/lead.md': file('lead', '[read, write, run, agent]'),
    '.writ/agents/helper.md': file('helper', '[read]'),
  });
  writeFileSync(
    join(bench.house.dir, 'enforcer', 'egress.json'),
    JSON.stringify({ addresses: [new URL(model.url).host] }),
  );
  const place = { project: 'p', repository: bench.repository };
  must(await bench.house.owner.call(controlApi.createProject, { body: { id: 'p' } }));
  for (const name of ['worker', 'lead', 'helper']) {
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
  { resource: 'agent://lead', resourceMatch: 'exact' as const, actions: ['agent.spawn'], constraints: {} },
];
const open = (how: Opening = {}) => openSession(bench, { act_as: 'worker', more: more(), ...how });
/** Two below the agent that the turn acts as, which is one below the session. */
const openTree = (how: Opening = {}) => open({ depth: 3, ...how });
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

  it('stands still at a call that waits for a person, and is told the answer', async () => {
    const { id, mandate } = await open();
    const { owner } = bench.house;
    const { authorization_details: all } = must(await owner.call(controlApi.getMandate, { params: { id: mandate } }));
    const only = (program: string, constraints: object = {}) => ({
      ...{ type: 'mission_resource_access' as const, resource: `shell://p/${program}`, actions: ['shell.run'] },
      constraints,
    });
    const left = all.filter(({ resource }) => !resource.startsWith('shell:'));
    const narrowed = [...left, only('writ'), only('npm', { requires_action_approval: true })];
    must(await owner.call(controlApi.narrow, { params: { id: mandate }, body: { authorization_details: narrowed } }));
    must(await send(bench, id, 'held-task'));
    const results = () =>
      model.requests
        .filter(({ body }) => JSON.stringify(body).includes('held-task'))
        .flatMap(({ lastToolResults }) => lastToolResults.map(({ text }) => text));
    async function question(but = '') {
      const waiting = async () =>
        must(await owner.call(controlApi.waiting)).items.find((one) => one.kind === 'action' && one.id !== but);
      await until('it waits for a person', async () => (await waiting()) !== undefined, 30_000);
      return (await waiting())!; // just seen
    }
    const first = await question();
    expect(first.text).toContain('npm test');
    expect(results()).toEqual([]);
    const yes = { params: { id: first.id }, body: { text_digest: first.text_digest } };
    must(await owner.call(controlApi.giveApproval, yes));
    const second = await question(first.id);
    // It ran.
    expect(results()).toEqual([expect.stringMatching(/exit code \d/)]);
    must(await owner.call(controlApi.refuseApproval, { params: { id: second.id }, body: { reason: 'not twice' } }));
    const log = await afterTurns(bench, id, 1);
    expect(of(log, 'turn.ended')).toMatchObject([{ outcome: 'done' }]);
    expect(results().at(-1)).toMatch(/^refused: /);
    const decisions = of(log, 'tool.judged').map((one) => one?.['decision']);
    expect(decisions).toEqual(['hold', 'permit', 'hold', 'refuse']);
    const { operation } = must(await owner.call(controlApi.getApproval, { params: { id: first.id } }));
    const { items } = must(await owner.call(controlApi.listOperations, { query: {} }));
    expect(items.find((one) => one.id === operation)?.state).toMatch(/done|failed/);
  }, 90_000);

  it('is stopped in the middle of an answer by a revocation', async () => {
    const { id, mandate } = await open();
    must(await send(bench, id, 'endless-task'));
    await model.asked(({ body }) => JSON.stringify(body).includes('endless-task'));
    must(await bench.house.owner.call(controlApi.revoke, { params: { id: mandate }, body: {} }));
    await until('it is inert', async () => (await bench.session(id)).state === 'inert');
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

/** The sub-agent that `id` started, once it did. */
async function below(id: string): Promise<string> {
  let child: unknown;
  await until(`${id} started a sub-agent`, async () => {
    child = of(await logOf(bench, id), 'child.opened')[0]?.['session'];
    return child !== undefined;
  });
  return String(child);
}
const mandateOf = async (id: string) => must(await bench.house.owner.call(controlApi.getMandate, { params: { id } }));
const callsOf = async (...sessions: string[]) =>
  must(await bench.house.owner.call(controlApi.listOperations, { query: {} })).items.filter(
    ({ action, session }) => action === 'model.call' && sessions.includes(session ?? ''),
  );
const tokensOf = async (mandate: string) => {
  const { items } = must(await bench.house.owner.call(controlApi.budget, { params: { id: mandate } }));
  return items.flatMap((one) => {
    const line = one.lines.find(({ kind }) => kind === 'tokens');
    return line === undefined ? [] : [{ mandate: one.mandate, parent: one.parent, ...line }];
  });
};

describe('sub-agents of sub-agents', () => {
  it('have less at each step down, and draw on the budget at the top', async () => {
    const { id, mandate } = await openTree({ budgets: [{ kind: 'tokens', limit: 100_000 }] });
    must(await send(bench, id, 'tree-task'));
    const log = await afterTurns(bench, id, 1);
    expect(of(log, 'turn.ended')).toMatchObject([{ outcome: 'done' }]);
    const child = await below(id);
    const grandchild = await below(child);
    const acting = of(log, 'turn.composed')[0]?.['acting'] as { readonly mandate: string }; // as it is written
    const ids = [
      mandate,
      acting.mandate,
      ...(await Promise.all([child, grandchild].map(bench.session))).map(({ mandate: own }) => own ?? ''),
    ];
    const chain = await Promise.all(ids.map(mandateOf));
    expect(chain.map(({ parent }) => parent)).toEqual([null, ...ids.slice(0, -1)]);
    const sets = chain.map((one) => authoritySetFromWire(one.authorization_details));
    for (const [index, set] of sets.entries())
      expect(isSubset(set, sets[index - 1] ?? set), ids[index]).toMatchObject({ subset: true });
    for (const above of sets.slice(0, -1)) expect(isSubset(above, sets.at(-1) ?? [])).toMatchObject({ subset: false });
    // What the middle one may, and did, is refused to the one below it.
    expect(readFileSync(join(bench.repository, 'branch.txt'), 'utf8')).toBe('b');
    expect(existsSync(join(bench.repository, 'leaf.txt'))).toBe(false);
    const judged = of(await logOf(bench, grandchild), 'tool.judged').map((one) => [one?.['action'], one?.['decision']]);
    expect(judged).toEqual([
      ['file.read', 'permit'],
      ['file.write', 'refuse'],
    ]);
    const calls = await callsOf(id, child, grandchild);
    expect(calls).toHaveLength(6);
    const [root] = await tokensOf(mandate);
    expect(root).toMatchObject({ mandate, spent: 6 * 110, left: 100_000 - 6 * 110 });
  }, 60_000);

  it('stop where the budget at the top is spent, whoever spent it', async () => {
    const { id, mandate } = await openTree({ budgets: [{ kind: 'tokens', limit: 1_000_000 }] });
    must(await send(bench, id, 'greedy-tree'));
    const grandchild = await below(await below(id));
    await until('it is paused', async () => (await bench.session(id)).paused_by === 'budget');
    expect((await callsOf(grandchild)).filter(({ state }) => state === 'done')).toHaveLength(1);
    const asked = model.requests.filter(({ body }) => JSON.stringify(body).includes('"greedy-leaf"'));
    expect(asked).toHaveLength(1);
    expect((await tokensOf(mandate))[0]).toMatchObject({ left: 0 });
  }, 60_000);

  it('end with the mandate at the top, in the middle of a word', async () => {
    const { id, mandate } = await openTree();
    must(await send(bench, id, 'endless-tree'));
    await model.asked(({ body }) => JSON.stringify(body).includes('"endless-leaf"'));
    const child = await below(id);
    const all = [id, child, await below(child)];
    must(await bench.house.owner.call(controlApi.revoke, { params: { id: mandate }, body: {} }));
    for (const one of all)
      await until(`${one} is over`, async () => ['inert', 'closed'].includes((await bench.session(one)).state));
    const runs = must(await bench.runtime.call(runtimeApi.runs)).items.filter(({ session }) => all.includes(session));
    expect(runs.map(({ state }) => state)).toEqual(['killed', 'killed', 'killed']);
    for (const one of all.slice(1)) {
      const own = (await bench.session(one)).mandate ?? '';
      expect(['cascaded', 'completed', 'revoked']).toContain((await mandateOf(own)).state);
    }
  }, 60_000);

  it('are steered in the middle of a turn, by who may steer what is above them', async () => {
    const { owner, dir } = bench.house;
    const { token } = must(await owner.call(controlApi.addPerson, { body: { name: 'bob', roles: { p: 'operator' } } }));
    using bob = createCaller({ base: () => endpointOf(dir, 'runtime'), token, timeoutMs: 20_000 });
    const { id } = await openTree();
    must(await send(bench, id, 'steered-tree'));
    const child = await below(id);
    await until('it runs', async () => of(await logOf(bench, child), 'tool.judged').length > 0);
    const turn = String(of(await logOf(bench, child), 'turn.started').at(-1)?.['turn']);
    const into = { delivery: 'steer' as const, expected_turn: turn };
    must(await send(bench, child, 'say ahoy instead', into));
    const params = { id: child };
    must(await bob.call(runtimeApi.admit, { params, body: { text: 'say nothing', ...into } }));
    must(await send(bench, child, 'and then rest'));
    writeFileSync(join(bench.repository, 'go'), '');
    await afterTurns(bench, id, 1);
    const log = await logOf(bench, child);
    const types = log.map(({ type }) => type);
    expect(types.indexOf('input.steered')).toBeLessThan(types.indexOf('turn.ended'));
    expect(of(log, 'input.admitted').map((one) => [one?.['text'], one?.['drives']])).toEqual([
      ['steered-branch', true],
      ['say ahoy instead', true],
      ['say nothing', false],
      ['and then rest', true],
    ]);
    // What was said into it was told before its turn ended, what waited was its next turn, and then it was over.
    const told = model.requests.filter(({ body }) => JSON.stringify(body).includes('"steered-branch"'));
    expect(told.map(({ lastUserText }) => lastUserText)).toEqual([
      'steered-branch',
      'say ahoy instead',
      'and then rest',
    ]);
    expect(of(log, 'turn.ended')).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }]);
    expect(JSON.stringify(told.map(({ body }) => body))).not.toContain('say nothing');
  }, 60_000);
});
