/** A real control server in a folder of its own, and the shortest ways to call it. */

import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { controlApi } from '@writ/protocol';
import type { ControlServerOptions } from '../control/control-server.ts';
import { startControlServer } from '../control/control-server.ts';

type Reply<Name extends keyof typeof controlApi> = (typeof controlApi)[Name]['reply']['_zod']['output'];
export type Mandate = Reply<'propose'>;
export type Begun = Reply<'begin'>;
export type Receipt = Reply<'revoke'>;

export type Sent = {
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly raw?: string;
};
export type Got<T> = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly json: T };

/** Sends one request as it is told to, `Host` and all. */
export async function send<T>(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  { token = null, headers = {}, raw }: Sent = {},
): Promise<Got<T>> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const sent = request(url + path, {
    method,
    agent: false,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...headers,
    },
  });
  // A server that refuses early may close while the rest is still being sent: that is heard after the answer, when `once` listens no more.
  sent.on('error', () => undefined);
  sent.end(text);
  // What the events of node:http carry.
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer); // no encoding is set
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    // The caller says what it expects, and asserts it.
    json: JSON.parse(Buffer.concat(parts).toString('utf8')) as T,
  };
}

export const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

export const proposal = (more: object = {}) => ({
  project: 'passkey',
  purpose: 'add passkeys',
  actor: 'builder',
  authorization_details: [
    {
      type: 'mission_resource_access',
      resource: 'git://passkey/refs/heads/writ',
      resource_match: 'prefix',
      actions: ['git.push'],
    },
  ],
  delegation: { max_depth: 2, max_children: 8, actors: 'any' },
  expires_at: inAnHour(),
  ...more,
});

export const push = (mandate: string) => ({
  mandate,
  action: 'git.push',
  resource: 'git://passkey/refs/heads/writ/x',
  parameters: { oid: 'abc' },
});

/** Starts it; dispose it at the end. */
export async function controlWorld(options: Omit<ControlServerOptions, 'dir'> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'writ-server-'));
  let server = await startControlServer({ dir, ...options });
  let isOver = false;
  const tokenIn = async (path: string) => (await readFile(join(dir, 'control', path), 'utf8')).trim();
  const owner = await tokenIn('owner.token');
  const points = {
    sink: await tokenIn('points/sink.token'),
    enforcer: await tokenIn('points/enforcer.token'),
    runtime: await tokenIn('points/runtime.token'),
  };
  const call = <T>(method: string, path: string, body?: unknown, sent: Sent = {}) =>
    send<T>(server.url, method, path, body, { token: owner, ...sent });
  const world = {
    dir,
    owner,
    points,
    call,
    get url() {
      return server.url;
    },
    /** Ends it before the world does. */
    async end(): Promise<void> {
      isOver = true;
      await server.close();
    },
    async restart(): Promise<void> {
      await server.close();
      server = await startControlServer({ dir, ...options });
    },
    async approved(more: object = {}): Promise<Mandate> {
      const { json } = await call<Mandate>('POST', '/v1/mandates', proposal(more));
      return (
        await call<Mandate>('POST', `/v1/mandates/${json.id}/approve`, {
          revision: json.revision,
          text_digest: json.text_digest,
        })
      ).json;
    },
    credential: async (mandate: string, run = 'run') =>
      (await call<{ credential: string }>('POST', `/v1/mandates/${mandate}/credentials`, { run })).json.credential,
    begin: (mandate: string, token: string, key: string) =>
      call<Begun>('POST', '/v1/operations', push(mandate), { token, headers: { 'idempotency-key': key } }),
    redeem: async (permit: string) =>
      (
        await call<{ current: boolean; reason: string }>(
          'POST',
          '/v1/permits/redeem',
          { permit, action: 'git.push', resource: 'git://passkey/refs/heads/writ/x', parameters: { oid: 'abc' } },
          { token: points.sink },
        )
      ).json,
    async [Symbol.asyncDispose]() {
      if (!isOver) await server.close();
      await rm(dir, { recursive: true, maxRetries: 5 });
    },
  };
  return world;
}
