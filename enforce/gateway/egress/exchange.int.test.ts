/** What a server answers that no server may: the agent may own that server, and everybody's runs hang on this process. */

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exchange } from './exchange.ts';
import type { Permitted } from './judged-request.ts';

let open: AsyncDisposableStack;
let head: string;
let ends: string[];
let gate: string;

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.defer(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return (server.address() as AddressInfo).port; // it listens on TCP
}

beforeEach(async () => {
  open = new AsyncDisposableStack();
  ends = [];
  const port = await listening(
    createServer((socket) => {
      socket.on('error', () => undefined); // it is let go of before it has said all
      socket.once('data', () => socket.end(Buffer.from(`${head}\r\nContent-Length: 5\r\n\r\nhello`, 'latin1')));
    }),
  );
  const permitted = (): Permitted => ({
    ok: true,
    over: (outcome, evidence) => void ends.push(`${outcome}: ${evidence}`),
    ask: () => undefined,
    onLost: () => undefined,
  });
  const target = {
    action: 'http.get',
    resource: `http://site.example:${String(port)}/`,
    destination: { host: '127.0.0.1', port, name: `site.example:${String(port)}` },
    secure: false,
    path: '/',
    authority: `site.example:${String(port)}`,
  } as const;
  gate = `http://127.0.0.1:${String(
    await listening(
      createHttpServer((_, response) => {
        const message = { method: 'GET', target, headers: {}, secrets: [], body: Buffer.alloc(0), model: null };
        exchange(message, permitted(), response, {
          exchanges: new Set(),
          resolve: () => Promise.resolve(['127.0.0.1']),
          allowances: () => ({ holds: () => true }),
          onFailed: (why) => response.writeHead(502, { connection: 'close' }).end(why),
        });
      }),
    ),
  )}/`;
});
afterEach(() => open.disposeAsync());

const asked = async (): Promise<string> => {
  const answer = await fetch(gate, { headers: { connection: 'close' } });
  return `${String(answer.status)} ${await answer.text()}`;
};

test.each(['HTTP/1.1 099 Less', 'HTTP/1.1 000 Nothing', 'HTTP/1.1 200 \u0001'])(
  '%j is no answer, its end is unknown, and the next request is served',
  async (answer) => {
    head = answer;
    expect(await asked()).toBe('502 its answer cannot be passed on');
    expect(ends).toEqual([expect.stringMatching(/^unknown: its answer cannot be passed on/)]);
    head = 'HTTP/1.1 200 OK';
    expect(await asked()).toBe('200 hello');
  },
);
