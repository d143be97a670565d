/** The plugin for opencode, as opencode calls it: a call runs after an answer that allows it, and after nothing else. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';

type Hooks = Readonly<Record<string, (...args: readonly unknown[]) => Promise<void>>>;
type Plugin = { readonly Writ: (place: object) => Promise<Hooks> };
type Body = { readonly event: string; readonly helper: { readonly id: string } | null };

/** Asks again until what the plugin does by itself is done. */
const soon = (holds: () => void) => vi.waitFor(holds, 10_000);

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The hooks of a plugin whose endpoint answers so, and what it was sent. */
async function plugged(answer: string, status = 200) {
  const replied: object[] = [];
  const got: Body[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      got.push(JSON.parse(text) as Body); // the plugin's own
      response.writeHead(status, { location: 'http://127.0.0.1:9/' }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('WRIT_HOOK_URL', `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`); // it listens on TCP
  vi.stubEnv('WRIT_HOOK_TOKEN', 't');
  vi.resetModules();
  const { Writ } = (await import(new URL('opencode-plugin.mjs', import.meta.url).href)) as Plugin; // a module without types
  const sessions: Readonly<Record<string, object>> = { s1: {}, s2: { parentID: 's1', agent: 'general' } };
  const client = {
    session: { get: ({ path }: { path: { id: string } }) => Promise.resolve({ data: sessions[path.id] }) },
    _client: {
      post: ({ url, path, body }: Record<string, object>) => Promise.resolve(replied.push({ url, path, body })),
    },
  };
  const hooks = await Writ({ client, directory: '/repo' });
  const call = (sessionID: string) =>
    hooks['tool.execute.before']?.({ tool: 'bash', sessionID, callID: 'c' }, { args: { command: 'make' } });
  const before = (tool: string, callID: string, args: object) =>
    hooks['tool.execute.before']?.({ tool, sessionID: 's1', callID }, { args });
  const event = (type: string, properties: object) => hooks['event']?.({ event: { type, properties } });
  return { call, before, event, got, replied, close: () => server.close() };
}

test.each([
  ['nothing', '', 200],
  ['garbage', '<<no>>', 200],
  ['an object that says nothing', '{}', 200],
  ['a yes that is none', '{"allow":"true"}', 200],
  ['an error', '{"allow":true}', 500],
  ['another address', '{"allow":true}', 302],
])('after %s no call runs', async (_, answer, status) => {
  const { call, close } = await plugged(answer, status);
  await expect(call('s1')).rejects.toThrow(/writ/);
  close();
});

test('where nobody listens no call runs', async () => {
  const { call, close } = await plugged('{"allow":true}');
  close();
  vi.stubEnv('WRIT_HOOK_URL', 'http://127.0.0.1:9/');
  await expect(call('s3')).rejects.toThrow(/writ/);
});

test('a call is told with whose it is, and one of a session that nobody knows does not run', async () => {
  const { call, got, close } = await plugged('{"allow":true}');
  await call('s1');
  await call('s2');
  await expect(call('s3')).rejects.toThrow('does not know this session');
  expect(got).toMatchObject([{ helper: null }, { helper: { id: 's2', kind: 'general' } }]);
  close();
});

test('the reason of a no is what the model reads', async () => {
  const { call, close } = await plugged('{"refuse":"not in what was approved"}');
  await expect(call('s1')).rejects.toThrow('not in what was approved');
  close();
});

test.each([
  ['{"allow":true}', [{ url: '/permission/{requestID}/reply', path: { requestID: 'p1' }, body: { reply: 'once' } }]],
  ['{"refuse":"a person said no"}', [{ body: { reply: 'reject', message: 'a person said no' } }]],
  ['{}', []],
])('a prompt of its own that is answered with %s is answered there, or left', async (answer, expected) => {
  const { event, got, replied, close } = await plugged(answer);
  const asked = { id: 'p1', sessionID: 's1', permission: 'bash', patterns: ['make'], tool: { callID: 'c' } };
  await event('permission.asked', asked);
  await soon(() => expect(got).toMatchObject([{ event: 'permission.asked', call: 'c', what: 'bash make' }]));
  await soon(() => expect(replied).toMatchObject(expected));
  // That it goes in circles is nobody's but its person's to look at.
  await event('permission.asked', { ...asked, permission: 'doom_loop' });
  await soon(() => expect(got).toMatchObject([{}, { call: '' }]));
  close();
});

test('what people answered to a question of its model goes in by its own route, once', async () => {
  const { before, event, got, replied, close } = await plugged('{"allow":true,"answers":{"Which?":"SQLite"}}');
  const questions = [{ question: 'Which?' }];
  await before('question', 'c1', { questions });
  const asked = { id: 'q1', sessionID: 's1', questions, tool: { callID: 'c1' } };
  await event('question.asked', asked);
  await soon(() =>
    expect(replied).toEqual([
      { url: '/question/{requestID}/reply', path: { requestID: 'q1' }, body: { answers: [['SQLite']] } },
    ]),
  );
  // One that nobody was asked about is its own.
  await event('question.asked', { ...asked, tool: { callID: 'c2' } });
  await soon(() => expect(got).toMatchObject([{}, { event: 'question.asked' }]));
  expect(replied).toHaveLength(1);
  close();
});
