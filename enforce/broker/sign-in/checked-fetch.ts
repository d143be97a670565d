/**
 * The requests of a sign-in: discovery, registration, tokens. Where they go, the server that is signed in to says, and it may be hostile (MCP 2026-07-28, Authorization,
 * Security Considerations).
 *
 * It follows no redirect, speaks TLS alone, and connects to public addresses and to those a person allowed. What is at the server's own address, or beside it on this machine, may be asked as it is.
 */

import type { IncomingMessage, RequestOptions } from 'node:http';
import type { FetchLike } from '@modelcontextprotocol/client';
import type { LookupGuard } from '../../gateway/egress/guarded-lookup.ts';
import { checkKnown, guardedLookup } from '../../gateway/egress/guarded-lookup.ts';
import { http, https } from '../../node-http.ts';

const limitMs = 15_000;
const maxBytes = 1024 * 1024;

/** A fetch for signing in to the server at `server`. It rejects where nothing may be asked. */
export const checkedFetch =
  (server: URL, guard: LookupGuard): FetchLike =>
  async (address, init = {}) => {
    const url = new URL(address);
    const isOwn = url.origin === server.origin || (isLoopback(server) && isLoopback(url));
    if (url.protocol !== 'https:' && !isOwn) throw new Error(`\`${url.origin}\` would be asked in the clear`);
    return answered(url, isOwn ? {} : guarded(url, guard), init);
  };

/** Names of this machine that need no looking up. */
const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

function guarded(url: URL, guard: LookupGuard): RequestOptions {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 443 : Number(url.port);
  const destination = { host, port, name: `${host}:${String(port)}` };
  checkKnown(destination, guard);
  return { lookup: guardedLookup(destination, guard) };
}

async function answered(url: URL, how: RequestOptions, init: RequestInit): Promise<Response> {
  const asked = new Request(url, init);
  const body = Buffer.from(await asked.arrayBuffer());
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? https : http).request(url, {
      ...how,
      method: asked.method,
      headers: { ...Object.fromEntries(asked.headers), 'content-length': String(body.length) },
      timeout: limitMs,
      agent: false,
    });
    sent.once('response', resolve);
    sent.once('timeout', () => sent.destroy(new Error(`\`${url.origin}\` did not answer in time`)));
    sent.once('error', reject);
    sent.end(body);
  });
  const status = reply.statusCode ?? 502;
  const text = await bodyOf(reply);
  if (status >= 300 && status < 400)
    throw new Error(`\`${url.origin}\` leads elsewhere, and nobody follows it with what is secret`);
  const headers = new Headers();
  for (const [name, value] of Object.entries(reply.headers)) if (typeof value === 'string') headers.set(name, value);
  return new Response(status === 204 ? null : text, { status, headers });
}

async function bodyOf(reply: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // IncomingMessage yields Buffers while no encoding is set.
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is longer than ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
