/** A proxy between two ends that a test speaks for: what reaches whom, and what does not. The judge is the test's; who decides is tried elsewhere. */

import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import type { HarnessEvent, HookAnswer } from '../adapters/adapter.ts';
import type { Message } from '../mcp/json-rpc.ts';
import type { AcpDeps } from './acp-deps.ts';
import { createAcpProxy } from './acp-proxy.ts';

const once = [
  { optionId: 'y', name: 'Yes', kind: 'allow_once' },
  { optionId: 'n', name: 'No', kind: 'reject_once' },
];
const offered = [{ optionId: 'a', name: 'Always', kind: 'allow_always' }, ...once];

/** One end: says, and reads what came. */
function end() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const come: Message[] = [];
  output.on('data', (chunk: Buffer) =>
    come.push(
      ...chunk
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Message),
    ),
  );
  return {
    streams: { input, output },
    come,
    say: (message: Message) => void input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`),
    /** The newest request or notification of that method. */
    last: (method: string) => come.findLast((message) => message['method'] === method),
    answer: (id: unknown) => come.find((message) => message['id'] === id && !('method' in message)),
  };
}
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
};

async function connected(answer: (event: HarnessEvent) => HookAnswer, more: Partial<AcpDeps> = {}) {
  const [editor, agent] = [end(), end()];
  const judged: HarnessEvent[] = [];
  const blind: string[] = [];
  const proxy = createAcpProxy(
    {
      agent: { name: 'a', title: 'A', harness: null, modes: ['default'], hooks: null },
      judge(event) {
        judged.push(event);
        return Promise.resolve(event.kind === 'call' ? answer(event) : { kind: 'no_objection' });
      },
      mayOpen: () => Promise.resolve(null),
      opened: () => undefined,
      servers: [],
      openingMeta: null,
      contained: false,
      closedBecause: () => null,
      ticks: () => 1,
      endSince: () => Promise.resolve(0),
      endAll: () => undefined,
      unasked: () => undefined,
      blind: (what) => void blind.push(what),
      warn: () => undefined,
      ...more,
    },
    { editor: editor.streams, agent: agent.streams },
    () => undefined,
  );
  editor.say({ id: 1, method: 'session/new', params: { cwd: '/w', mcpServers: [] } });
  await settled();
  agent.say({ id: agent.last('session/new')?.['id'], result: { sessionId: 's' } });
  await settled();
  const fromAgent = async (id: number, method: string, params: Message): Promise<void> => {
    agent.say({ id, method, params: { sessionId: 's', ...params } });
    await settled();
  };
  const asking = (id: number, toolCall: Message, options: readonly Message[] = offered): Promise<void> =>
    fromAgent(id, 'session/request_permission', { toolCall: { toolCallId: `c${String(id)}`, ...toolCall }, options });
  return { editor, agent, judged, blind, proxy, fromAgent, asking };
}
const selected = (optionId: string) => ({ outcome: { outcome: 'selected', optionId } });
const cancelled = { outcome: { outcome: 'cancelled' } };
const edit = { kind: 'edit', locations: [{ path: '/w/a' }] };

test('where nothing bounds the agent the person is asked: for this once, and only what they were shown is an answer', async () => {
  const { editor, agent, asking } = await connected(() => ({ kind: 'no_objection' }));
  await asking(5, edit);
  const first = editor.last('session/request_permission');
  expect(first?.['params']).toMatchObject({ options: once });
  editor.say({ id: first?.['id'], result: selected('a') });
  await settled();
  expect(agent.answer(5)).toMatchObject({ result: cancelled });
  // An answer to the first is none to the next.
  await asking(6, edit);
  editor.say({ id: first?.['id'], result: selected('y') });
  await settled();
  expect(agent.answer(6)).toBeUndefined();
  editor.say({ id: editor.last('session/request_permission')?.['id'], result: selected('y') });
  await settled();
  expect(agent.answer(6)).toMatchObject({ result: selected('y') });
});

test('a no says why where the person looks; a yes for ever is not given; what cannot be judged is refused', async () => {
  const { editor, agent, asking } = await connected((event) => {
    if (event.kind === 'call' && event.id === 'c7') throw new Error('control is gone');
    return event.kind === 'call' && event.id === 'c5'
      ? { kind: 'refuse', why: 'not in the mandate' }
      : { kind: 'allow' };
  });
  await asking(5, edit);
  expect(agent.answer(5)).toMatchObject({ result: selected('n') });
  expect(JSON.stringify(editor.last('session/update'))).toContain('not in the mandate');
  await asking(6, edit, [offered[0] ?? {}]);
  expect(agent.answer(6)).toMatchObject({ result: cancelled });
  await asking(7, edit);
  expect(agent.answer(7)).toMatchObject({ result: selected('n') });
  expect(editor.last('session/request_permission')).toBeUndefined();
});

test('what the editor would do for the agent is judged before it hears of it', async () => {
  const { editor, agent, judged, fromAgent } = await connected((event) =>
    JSON.stringify(event).includes('secret') ? { kind: 'refuse', why: 'not that' } : { kind: 'no_objection' },
  );
  await fromAgent(5, 'fs/write_text_file', { path: '/w/secret', content: '' });
  await fromAgent(6, 'fs/read_text_file', { path: '/w/secret' });
  await fromAgent(7, 'terminal/create', { command: 'cat', args: ['secret'], env: [{ name: 'A', value: 'b' }] });
  for (const id of [5, 6, 7]) expect(agent.answer(id)).toMatchObject({ error: { message: 'not that' } });
  expect(editor.come.filter(({ method }) => /^(?:fs|terminal)\//.test(String(method)))).toEqual([]);
  expect(judged.at(-1)).toMatchObject({ tool: 'Bash', input: { command: 'env A=b cat secret' } });

  await fromAgent(8, 'terminal/create', { command: 'make' });
  editor.say({ id: editor.last('terminal/create')?.['id'], result: { terminalId: 't' } });
  await settled();
  await fromAgent(9, 'terminal/wait_for_exit', { terminalId: 't' });
  editor.say({ id: editor.last('terminal/wait_for_exit')?.['id'], result: { exitCode: 1 } });
  await settled();
  expect(judged.at(-1)).toMatchObject({ kind: 'call_ended', outcome: 'failed' });
  await fromAgent(10, 'terminal/output', { terminalId: 'of somebody else' });
  expect(agent.answer(10)).toMatchObject({ error: { message: 'no such terminal is open' } });
  await fromAgent(11, '_editor/do', {});
  expect(agent.answer(11)).toMatchObject({ error: { code: -32_601 } });
});

test('a cancelled turn takes its questions and its terminals with it', async () => {
  const ended: (number | null)[] = [];
  const endSince = (ticks: number | null): Promise<number> => {
    ended.push(ticks);
    return Promise.resolve(0);
  };
  const { editor, agent, fromAgent, asking } = await connected(() => ({ kind: 'no_objection' }), { endSince });
  editor.say({ id: 2, method: 'session/prompt', params: { sessionId: 's', prompt: [] } });
  await settled();
  await fromAgent(4, 'terminal/create', { command: 'make' });
  editor.say({ id: editor.last('terminal/create')?.['id'], result: { terminalId: 't' } });
  await asking(5, edit);
  editor.say({ method: 'session/cancel', params: { sessionId: 's' } });
  await settled();
  expect(agent.answer(5)).toMatchObject({ result: cancelled });
  expect(editor.last('$/cancel_request')?.['params']).toEqual({
    requestId: editor.last('session/request_permission')?.['id'],
  });
  expect(editor.last('terminal/kill')?.['params']).toMatchObject({ terminalId: 't' });
  agent.say({ id: agent.last('session/prompt')?.['id'], result: { stopReason: 'cancelled' } });
  await vi.waitFor(() => expect(editor.answer(2)).toMatchObject({ result: { stopReason: 'cancelled' } }), 10_000);
  // What it started was ended before the editor was told.
  expect(ended).toEqual([1]);
});

test('an end answers whoever waits: a turn as cancelled, and anything after it as over', async () => {
  const { editor, agent, proxy } = await connected(() => ({ kind: 'allow' }));
  editor.say({ id: 2, method: 'session/prompt', params: { sessionId: 's', prompt: [] } });
  await settled();
  proxy.end('revoked by owner');
  await settled();
  expect(agent.last('session/cancel')).toBeDefined();
  expect(editor.answer(2)).toMatchObject({ result: { stopReason: 'cancelled' } });
  expect(JSON.stringify(editor.last('session/update'))).toContain('revoked by owner');
  editor.say({ id: 3, method: 'session/new', params: { cwd: '/w', mcpServers: [] } });
  await settled();
  expect(editor.answer(3)).toMatchObject({ error: { message: 'the session is over' } });
});

test('a mode that does not ask is held where the agent offers none that does', async () => {
  const { agent, blind } = await connected(() => ({ kind: 'allow' }));
  const update = { sessionUpdate: 'current_mode_update', currentModeId: 'yolo' };
  agent.say({ method: 'session/update', params: { sessionId: 's', update } });
  await settled();
  expect(blind).toEqual(['it went into the mode `yolo`, which does not ask']);
});
