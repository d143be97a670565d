/**
 * The resident guard: hooks of harnesses that nobody started with Writ are answered over a local socket, so that a hook costs a round trip and no start of Node.
 *
 * It is no enforcement point and holds nothing: whoever can open the socket is the person whose Writ it is, and learns what a preset says. What it cannot answer it fails, and
 * the hook judges by itself.
 */

import { chmodSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { isOffered } from '../launcher/preset-choice.ts';
import { guardSocket } from './guard-command.ts';

/** Longer calls are judged by the hook itself: nobody else waits for them there. */
const mostBytes = 1024 * 1024;

/** Starts it in the state folder `dir`. Throws where its socket cannot be made. */
export async function serveGuard(dir: string, now: () => number): Promise<AsyncDisposable> {
  const socketPath = join(dir, 'enforcer', guardSocket);
  const server = createServer((request, response) => {
    answer(request, response, { stateDir: dir, now }).catch(() => response.destroy());
  });
  server.requestTimeout = 5_000;
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  chmodSync(socketPath, 0o600);
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { stateDir, now }: { readonly stateDir: string; readonly now: () => number },
): Promise<void> {
  const end = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const body = await bodyOf(request);
  if (body === undefined) return end(400, {});
  const url = new URL(request.url ?? '/', 'http://localhost');
  const usual = url.searchParams.get('preset');
  if (usual !== null && !isOffered(usual)) return end(422, {});
  // Loaded with the first call: who has no guard pays nothing for it.
  const { judgeGuarded } = await import('./judge-guarded.ts');
  const place = { stateDir, now: now(), usual };
  const reply = await judgeGuarded(url.pathname.slice(1), body, place).catch(() => null);
  return reply === null ? end(422, {}) : end(200, reply);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  // IncomingMessage yields Buffers while no encoding is set.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined; // answered by the caller
  }
}
