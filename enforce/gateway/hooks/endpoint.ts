/**
 * The resident hook endpoint: one loopback HTTP server for the life of an attended session, so that a hook costs a round trip and
 * not a process start.
 *
 * It refuses whatever it cannot read or judge, always with an explicit denial: harnesses let a tool run when a hook merely fails.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClaudeHookInput, HookAnswer } from './claude.ts';
import { claudeHookInput, claudeReply } from './claude.ts';
import { codexReply } from './codex.ts';
import { http } from '../../node-http.ts';

const { createServer } = http;

/** How each harness is told. What they send is alike. */
const replies = { claude: claudeReply, codex: codexReply } as const;
export type HookedHarness = keyof typeof replies;

const maxBodyBytes = 8 * 1024 * 1024;

export type HookEndpoint = { readonly url: string } & AsyncDisposable;

/** Starts the endpoint on a free loopback port. `judge` may take its time; whatever it throws becomes a refusal. */
export async function startHookEndpoint(options: {
  readonly harness: HookedHarness;
  readonly token: string;
  readonly judge: (input: ClaudeHookInput) => Promise<HookAnswer>;
}): Promise<HookEndpoint> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the hook endpoint has no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}/${options.harness}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { harness, token, judge }: Parameters<typeof startHookEndpoint>[0],
): Promise<void> {
  const reply = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const replyOf = replies[harness];
  const host = request.headers.host ?? '';
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host) || request.headers.origin !== undefined) return reply(403, {});
  if (!sameSecret(request.headers.authorization ?? '', `Bearer ${token}`)) return reply(401, {});
  const input = claudeHookInput.safeParse(await bodyOf(request));
  if (!input.success) {
    return reply(
      200,
      replyOf('PreToolUse', { kind: 'refuse', why: 'writ could not read this call, so it was not allowed' }),
    );
  }
  const event = input.data.hook_event_name;
  try {
    return reply(200, replyOf(event, await judge(input.data)));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return reply(
      200,
      replyOf(event, { kind: 'refuse', why: `writ could not judge this call (${detail}), so it was not allowed` }),
    );
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
