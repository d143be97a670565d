/** A call of an ACP agent that waits for a person: a question at control like any other, which outlives the runtime, is answered once, and counts for that call on those files under that mandate alone. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asksLeaveTwice } from '../../../test/kit/acp/asks-leave-twice.ts';
import { logOf, openSession, send } from './session-testing.ts';
import { startRuntimeServer } from './start-runtime-server.ts';
import type { RuntimeServer } from './start-runtime-server.ts';
import type { Bench } from './testing.ts';
import { must, openBench, until } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ 'acp.mjs': asksLeaveTwice, '.gitignore': 'go\nran\ntold\n' });
});
afterAll(() => bench[Symbol.asyncDispose]());

const only = (program: string, more: object = {}) => ({
  ...{ type: 'mission_resource_access' as const, resource: `shell://p/${program}`, actions: ['shell.run'], ...more },
});
const narrowed = [only('sh'), only('test'), only('true'), only('node')];
const asked = [...narrowed, only('npm', { constraints: { requires_action_approval: true } })];
const narrow = async (mandate: string, authorization_details: typeof asked) =>
  must(await bench.house.owner.call(controlApi.narrow, { params: { id: mandate }, body: { authorization_details } }));
const waiting = async () => must(await bench.house.owner.call(controlApi.waiting)).items;
const give = async ({ id, text_digest }: { readonly id: string; readonly text_digest: string }) =>
  must(await bench.house.owner.call(controlApi.giveApproval, { params: { id }, body: { text_digest } }));
const stateOf = async (id: string) =>
  must(await bench.house.owner.call(controlApi.getApproval, { params: { id } })).state;

/** The one question there is, once there is one that is not `but`. */
async function question(but = '') {
  await until('it waits for a person', async () => (await waiting()).some(({ id }) => id !== but));
  return (await waiting()).find(({ id }) => id !== but)!;
}

/** A mission whose second task is the agent's, in whose mandate a person is asked about \`npm\`. */
async function held() {
  const { mission: id, mandate } = await bench.run(
    [
      '---\nproject: p\nagents:\n  helper: { driver: acp, run: node acp.mjs }\n---\n\n# Build\n\nIt is built.\n',
      '- [ ] T1 run: `while [ ! -f go ]; do sleep 0.05; done` done: `true` — wait',
      '- [ ] T2 @helper (after: T1) done: `true` — test\n',
    ].join('\n'),
  );
  const place = async (task: string): Promise<string> => {
    await until(`${task} has a place`, async () => (await bench.task(id, task)).session !== null);
    return (await bench.session((await bench.task(id, task)).session!)).workspace!.path;
  };
  await until('T1 works', async () =>
    must(await bench.runtime.call(runtimeApi.runs)).items.some((run) => run.state === 'running'),
  );
  await narrow(mandate, asked);
  writeFileSync(join(await place('T1'), 'go'), '');
  const first = await question();
  const at = await place('T2');
  const said = (file: string): string => (existsSync(join(at, file)) ? readFileSync(join(at, file), 'utf8') : '');
  const session = (await bench.task(id, 'T2')).session!;
  return { id, mandate, session, at, first, said };
}

it('waits at control, through a restart, for one answer to that call on those files', async () => {
  const { id, mandate, session, at, first, said } = await held();
  expect(first).toMatchObject({ kind: 'action', session, may_answer: true });
  expect(first.text).toContain('npm test');
  const judged = must(await bench.runtime.call(runtimeApi.sessionLog, { params: { id: session } })).items.filter(
    ({ type }) => type === 'tool.judged',
  );
  expect(judged.map(({ data }) => data)).toMatchObject([{ call: 'c1', action: 'shell.run', decision: 'hold' }]);

  // Other files, and the yes is to nothing.
  writeFileSync(join(at, 'other.txt'), 'x');
  await give(first);
  const second = await question(first.id);
  expect([await stateOf(first.id), said('ran'), said('told')]).toEqual(['given', '', '']);

  // Answered while nobody was here to hear it.
  await bench.stop();
  await give(second);
  await bench.start();
  await until('what was allowed ran', () => said('ran') === 'c1\n');
  expect(await stateOf(second.id)).toBe('used');
  const { operation } = must(await bench.house.owner.call(controlApi.getApproval, { params: { id: second.id } }));
  const third = await question(first.id);
  await until('its operation is over', async () => {
    const { items } = must(await bench.house.owner.call(controlApi.listOperations, { query: {} }));
    return items.some((one) => one.id === operation && one.state === 'done');
  });

  // The same once more is another question, and void with the mandate it was asked under.
  await narrow(mandate, narrowed);
  await bench.reaches(id, 'done');
  expect([said('ran'), said('told').split('\n').at(-2)]).toEqual(['c1\n', 'c2 o-reject_once']);
  expect([await stateOf(third.id), await waiting()]).toEqual(['void', []]);
});

it('of a session by itself that was cut off meanwhile goes on with the yes, and with nothing else', async () => {
  const own = await openSession(bench, { argv: ['node', 'acp.mjs'], driver: 'acp' });
  await narrow(own.mandate, asked);
  const at = (file: string): string => join(bench.repository, file);
  const said = (file: string): string => (existsSync(at(file)) ? readFileSync(at(file), 'utf8') : '');
  must(await send(bench, own.id, 'test it'));
  const first = await question();
  await bench.restart();
  await bench.server().runtime.reconcile();
  await bench.server().runtime.settled();
  const turns = async () => (await logOf(bench, own.id)).filter(({ type }) => type === 'turn.started').length;
  expect([await turns(), said('ran')]).toEqual([1, '']);
  expect(must(await bench.runtime.call(runtimeApi.inbox)).items).toMatchObject([
    { kind: 'approval', approval: first.id, session: own.id, ask: expect.stringContaining('npm test') as string },
  ]);
  await give(first);
  await until('what was allowed ran', () => said('ran') === 'c1\n');
  expect(await stateOf(first.id)).toBe('used');
  const second = await question(first.id);
  // Cut off again, and the answer is a no: nobody goes on with that.
  await bench.stop();
  const no = { params: { id: second.id }, body: { reason: 'not twice' } };
  must(await bench.house.owner.call(controlApi.refuseApproval, no));
  await bench.start();
  await until('its item is gone', async () => must(await bench.runtime.call(runtimeApi.inbox)).items.length === 0);
  await bench.server().runtime.settled();
  expect([await turns(), said('ran')]).toEqual([2, 'c1\n']);
});

it('is waited for in its turn so long and no longer; then its task is parked, and goes on by itself', async () => {
  await bench.stop();
  await using _impatient: RuntimeServer = await startRuntimeServer({
    ...{ dir: bench.house.dir, retryDelayMs: 50, heldCallMs: 500 },
  });
  const { id, first, said } = await held();
  const parked = async (approval: string): Promise<void> => {
    await until('T2 is parked', async () => (await bench.task(id, 'T2')).state === 'asking');
    expect(must(await bench.runtime.call(runtimeApi.inbox)).items).toMatchObject([{ kind: 'approval', approval }]);
  };
  await parked(first.id);
  expect([said('ran'), said('told')]).toEqual(['', 'c1 cancelled\n']);
  await give(first);
  await until('what was allowed ran', () => said('ran') === 'c1\n');
  const second = await question();
  await parked(second.id);
  const no = { params: { id: second.id }, body: { reason: 'not twice' } };
  must(await bench.house.owner.call(controlApi.refuseApproval, no));
  await bench.reaches(id, 'done');
  expect([said('ran'), said('told').split('\n').at(-2)]).toEqual(['c1\n', 'c2 o-reject_once']);
});
