/**
 * An MCP server that wants OAuth, and its authorization server, on free ports of this machine (MCP 2026-07-28, Authorization). Whoever comes to its authorization
 * endpoint is its person, who says yes. It checks what a careful one checks: PKCE, the redirect, the resource, and that a refresh token is used once.
 */

import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';

type Json = Readonly<Record<string, unknown>>;

export type OAuthTwist = {
  /** What the server says of itself beside what it should. */
  readonly resource?: Json;
  /** What the authorization server says of itself beside what it should. */
  readonly issuer?: Json;
  /** The issuer in the answer to the redirect; null leaves it out. */
  readonly iss?: string | null;
};

export interface OAuthMcpServer extends AsyncDisposable {
  readonly url: string;
  readonly issuer: string;
  /** Every request to the authorization server, as `POST /token`. */
  readonly asked: readonly string[];
  /** The bearer of each request to the MCP server. */
  readonly bearers: readonly string[];
  /** No access token given so far counts any more. */
  expire(): void;
  /** No refresh token given so far counts any more. */
  endSignIns(): void;
}

/** Starts both. */
export async function startOAuthMcpServer(twist: OAuthTwist = {}): Promise<OAuthMcpServer> {
  const asked: string[] = [];
  const bearers: string[] = [];
  const clients = new Map<string, readonly string[]>();
  const codes = new Map<string, Readonly<Record<string, string>>>();
  let access = new Map<string, string>();
  let refresh = new Set<string>();
  const urls = { issuer: '', url: '' };

  const give = (resource: string): Json => {
    const [token, next] = [`access-${randomUUID()}`, `refresh-${randomUUID()}`];
    access.set(token, resource);
    refresh.add(next);
    return { access_token: token, token_type: 'Bearer', expires_in: 3_600, refresh_token: next };
  };
  const tokenFor = (form: URLSearchParams): Json | null => {
    const of = (name: string): string => form.get(name) ?? '';
    if (of('grant_type') === 'refresh_token')
      return refresh.delete(of('refresh_token')) && of('resource') === urls.url ? give(of('resource')) : null;
    const code = codes.get(of('code'));
    codes.delete(of('code'));
    const isSame =
      code?.['client_id'] === of('client_id') &&
      code['redirect_uri'] === of('redirect_uri') &&
      code['resource'] === of('resource') &&
      code['code_challenge'] === createHash('sha256').update(of('code_verifier')).digest('base64url');
    return isSame ? give(of('resource')) : null;
  };

  const authorizationServer = await listening((request, response) => {
    void (async () => {
      const { pathname, searchParams: query } = new URL(request.url ?? '/', urls.issuer);
      asked.push(`${request.method ?? ''} ${pathname}`);
      const body = await bodyOf(request);
      const json = (status: number, value: Json): void =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      if (pathname === '/.well-known/oauth-authorization-server')
        return json(200, {
          issuer: urls.issuer,
          authorization_endpoint: `${urls.issuer}/authorize`,
          token_endpoint: `${urls.issuer}/token`,
          registration_endpoint: `${urls.issuer}/register`,
          response_types_supported: ['code'],
          grant_types_supported: ['authorization_code', 'refresh_token'],
          token_endpoint_auth_methods_supported: ['none'],
          code_challenge_methods_supported: ['S256'],
          authorization_response_iss_parameter_supported: true,
          ...twist.issuer,
        });
      if (pathname === '/register') {
        const metadata = JSON.parse(body) as { readonly redirect_uris: readonly string[] };
        const id = `client-${randomUUID()}`;
        clients.set(id, metadata.redirect_uris);
        return json(201, { ...metadata, client_id: id });
      }
      if (pathname === '/authorize') {
        const given = Object.fromEntries(query);
        const redirect = given['redirect_uri'] ?? '';
        if (clients.get(given['client_id'] ?? '')?.includes(redirect) !== true) return json(400, {});
        const code = randomUUID();
        codes.set(code, given);
        const back = new URL(redirect);
        back.searchParams.set('code', code);
        back.searchParams.set('state', given['state'] ?? '');
        const iss = twist.iss === undefined ? urls.issuer : twist.iss;
        if (iss !== null) back.searchParams.set('iss', iss);
        return void response.writeHead(302, { location: back.href }).end();
      }
      if (pathname !== '/token') return json(404, {});
      const given = tokenFor(new URLSearchParams(body));
      return given === null ? json(400, { error: 'invalid_grant' }) : json(200, given);
    })().catch(() => response.destroy());
  });
  urls.issuer = authorizationServer.origin;

  const server = await listening((request, response) => {
    void (async () => {
      const metadata = `${new URL(urls.url).origin}/.well-known/oauth-protected-resource/mcp`;
      if (request.url === new URL(metadata).pathname) {
        const described = { resource: urls.url, authorization_servers: [urls.issuer], ...twist.resource };
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(described));
      }
      const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? 'none';
      bearers.push(bearer);
      if (access.get(bearer) !== urls.url)
        return void response.writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }).end();
      const mcp = new McpServer({ name: 'tracker', version: '1.0.0' });
      mcp.registerTool('list_issues', { description: 'Lists.', annotations: { readOnlyHint: true } }, () => ({
        content: [{ type: 'text', text: 'one issue' }],
      }));
      const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
      await mcp.connect(transport);
      const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
      const { method = 'GET' } = request;
      const answer = await transport.handleRequest(
        new Request(urls.url, { method, headers, ...(method === 'POST' && { body: await bodyOf(request) }) }),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    })().catch(() => response.destroy());
  });
  urls.url = `${server.origin}/mcp`;

  return {
    ...urls,
    asked,
    bearers,
    expire: () => void (access = new Map()),
    endSignIns: () => void (refresh = new Set()),
    async [Symbol.asyncDispose]() {
      await Promise.all([close(authorizationServer.server), close(server.server)]);
    },
  };
}

async function listening(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { server, origin: `http://127.0.0.1:${String(address.port)}` };
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  // IncomingMessage yields Buffers while no encoding is set.
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
