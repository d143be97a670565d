/** A connection ends its own process, and nobody else's of the same server. */
import { expect, test } from 'vitest';
import type { Message } from './json-rpc.ts';
import { idOf, request } from './json-rpc.ts';
import type { McpServer } from './mcp-server.ts';
import { openUpstream } from './upstream.ts';

const script = `process.stdin.on('data', (chunk) => {
  for (const line of String(chunk).split('\\n').filter(Boolean))
    console.log(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(line).id, result: { pid: process.pid } }));
});`;

function connect() {
  const replies = new Map<unknown, (message: Message) => void>();
  const ended = Promise.withResolvers<string>();
  const launch: McpServer['launch'] = {
    ...{ kind: 'stdio', argv: [process.execPath, '-e', script], cwd: process.cwd(), env: {} },
  };
  // A server over pipes is never signed in to.
  const tokens = { token: () => undefined, renew: () => Promise.reject(new Error('signs in nowhere')) };
  const upstream = openUpstream(
    { name: 'ledger', project: 'p', launch, fenced: false, tools: {}, trusted: [] },
    { onMessage: (message) => replies.get(idOf(message))?.(message), onEnd: ended.resolve },
    tokens,
  );
  return {
    end: () => upstream.end(),
    pid: (id: string): Promise<unknown> =>
      Promise.race([
        new Promise<unknown>((resolve) => {
          replies.set(id, ({ result }) => resolve(result));
          upstream.send(request(id, 'ping', {}));
        }),
        ended.promise,
      ]),
  };
}

test('a connection that ends leaves another to the same server what it was', async () => {
  const first = connect();
  await first.pid('a');
  const second = connect();
  const other = await second.pid('b');
  try {
    await first.end();
    expect(await second.pid('c')).toEqual(other);
  } finally {
    await second.end();
  }
});
