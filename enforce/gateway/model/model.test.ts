/** What is read of calls of models and of their answers, in each format, whole and as a stream. */

import { expect, test } from 'vitest';
import type { ModelFormat } from './model-call.ts';
import { modelFormat, readModelCall, refusedCall } from './model-call.ts';
import { modelPrices } from './model-price.ts';
import { createUsageMeter } from './usage-meter.ts';

test.each([
  ['POST', '/v1/messages', 'anthropic'],
  ['POST', '/v1/messages?beta=true', 'anthropic'],
  ['POST', '/v1/messages/count_tokens', 'anthropic'],
  ['POST', '/v1/chat/completions', 'chat'],
  ['POST', '/v1/responses', 'responses'],
  ['POST', '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse', 'gemini'],
  ['POST', '/v1beta/models/gemini-2.5-flash:generateContent', 'gemini'],
  ['GET', '/v1/messages', null],
  ['POST', '/v1/messages/batches', null],
  ['POST', '/v1/files', null],
  ['POST', '/v1beta/models/x:embedContent', null],
] as const)('%s %s is %s', (method, path, format) => {
  expect(modelFormat(method, path)).toBe(format);
});

test('a Chat Completions stream is told to end with its usage, and nothing else is changed', () => {
  const asked = { model: 'gpt-5', stream: true, messages: [{ role: 'user', content: 'hi' }] };
  const call = readModelCall('chat', '/v1/chat/completions', Buffer.from(JSON.stringify(asked)));
  expect(JSON.parse(String(call?.body))).toEqual({ ...asked, stream_options: { include_usage: true } });
  const whole = Buffer.from(JSON.stringify({ ...asked, stream: false }));
  expect(readModelCall('chat', '/v1/chat/completions', whole)?.body).toBe(whole);
  const other = Buffer.from(JSON.stringify(asked));
  expect(readModelCall('anthropic', '/v1/messages', other)).toMatchObject({ model: 'gpt-5', body: other });
  expect(readModelCall('gemini', '/v1beta/models/gemini-x:generateContent', Buffer.from('{}'))?.model).toBe('gemini-x');
  expect(readModelCall('anthropic', '/v1/messages', Buffer.from('no JSON'))).toBeNull();
});

const sse = (...events: readonly unknown[]): string =>
  `${events.map((event) => `event: x\ndata: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`;
const used = { input: 1200, output: 50, cacheRead: 200, cacheWrite: 0 };

test.each<readonly [ModelFormat, string, string]>([
  [
    'anthropic',
    'application/json',
    JSON.stringify({ usage: { input_tokens: 1000, output_tokens: 50, cache_read_input_tokens: 200 } }),
  ],
  [
    'anthropic',
    'text/event-stream; charset=utf-8',
    sse(
      {
        type: 'message_start',
        message: { usage: { input_tokens: 1000, cache_read_input_tokens: 200, output_tokens: 1 } },
      },
      { type: 'content_block_delta', delta: { text: 'usage' } },
      { type: 'message_delta', usage: { output_tokens: 50 } },
    ),
  ],
  [
    'chat',
    'application/json',
    JSON.stringify({
      usage: { prompt_tokens: 1200, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 200 } },
    }),
  ],
  [
    'chat',
    'text/event-stream',
    sse(
      { choices: [{ delta: { content: 'hi' } }], usage: null },
      {
        choices: [],
        usage: { prompt_tokens: 1200, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 200 } },
      },
    ),
  ],
  [
    'responses',
    'text/event-stream',
    sse(
      { type: 'response.created', response: { usage: null } },
      {
        type: 'response.completed',
        response: { usage: { input_tokens: 1200, output_tokens: 50, input_tokens_details: { cached_tokens: 200 } } },
      },
    ),
  ],
  [
    'gemini',
    'text/event-stream',
    sse(
      { usageMetadata: { promptTokenCount: 1200, cachedContentTokenCount: 200 } },
      {
        usageMetadata: {
          promptTokenCount: 1200,
          candidatesTokenCount: 30,
          thoughtsTokenCount: 20,
          cachedContentTokenCount: 200,
        },
      },
    ),
  ],
  [
    'gemini',
    'application/json',
    JSON.stringify([
      { usageMetadata: { promptTokenCount: 1200, candidatesTokenCount: 50, cachedContentTokenCount: 200 } },
    ]),
  ],
])('%s tells its use in %s, however it is cut into pieces', (format, type, text) => {
  for (const size of [1, 7, 4_096]) {
    const meter = createUsageMeter(format, type);
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) meter.take(bytes.subarray(at, at + size));
    expect(meter.usage()).toEqual(used);
    expect(meter.bytes).toBe(bytes.length);
  }
});

test.each(['anthropic', 'chat', 'responses', 'gemini'] as const)(
  'an answer of %s that does not say is not guessed',
  (format) => {
    for (const text of ['', '{}', '{"usage":null}', 'no JSON', '{"usage":{"input_tokens":-1}}']) {
      const meter = createUsageMeter(format, 'application/json');
      meter.take(Buffer.from(text));
      expect(meter.usage()).toBeNull();
    }
  },
);

test('a price is known or it is not: what is not known is no zero', async () => {
  const prices = await modelPrices('anthropic');
  const cost = prices.costMicros('claude-sonnet-4-5', { input: 1_000_000, output: 0, cacheRead: 0, cacheWrite: 0 });
  expect(cost).toBeGreaterThan(1_000_000);
  expect(cost).toBeLessThan(10_000_000);
  const tiny = prices.costMicros('claude-sonnet-4-5', { input: 1, output: 0, cacheRead: 0, cacheWrite: 0 });
  expect(tiny).toBeGreaterThan(0);
  expect(prices.costMicros('a-model-of-nobody', used)).toBeNull();
  expect(prices.costMicros('', used)).toBeNull();
});

test('a refusal has the shape of each provider, and a status that is not tried again', () => {
  const said = (['anthropic', 'chat', 'responses', 'gemini'] as const).map((format) => refusedCall(format, 'no'));
  expect(said.map(({ status }) => status)).toEqual([400, 403, 403, 403]);
  expect(said.map(({ body }): unknown => JSON.parse(body))).toEqual([
    { type: 'error', error: { type: 'invalid_request_error', message: 'no' } },
    { error: { message: 'no', type: 'permission_error', param: null, code: 'refused_by_writ' } },
    { error: { message: 'no', type: 'permission_error', param: null, code: 'refused_by_writ' } },
    { error: { code: 403, message: 'no', status: 'PERMISSION_DENIED' } },
  ]);
});
