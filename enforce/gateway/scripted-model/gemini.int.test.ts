import { expect, test } from 'vitest';

import { field, listField, textField } from './json.ts';
import { framesOf, playing, post, postJson, writeTurn } from './testing.ts';

const model = '/v1beta/models/gemini-2.5-flash';
const ask = {
  systemInstruction: { role: 'user', parts: [{ text: 'you are a test' }] },
  tools: [{ functionDeclarations: [{ name: 'write' }] }],
  contents: [{ role: 'user', parts: [{ text: 'write it' }] }],
};
const usageMetadata = {
  promptTokenCount: 16,
  candidatesTokenCount: 7,
  totalTokenCount: 23,
  cachedContentTokenCount: 5,
};

function parts(chunk: unknown): readonly unknown[] {
  return listField(field(listField(chunk, 'candidates')[0], 'content'), 'parts');
}

test('a whole answer has text, the call, the finish reason and the usage', async () => {
  await using server = await playing(writeTurn);
  expect(await postJson(server, `${model}:generateContent`, ask)).toMatchObject({
    candidates: [
      {
        content: {
          role: 'model',
          parts: [
            { text: 'I write the “file” now.' },
            { functionCall: { name: 'write', args: { path: 'a.txt', content: 'grüße 🚀' } } },
          ],
        },
        finishReason: 'STOP',
      },
    ],
    usageMetadata,
    modelVersion: 'gemini-2.5-flash',
  });
});

test('a stream of events ends every line with CR LF, and only its last chunk finishes', async () => {
  await using server = await playing(writeTurn);
  const response = await post(server, `${model}:streamGenerateContent?alt=sse`, ask);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const chunks = framesOf(await response.text(), '\r\n').map((frame) => frame.data);
  const sent = chunks.flatMap(parts);
  expect(sent.map((part) => textField(part, 'text')).join('')).toBe('I write the “file” now.');
  expect(sent.at(-1)).toMatchObject({ functionCall: { name: 'write', args: { path: 'a.txt' } } });

  const finished = chunks.map((chunk) => field(listField(chunk, 'candidates')[0], 'finishReason'));
  expect(finished.at(-1)).toBe('STOP');
  expect(finished.slice(0, -1).every((reason) => reason === undefined)).toBe(true);
  expect(chunks.at(-1)).toMatchObject({ usageMetadata });
});

test('a stream without alt=sse is one list of chunks', async () => {
  await using server = await playing({ say: 'hello there' });
  const body = await postJson(server, `${model}:streamGenerateContent`, ask);
  expect(Array.isArray(body)).toBe(true);
  const chunks: readonly unknown[] = Array.isArray(body) ? body : [];
  const text = chunks.flatMap(parts).map((part) => textField(part, 'text'));
  expect(text.join('')).toBe('hello there');
});

test('a result names its own tool', async () => {
  await using server = await playing({ when: { hasToolResultFor: 'write', systemContains: 'a test' }, say: 'saw it' });
  const contents = [
    ...ask.contents,
    { role: 'model', parts: [{ functionCall: { name: 'write', args: {} } }] },
    { role: 'user', parts: [{ functionResponse: { name: 'write', response: { error: 'denied' } } }] },
  ];
  const body = await postJson(server, `${model}:generateContent`, { ...ask, contents });
  expect(parts(body)).toEqual([{ text: 'saw it' }]);
  expect(server.requests[0]).toMatchObject({
    format: 'gemini',
    model: 'gemini-2.5-flash',
    tools: ['write'],
    lastUserText: 'write it',
    lastToolResults: [{ tool: 'write', text: '{"error":"denied"}', isError: true }],
  });
});

test('counting tokens consumes no turn, and a failure has Google’s shape', async () => {
  await using server = await playing({ status: 429, say: 'quota' });
  expect(await postJson(server, `${model}:countTokens`, ask)).toEqual({ totalTokens: expect.any(Number) });
  const response = await post(server, `${model}:generateContent`, ask);
  expect(response.status).toBe(429);
  expect(await response.json()).toEqual({ error: { code: 429, message: 'quota', status: 'RESOURCE_EXHAUSTED' } });
});
