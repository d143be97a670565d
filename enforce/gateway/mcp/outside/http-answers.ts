/** What the door for agents outside says over HTTP: JSON, a challenge (RFC 6750, RFC 9449, RFC 9728), and whether a request came from where it may. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { proofAlgorithms } from '@writ/protocol';
import type { Message } from '../json-rpc.ts';

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(value);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      ...headers,
    })
    .end(text);
}

/** An error of the protocol that answers no request in particular. */
export const sendError = (response: ServerResponse, status: number, code: number, message: string): void =>
  sendJson(response, status, { jsonrpc: '2.0', id: null, error: { code, message } } satisfies Message);

/** 401: who does not prove to hold the key of their token is told how (RFC 9449 §7.1, §9). `nonce`: what the next proof is to carry. */
export function challengeProof(
  response: ServerResponse,
  metadata: string,
  { error, why, nonce }: { readonly error: string; readonly why: string; readonly nonce: string },
): void {
  const params = `error="${error}", error_description="${why.replaceAll('"', "'")}", algs="${proofAlgorithms.join(' ')}"`;
  const headers = { 'www-authenticate': `DPoP ${params}, resource_metadata="${metadata}"`, 'dpop-nonce': nonce };
  sendJson(response, 401, { error, error_description: why }, headers);
}

/** 401: who comes without a token that counts is told where one is given. */
export function challenge(response: ServerResponse, metadata: string, why: string | null): void {
  const error = why === null ? '' : `, error="invalid_token", error_description="${why}"`;
  sendJson(
    response,
    401,
    { error: why === null ? 'unauthorized' : 'invalid_token', error_description: why ?? 'a token is needed' },
    { 'www-authenticate': `Bearer resource_metadata="${metadata}"${error}` },
  );
}

/**
 * Why a request may not come from where it does; undefined where it may. A page of the web that leads a name of its own to this machine has another `Host`, and every page has an
 * `Origin` (MCP 2026-07-28, Streamable HTTP, Security).
 */
export function whyNotHere({ headers: { host, origin } }: IncomingMessage, own: string): string | undefined {
  const { port } = new URL(own);
  const names = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (host === undefined || !names.includes(host)) return 'the host is another';
  return origin === undefined || names.some((name) => origin === `http://${name}`)
    ? undefined
    : 'the origin is another';
}

/** The address a request came to, as its client called it; one of ours, once `whyNotHere` said so. */
export const addressOf = ({ headers: { host = '' }, url = '/' }: IncomingMessage): string => `http://${host}${url}`;

/** The text that came, null where it is longer than `most` bytes. */
export async function textOf(request: IncomingMessage, most: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  // IncomingMessage yields Buffers while no encoding is set.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A header by its lower-case name, where it came once. */
export function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
