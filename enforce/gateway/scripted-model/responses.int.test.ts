import { expect, test } from 'vitest';

import { field, textField } from './json.ts';
import { framesOf, playing, post, postJson, writeTurn } from './testing.ts';

const ask = {
  model: 'gpt-5.1-codex',
  instructions: 'you are a test',
  tools: [{ type: 'function', name: 'write', parameters: {} }],
  input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'write it' }] }],
};

test('a whole response has the message, the call and the usage', async () => {
  await using server = await playing(writeTurn);
  expect(await postJson(server, '/v1/responses', ask)).toMatchObject({
    object: 'response',
    status: 'completed',
    output: [
      {
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'I write the “file” now.' }],
      },
      {
        type: 'function_call',
        call_id: expect.stringMatching(/^call_/),
        name: 'write',
        arguments: '{"path":"a.txt","content":"grüße 🚀"}',
      },
    ],
    usage: {
      input_tokens: 16,
      input_tokens_details: { cached_tokens: 5 },
      output_tokens: 7,
      total_tokens: 23,
    },
  });
});

test('a stream goes from response.created to response.completed in numbered events', async () => {
  await using server = await playing(writeTurn);
  const stream = await (await post(server, '/v1/responses', { ...ask, stream: true })).text();
  expect(stream).not.toContain('[DONE]');
  const frames = framesOf(stream);
  for (const [index, frame] of frames.entries()) {
    expect(frame.data).toMatchObject({ type: frame.event, sequence_number: index });
  }
  const order = frames.map((frame) => frame.event).filter((event, index, all) => event !== all[index - 1]);
  expect(order).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.output_item.done',
    'response.completed',
  ]);
  const deltas = (event: string): string =>
    frames.map((frame) => (frame.event === event ? textField(frame.data, 'delta') : '')).join('');
  expect(deltas('response.output_text.delta')).toBe('I write the “file” now.');
  expect(JSON.parse(deltas('response.function_call_arguments.delta'))).toEqual({ path: 'a.txt', content: 'grüße 🚀' });
  expect(field(frames[0]?.data, 'response')).toMatchObject({ status: 'in_progress', usage: null });
  expect(field(frames.at(-1)?.data, 'response')).toMatchObject({ status: 'completed', usage: { total_tokens: 23 } });
});

test('a free-text tool is called with text, and a grouped one by its group', async () => {
  await using server = await playing({
    tools: [
      { name: 'apply_patch', input: '*** Begin Patch' },
      { name: 'mcp__fs__read', input: { path: 'a' } },
    ],
  });
  const tools = [
    { type: 'custom', name: 'apply_patch' },
    { type: 'namespace', name: 'mcp__fs', tools: [{ type: 'function', name: 'read' }] },
  ];
  expect(await postJson(server, '/v1/responses', { ...ask, tools })).toMatchObject({
    output: [
      { type: 'custom_tool_call', name: 'apply_patch', input: '*** Begin Patch' },
      { type: 'function_call', name: 'read', namespace: 'mcp__fs', arguments: '{"path":"a"}' },
    ],
  });
  expect(server.requests[0]?.tools).toEqual(['apply_patch', 'mcp__fs__read']);
});

test('a result finds its tool by the call in the history', async () => {
  await using server = await playing({ when: { hasToolResultFor: 'write', systemContains: 'a test' }, say: 'saw it' });
  const input = [
    ...ask.input,
    { type: 'reasoning', summary: [] },
    { type: 'function_call', call_id: 'call_1', name: 'write', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'denied' },
  ];
  const body = await postJson(server, '/v1/responses', { ...ask, input });
  expect(body).toMatchObject({ output: [{ content: [{ text: 'saw it' }] }] });
  expect(server.requests[0]).toMatchObject({
    format: 'responses',
    lastUserText: 'write it',
    lastToolResults: [{ tool: 'write', text: 'denied' }],
  });
});

test('input may be one text', async () => {
  await using server = await playing({ when: { lastUserContains: 'hello' }, say: 'hi' });
  const body = await postJson(server, '/v1/responses', { model: 'gpt-5.1', input: 'hello you' });
  expect(body).toMatchObject({ output: [{ content: [{ text: 'hi' }] }] });
});
