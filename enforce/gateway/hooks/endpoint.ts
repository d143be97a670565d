/**
 * The resident hook endpoint: one loopback HTTP server for the life of an attended session, so that a hook costs a round trip and
 * not a process start.
 *
 * It refuses whatever it cannot read or judge, always with an explicit denial: harnesses let a tool run when a hook merely fails.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import type { HarnessAdapter, HarnessEvent, HookAnswer } from '../adapters/adapter.ts';
import { http } from '../../node-http.ts';

const { createServer } = http;

const maxBodyBytes = 8 * 1024 * 1024;

export type HookEndpoint = { readonly url: string } & AsyncDisposable;

/** Starts the endpoint on a free loopback port, or at a socket that leads there from `insidePort`. `judge` may take its time; whatever it throws becomes a refusal. */
export async function startHookEndpoint(options: {
  readonly adapter: Pick<HarnessAdapter, 'name' | 'asks' | 'read' | 'reply'>;
  readonly token: string;
  /** Of a session that shares no port with this machine; null for one that does. */
  readonly inside: { readonly socketPath: string; readonly insidePort: number } | null;
  readonly judge: (event: HarnessEvent) => Promise<HookAnswer>;
}): Promise<HookEndpoint> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch(() => response.destroy());
  });
  if (options.inside !== null) {
    mkdirSync(dirname(options.inside.socketPath), { recursive: true, mode: 0o700 });
    rmSync(options.inside.socketPath, { force: true });
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (options.inside === null) server.listen(0, '127.0.0.1', resolve);
    else server.listen(options.inside.socketPath, resolve);
  });
  if (options.inside !== null) chmodSync(options.inside.socketPath, 0o600);
  return {
    url: `http://127.0.0.1:${String(options.inside?.insidePort ?? portOf(server))}/${options.adapter.name}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the hook endpoint has no port');
  return address.port;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { adapter, token, judge }: Parameters<typeof startHookEndpoint>[0],
): Promise<void> {
  const reply = (status: number, body: unknown): void => {
    sendWhole(response, status, JSON.stringify(body));
  };
  const refuse = (native: string, why: string): void => reply(200, adapter.reply(native, { kind: 'refuse', why }));
  const host = request.headers.host ?? '';
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host) || request.headers.origin !== undefined) return reply(403, {});
  if (!sameSecret(request.headers.authorization ?? '', `Bearer ${token}`)) return reply(401, {});
  const event = readBy(adapter, await bodyOf(request));
  if (event === null) return refuse(adapter.asks, 'writ could not read this call, so it was not allowed');
  try {
    return reply(200, adapter.reply(event.native, await judge(event)));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return refuse(event.native, `writ could not judge this call (${detail}), so it was not allowed`);
  }
}

/** With its length, so that a hook's command, which speaks HTTP/1.0, can tell a whole answer from a part of one. */
export function sendWhole(response: ServerResponse, status: number, text: string): void {
  const head = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, head).end(text);
}

/** An adapter that stumbles has not understood. */
function readBy(adapter: Pick<HarnessAdapter, 'read'>, body: unknown): HarnessEvent | null {
  try {
    return adapter.read(body);
  } catch {
    return null; // refused by the caller
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array); // an HTTP request without an encoding set yields bytes
    size += bytes.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined; // unreadable is refused by the caller
  }
}

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
const sameSecret = (given: string, expected: string): boolean => timingSafeEqual(digest(given), digest(expected));
