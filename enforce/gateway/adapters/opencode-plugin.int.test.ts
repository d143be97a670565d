/** The plugin for opencode, as opencode calls it: a call runs after an answer that allows it, and after nothing else. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';

type Hooks = Readonly<Record<string, (...args: readonly unknown[]) => Promise<void>>>;
type Plugin = { readonly Writ: (place: object) => Promise<Hooks> };
type Body = { readonly event: string; readonly helper: { readonly id: string } | null };

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The hooks of a plugin whose endpoint answers so, and what it was sent. */
async function plugged(answer: string, status = 200) {
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
  };
  const hooks = await Writ({ client, directory: '/repo' });
  const call = (sessionID: string) =>
    hooks['tool.execute.before']?.({ tool: 'bash', sessionID, callID: 'c' }, { args: { command: 'make' } });
  return { call, got, close: () => server.close() };
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
