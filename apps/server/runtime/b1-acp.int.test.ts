/** B1 with an agent that keeps the conversation itself: it goes on where what it remembers is what was said, and begins anew, and says so, where it is not. And what is said into its turn. */

import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlApi, runtimeApi } from '@writ/protocol';
import { expect, it } from 'vitest';
import { afterTurns, openSession, send } from './session-testing.ts';
import { must, openBench, until } from './testing.ts';

/** Keeps what was said in `memory.json` of its place, replays it when it is loaded, and offers two models. One prompt it works on until it is cancelled. */
const rememberer = `
import { agent, methods, ndJsonStream } from ${JSON.stringify(createRequire(import.meta.url).resolve('@agentclientprotocol/sdk'))};
import { Readable, Writable } from 'node:stream';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
const memory = existsSync('memory.json') ? JSON.parse(readFileSync('memory.json', 'utf8')) : {};
const keep = () => writeFileSync('memory.json', JSON.stringify(memory));
const did = (what) => appendFileSync('calls.txt', what + '\\n');
const configOptions = [{ type: 'select', id: 'm', name: 'Model', category: 'model', currentValue: 'big', options: [{ value: 'big', name: 'Big' }, { value: 'tiny', name: 'Tiny' }] }];
let cancelled = () => {};
const tell = (client, sessionId, kind, text) =>
  client.notify(methods.client.session.update, { sessionId, update: { sessionUpdate: kind, content: { type: 'text', text } } });
agent({ name: 'rememberer' })
  .onRequest(methods.agent.initialize, () => ({ protocolVersion: 1, agentCapabilities: { loadSession: true } }))
  .onRequest(methods.agent.session.new, () => {
    const sessionId = 'a-' + Object.keys(memory).length;
    memory[sessionId] = [];
    did('new ' + sessionId);
    return { sessionId, configOptions };
  })
  .onRequest(methods.agent.session.load, async ({ params, client }) => {
    did('load ' + params.sessionId);
    for (const [kind, text] of memory[params.sessionId]) for (const word of text.split(' ')) await tell(client, params.sessionId, kind, word + ' ');
    return { configOptions };
  })
  .onRequest(methods.agent.session.setConfigOption, ({ params }) => (did('set ' + params.configId + '=' + params.value), { configOptions }))
  .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
    const said = params.prompt[0].text.split('\\n').at(-1);
    memory[params.sessionId].push(['user_message_chunk', params.prompt[0].text]);
    const stop = said === 'wait' ? await new Promise((resolve) => { cancelled = () => resolve('cancelled'); did('waiting'); }) : 'end_turn';
    const answer = 'I heard ' + said;
    await tell(client, params.sessionId, 'agent_message_chunk', answer);
    memory[params.sessionId].push(['agent_message_chunk', answer]);
    keep();
    did('said ' + said);
    return { stopReason: stop };
  })
  .onNotification(methods.agent.session.cancel, () => cancelled())
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
`;

const definition = (model: string): string => `---\nmodel: ${model}\ntools: [read, edit, bash]\n---\nYou are worker.\n`;

it('B1, ACP: a conversation is loaded where its agent remembers what was said; what is said into a turn is its next prompt', async () => {
  await using bench = await openBench({ 'acp.mjs': rememberer, '.writ/agents/worker.md': definition('tiny') });
  must(await bench.house.owner.call(controlApi.createProject, { body: { id: 'p' } }));
  const place = { project: 'p', repository: bench.repository };
  const params = { name: 'worker' };
  const { hash } = must(await bench.runtime.call(runtimeApi.getAgent, { params, query: place }));
  must(await bench.runtime.call(runtimeApi.acceptAgent, { params, body: { ...place, hash } }));
  const { id } = await openSession(bench, { act_as: 'worker', argv: ['node', 'acp.mjs'], driver: 'acp' });
  const file = (name: string): string => join(bench.repository, name);
  const calls = (): readonly string[] => readFileSync(file('calls.txt'), 'utf8').trim().split('\n');

  must(await send(bench, id, 'the first'));
  await afterTurns(bench, id, 1);
  expect(calls()).toEqual(['new a-0', 'set m=tiny', 'said the first']);
  await bench.restart();
  must(await send(bench, id, 'wait'));
  await until('it waits', () => calls().includes('waiting'));
  const turn = (await bench.session(id)).version;
  expect(turn).toBeGreaterThan(0);
  const log = must(await bench.runtime.call(runtimeApi.sessionLog, { params: { id }, query: { limit: '1000' } })).items;
  // As the log has it.
  const running = log.findLast(({ type }) => type === 'turn.started')?.data as { readonly turn: string };
  const body = { text: 'rather this', delivery: 'steer' as const, expected_turn: running.turn };
  must(await bench.runtime.call(runtimeApi.admit, { params: { id }, body }));
  const second = await afterTurns(bench, id, 2);
  expect(calls().slice(3)).toEqual(['load a-0', 'set m=tiny', 'waiting', 'said wait', 'said rather this']);
  expect(second.filter(({ type }) => type === 'conversation.reset')).toEqual([]);
  // What it replayed was said before, and is in the log once.
  const words = JSON.stringify(second.filter(({ type }) => type === 'agent.said').map(({ data }) => data));
  expect(words.split('I heard the first')).toHaveLength(2);

  // Its memory is another now: it is said, and it is not gone on from.
  writeFileSync(
    file('memory.json'),
    readFileSync(file('memory.json'), 'utf8').replace('I heard the first', 'I heard nothing'),
  );
  must(await send(bench, id, 'the third'));
  const third = await afterTurns(bench, id, 3);
  expect(third.findLast(({ type }) => type === 'conversation.reset')?.data).toMatchObject({
    reason: expect.stringMatching(/^what its agent remembers \(\d+ messages\) is not what was said/) as string,
  });
  expect(calls().at(-3)).toBe('new a-1');
  // From there on it is loaded again.
  must(await send(bench, id, 'the fourth'));
  const fourth = await afterTurns(bench, id, 4);
  expect(calls().slice(-3)).toEqual(['load a-1', 'set m=tiny', 'said the fourth']);
  expect(fourth.filter(({ type }) => type === 'conversation.reset')).toHaveLength(1);
});
