import { expect, test } from 'vitest';

import { field, listField, textField } from './json.ts';
import { framesOf, playing, post, postJson, writeTurn } from './testing.ts';

const ask = {
  model: 'stub-model',
  tools: [{ type: 'function', function: { name: 'write', parameters: {} } }],
  messages: [
    { role: 'system', content: 'you are a test' },
    { role: 'user', content: 'write it' },
  ],
};

test('a whole completion has text, the call, the finish reason and the usage', async () => {
  await using server = await playing(writeTurn);
  const body = await postJson(server, '/v1/chat/completions', ask);
  expect(body).toMatchObject({
    object: 'chat.completion',
    model: 'stub-model',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'I write the “file” now.',
          tool_calls: [
            {
              id: expect.stringMatching(/^call_/),
              type: 'function',
              function: { name: 'write', arguments: '{"path":"a.txt","content":"grüße 🚀"}' },
            },
          ],
        },
        finish_reason: 'tool_calls',
      },
    ],
    usage: {
      prompt_tokens: 16,
      completion_tokens: 7,
      total_tokens: 23,
      prompt_tokens_details: { cached_tokens: 5 },
    },
  });
});

test('a stream gives the role, the text, the call in parts, the finish reason, the usage if asked, then [DONE]', async () => {
  await using server = await playing(writeTurn);
  const streamed = { ...ask, stream: true, stream_options: { include_usage: true } };
  const frames = framesOf(await (await post(server, '/v1/chat/completions', streamed)).text());
  expect(frames.at(-1)?.data).toBe('[DONE]');
  const chunks = frames.slice(0, -1).map((frame) => frame.data);
  for (const chunk of chunks) expect(chunk).toMatchObject({ object: 'chat.completion.chunk' });

  const deltas = chunks.map((chunk) => field(listField(chunk, 'choices')[0], 'delta'));
  expect(deltas[0]).toEqual({ role: 'assistant', content: '', refusal: null });
  expect(deltas.map((delta) => textField(delta, 'content')).join('')).toBe('I write the “file” now.');
  const calls = deltas.flatMap((delta) => listField(delta, 'tool_calls'));
  expect(calls[0]).toMatchObject({ index: 0, id: expect.stringMatching(/^call_/), function: { name: 'write' } });
  expect(calls.slice(1).every((call) => field(call, 'id') === undefined)).toBe(true);
  const written = calls.map((call) => textField(field(call, 'function'), 'arguments')).join('');
  expect(JSON.parse(written)).toEqual({ path: 'a.txt', content: 'grüße 🚀' });

  expect(chunks.at(-2)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'tool_calls' }], usage: null });
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 16, total_tokens: 23 } });
});

test('a stream that does not ask for usage has none', async () => {
  await using server = await playing(writeTurn);
  const stream = await (await post(server, '/v1/chat/completions', { ...ask, stream: true })).text();
  expect(stream).not.toContain('usage');
  expect(stream.endsWith('data: [DONE]\n\n')).toBe(true);
});

test('an answer without calls stops', async () => {
  await using server = await playing({ say: 'no' });
  const body = await postJson(server, '/v1/chat/completions', ask);
  expect(body).toMatchObject({ choices: [{ message: { content: 'no' }, finish_reason: 'stop' }] });
});

test('a result finds its tool by the call in the history', async () => {
  await using server = await playing({ when: { hasToolResultFor: 'write', systemContains: 'a test' }, say: 'saw it' });
  const call = { id: 'call_1', type: 'function', function: { name: 'write', arguments: '{}' } };
  const messages = [
    ...ask.messages,
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: 'denied' },
  ];
  const body = await postJson(server, '/v1/chat/completions', { ...ask, messages });
  expect(body).toMatchObject({ choices: [{ message: { content: 'saw it' } }] });
  expect(server.requests[0]).toMatchObject({
    format: 'chat',
    tools: ['write'],
    lastUserText: 'write it',
    lastToolResults: [{ tool: 'write', text: 'denied' }],
  });
});

test('a scripted failure has the status and an error body', async () => {
  await using server = await playing({ status: 429, say: 'slow down' });
  const response = await post(server, '/v1/chat/completions', ask);
  expect(response.status).toBe(429);
  expect(await response.json()).toMatchObject({ error: { type: 'rate_limit_error', message: 'slow down' } });
});
