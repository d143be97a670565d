/**
 * An MCP server over Streamable HTTP that speaks 2026-07-28 and nothing before, by the official library, on a free port of this machine. `where` says what it was asked about, which has to stand in a header, too; `wait`
 * answers when its request is cancelled.
 */

import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server';
import { z } from 'zod';

export type ModernHttpServer = AsyncDisposable & {
  readonly url: string;
  /** The headers of each call of a tool there was. */
  readonly calls: readonly IncomingHttpHeaders[];
  /** `waiting` and `cancelled`, as they came. */
  readonly notes: readonly string[];
};

export async function startModernHttpServer(): Promise<ModernHttpServer> {
  const calls: IncomingHttpHeaders[] = [];
  const notes: string[] = [];
  const said = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
  const handler = createMcpHandler(
    () => {
      const server = new McpServer({ name: 'modern', version: '1.0.0' });
      server.registerTool(
        'where',
        {
          description: 'Says where.',
          inputSchema: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }),
          annotations: { readOnlyHint: true },
        },
        ({ region }) => said(`in ${region}`),
      );
      const annotations = { readOnlyHint: false, destructiveHint: false };
      server.registerTool('wait', { description: 'Waits.', annotations }, ({ mcpReq }) => {
        notes.push('waiting');
        return new Promise((resolve) => {
          mcpReq.signal.addEventListener('abort', () => {
            notes.push('cancelled');
            resolve(said('stopped'));
          });
        });
      });
      return server;
    },
    { legacy: 'reject' },
  );
  const server = createServer((request, response) => {
    void (async () => {
      if (request.headers['mcp-method'] === 'tools/call') calls.push(request.headers);
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
      const { method = 'GET' } = request;
      const body = method === 'POST' ? { body: await text(request) } : {};
      const url = `http://${request.headers.host ?? ''}${request.url ?? ''}`;
      const answer = await handler.fetch(new Request(url, { method, headers, signal: gone.signal, ...body }));
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      if (answer.body === null) response.end();
      // The web's stream, as Node reads it.
      else
        Readable.fromWeb(answer.body)
          .on('error', () => response.destroy())
          .pipe(response);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    ...{ url: `http://127.0.0.1:${String(address.port)}/mcp`, calls, notes },
    async [Symbol.asyncDispose]() {
      await handler.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
