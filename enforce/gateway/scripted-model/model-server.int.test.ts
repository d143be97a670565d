/** The server as a whole: its process, its log, waiting for requests, and clients that leave. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { textField } from './json.ts';
import { startModelServer } from './model-server.ts';
import { playing, post, postJson } from './testing.ts';

const ask = { model: 'stub-model', messages: [{ role: 'user', content: 'go' }] };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'writ-model-server-'));
});
afterEach(() => rm(folder, { recursive: true, maxRetries: 5 }));

function main(...args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  const file = join(import.meta.dirname, 'main.ts');
  return spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

test('as a process it prints its address, logs what it was asked, and ends on SIGTERM', async () => {
  const script = join(folder, 'script.json');
  const log = join(folder, 'log.ndjson');
  await writeFile(script, JSON.stringify({ turns: [{ say: 'hi' }] }));
  const child = main('--script', script, '--port', '0', '--log', log);
  const exited = once(child, 'exit');
  try {
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const first = await lines.next();
    const url = textField(JSON.parse(String(first.value)), 'url');
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(ask) });
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'hi' } }] });
  } finally {
    child.kill('SIGTERM');
  }
  expect(await exited).toEqual([0, null]);
  const logged = (await readFile(log, 'utf8')).trimEnd().split('\n');
  expect(logged.map((line) => JSON.parse(line))).toEqual([
    {
      at: expect.any(Number),
      format: 'chat',
      path: '/v1/chat/completions',
      model: 'stub-model',
      stream: false,
      messages: 1,
      tools: [],
      lastUserText: 'go',
      lastToolResults: [],
      conversation: expect.stringMatching(/^[0-9a-f]{16}$/),
      played: 0,
      status: 200,
    },
  ]);
});

test('a script may be a TypeScript module', async () => {
  const script = join(folder, 'script.ts');
  await writeFile(script, `export default { turns: [{ say: 'typed' as string }] };`);
  const child = main('--script', script);
  const exited = once(child, 'exit');
  const first = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  expect(String(first.value)).toContain('http://127.0.0.1:');
  child.kill('SIGTERM');
  await exited;
});

test('a bad script ends the process with code 2 and says where it is bad', async () => {
  const script = join(folder, 'script.json');
  await writeFile(script, JSON.stringify({ turns: [{ sya: 'hi' }] }));
  const child = main('--script', script);
  const exited = once(child, 'exit');
  let why = '';
  for await (const chunk of child.stderr) why += String(chunk);
  expect(await exited).toEqual([2, null]);
  expect(why).toBe('`turns[0]` has no `sya`; it knows when, say, tools, usage, delayMs, status\n');
});

test('`asked` gives a past request at once, and one to come when it comes', async () => {
  await using server = await playing({ say: 'one' }, { say: 'two' });
  const coming = server.asked((request) => request.played === 0);
  await postJson(server, '/v1/chat/completions', ask);
  expect((await coming).lastUserText).toBe('go');
  expect(await server.asked((request) => request.played === 0)).toBe(await coming);
});

test('`asked` rejects when the server closes first', async () => {
  const server = await startModelServer({ script: { turns: [] } });
  const never = expect(server.asked(() => true)).rejects.toThrow('closed before');
  await server[Symbol.asyncDispose]();
  await never;
});

test('a client that leaves a delayed answer does not hold up the server, nor does closing it', async () => {
  await using server = await playing({ say: 'late', delayMs: 600_000 });
  const leaving = new AbortController();
  const request = fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(ask),
    signal: leaving.signal,
  });
  const left = expect(request).rejects.toThrow();
  await server.asked((asked) => asked.played === 0);
  leaving.abort();
  await left;
});

test('what is not served is said so, and a body that is not JSON is refused', async () => {
  await using server = await playing();
  const unknown = await post(server, '/v1/embeddings', {});
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toEqual({ error: { message: '`POST /v1/embeddings` is not served here' } });
  const broken = await fetch(`${server.url}/v1/messages`, { method: 'POST', body: '{' });
  expect(broken.status).toBe(400);
  expect(await broken.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
});

test('ids differ between servers, so a conversation can outlive one', async () => {
  await using one = await playing({ say: 'x' });
  await using two = await playing({ say: 'x' });
  const ids = await Promise.all([one, two].map(async (s) => textField(await postJson(s, '/v1/messages', ask), 'id')));
  expect(new Set(ids).size).toBe(2);
});
