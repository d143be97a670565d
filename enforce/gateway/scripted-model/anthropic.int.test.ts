import { expect, test } from 'vitest';

import { field, textField } from './json.ts';
import { framesOf, playing, post, postJson, writeTurn } from './testing.ts';

const ask = {
  model: 'claude-sonnet-4-5',
  max_tokens: 100,
  system: [{ type: 'text', text: 'you are a test' }],
  tools: [{ name: 'write', input_schema: { type: 'object' } }],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'write it' }] }],
};

test('a whole message has text, the call, the stop reason and the usage', async () => {
  await using server = await playing(writeTurn);
  const response = await post(server, '/v1/messages?beta=true', ask);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toMatchObject({
    id: expect.stringMatching(/^msg_/),
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [
      { type: 'text', text: 'I write the “file” now.' },
      {
        type: 'tool_use',
        id: expect.stringMatching(/^toolu_/),
        name: 'write',
        input: { path: 'a.txt', content: 'grüße 🚀' },
      },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: 11, output_tokens: 7, cache_read_input_tokens: 5, cache_creation_input_tokens: 0 },
  });
});

test('a stream goes from message_start to message_stop, block by block', async () => {
  await using server = await playing(writeTurn);
  const response = await post(server, '/v1/messages', { ...ask, stream: true });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const frames = framesOf(await response.text());
  for (const frame of frames) expect(frame.event).toBe(field(frame.data, 'type'));

  const order = frames.map((frame) => frame.event).filter((event, index, all) => event !== all[index - 1]);
  expect(order).toEqual([
    'message_start',
    'content_block_start',
    'ping',
    'content_block_delta',
    'content_block_stop',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  const deltas = frames.map((frame) => field(frame.data, 'delta'));
  expect(deltas.map((delta) => textField(delta, 'text')).join('')).toBe('I write the “file” now.');
  const json = deltas.map((delta) => textField(delta, 'partial_json'));
  expect(json.filter((part) => part !== '').length).toBeGreaterThan(1);
  expect(JSON.parse(json.join(''))).toEqual({ path: 'a.txt', content: 'grüße 🚀' });
});

test('a stream reports input usage at its start and output usage at its end', async () => {
  await using server = await playing(writeTurn);
  const frames = framesOf(await (await post(server, '/v1/messages', { ...ask, stream: true })).text());
  expect(frames.at(0)?.data).toMatchObject({ message: { usage: { input_tokens: 11, cache_read_input_tokens: 5 } } });
  expect(frames.at(-2)?.data).toMatchObject({ delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 7 } });
});

test('an answer without calls ends the turn', async () => {
  await using server = await playing({ say: 'no' });
  expect(await postJson(server, '/v1/messages', ask)).toMatchObject({
    stop_reason: 'end_turn',
    content: [{ text: 'no' }],
  });
});

test('a result finds its tool by the call in the history', async () => {
  await using server = await playing(
    { when: { hasToolResultFor: 'read' }, say: 'skipped' },
    { when: { hasToolResultFor: 'write', systemContains: 'a test' }, say: 'saw it' },
  );
  const messages = [
    ...ask.messages,
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'write', input: {} }] },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'denied' }], is_error: true },
        { type: 'text', text: '<system-reminder>be nice</system-reminder>' },
      ],
    },
  ];
  expect(await postJson(server, '/v1/messages', { ...ask, messages })).toMatchObject({ content: [{ text: 'saw it' }] });
  expect(server.requests[0]).toMatchObject({
    format: 'anthropic',
    messages: 3,
    tools: ['write'],
    lastUserText: 'write it',
    lastToolResults: [{ tool: 'write', text: 'denied', isError: true }],
    played: 1,
  });
});

test('a scripted failure has the status and the error type, and the retry gets the next turn', async () => {
  await using server = await playing({ status: 529, say: 'too busy' }, { say: 'back' });
  const response = await post(server, '/v1/messages', ask);
  expect(response.status).toBe(529);
  expect(await response.json()).toEqual({ type: 'error', error: { type: 'overloaded_error', message: 'too busy' } });
  expect(await postJson(server, '/v1/messages', ask)).toMatchObject({ content: [{ text: 'back' }] });
});

test('counting tokens and listing models consume no turn', async () => {
  await using server = await playing({ say: 'first' });
  expect(await postJson(server, '/v1/messages/count_tokens', ask)).toEqual({ input_tokens: expect.any(Number) });
  const list = await fetch(`${server.url}/v1/models`, { headers: { 'anthropic-version': '2023-06-01' } });
  expect(await list.json()).toMatchObject({ first_id: 'claude-sonnet-4-5', has_more: false });
  expect(server.requests).toEqual([]);
  expect(await postJson(server, '/v1/messages', ask)).toMatchObject({ content: [{ text: 'first' }] });
});
