/** An MCP server over Streamable HTTP, on a free port of this machine: one tool that says how it was called. It answers nobody without its token. */

import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';

export type HttpMcpServer = AsyncDisposable & {
  readonly url: string;
  /** The authorization of each request there was. */
  readonly seen: readonly string[];
};

/** Starts it; `token` is the bearer it wants. */
export async function startHttpMcpServer(token: string): Promise<HttpMcpServer> {
  const seen: string[] = [];
  let calls = 0;
  const server = createServer((request, response) => {
    void (async () => {
      seen.push(request.headers.authorization ?? 'none');
      if (request.headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end();
      const mcp = new McpServer({ name: 'counter', version: '1.0.0' });
      mcp.registerTool(
        'post_entry',
        { description: 'Counts.', annotations: { readOnlyHint: false, destructiveHint: false } },
        () => ({ content: [{ type: 'text', text: `call ${String((calls += 1))}` }] }),
      );
      // Without sessions: each request stands by itself.
      const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
      await mcp.connect(transport);
      const answer = await transport.handleRequest(await asRequest(request));
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}/mcp`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function asRequest(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  // IncomingMessage yields Buffers while no encoding is set.
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const { method = 'GET' } = request;
  const body = method === 'POST' ? { body: Buffer.concat(chunks) } : {};
  return new Request(`http://${request.headers.host ?? ''}${request.url ?? ''}`, { method, headers, ...body });
}
