/**
 * Serves route values on bare `node:http`, for sockets that a sandboxed process reaches: parse once, one handler, problem details.
 *
 * Every body has a size and a time limit, every reply a schema. It authenticates nobody: whoever can open the socket is the caller.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { problemContentType, readRouteBody } from '@writ/protocol';
import type { ProblemWire, Route } from '@writ/protocol';
import type { Answer } from '../enforcer/answer.ts';
import { refuse } from '../enforcer/answer.ts';

export type RouteHandler = (input: {
  readonly body: unknown;
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
}) => Promise<Answer<unknown>>;
export type ServedRoute = { readonly route: Route; readonly handle: RouteHandler };

/** A served route with its body's type kept. */
export const serve = <R extends Route>(
  route: R,
  handle: (input: {
    readonly body: R['body']['_zod']['output'];
    readonly query: URLSearchParams;
    readonly signal: AbortSignal;
  }) => Promise<Answer<R['reply']['_zod']['input']>>,
): ServedRoute => ({
  route,
  // The dispatcher parses the body with this very route's schema before it calls.
  handle,
});

export const maxBodyBytes = 1024 * 1024;

/** Answers one request from `routes`. */
export async function dispatch(
  routes: readonly ServedRoute[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'http://door');
  const path = url?.pathname ?? request.url ?? '/';
  const found = routes.find(({ route }) => route.path === path && route.method === request.method);
  if (url === null || found === undefined) {
    sendProblem(
      response,
      refuse('not_found', 404, `there is no \`${request.method ?? ''} ${path}\` here`, null).problem,
    );
    return;
  }
  const text = await bodyOf(request);
  if (text === null) {
    sendProblem(
      response,
      refuse('too_large', 413, `a request may have at most ${String(maxBodyBytes)} bytes`, null).problem,
    );
    return;
  }
  const body = readRouteBody(found.route, jsonOf(text));
  if (!body.ok) {
    sendProblem(
      response,
      refuse('malformed_request', 400, `the request cannot be read: ${body.detail}`, body.wayOut).problem,
    );
    return;
  }
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  const answer = await found.handle({ body: body.body, query: url.searchParams, signal: gone.signal });
  if (!answer.ok) sendProblem(response, answer.problem);
  else sendJson(response, found.route.status, answer.value, 'application/json');
}

export function sendProblem(response: ServerResponse, problem: ProblemWire): void {
  sendJson(response, problem.status, problem, problemContentType);
}

function sendJson(response: ServerResponse, status: number, value: unknown, type: string): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
}

/** The body's text, null when it is too large. */
export async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  // IncomingMessage yields Buffers while no encoding is set.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return null; // no schema of a body takes null
  }
}
