/**
 * The agent's door: one Unix socket per run, the only thing a contained process can talk to.
 *
 * Whoever comes through it is the run, whatever it says of itself: credentials it brings are dropped and the run's own is added. What
 * only a person may do is therefore refused, and recorded, by control. A run that stands still or is over gets nothing through.
 */

import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { agentDoorApi, knownServer, runtimeApi } from '@writ/protocol';
import type { Base, Caller } from '../client/caller.ts';
import { authorizationOf, locate } from '../client/caller.ts';
import type { ToldDoor } from '../client/told.ts';
import { toldDoor } from '../client/told.ts';
import type { Verdicts } from '../client/verdicts.ts';
import { done, refuse } from '../enforcer/answer.ts';
import type { DoorHolder } from './door-holder.ts';
import { dispatch, sendProblem, serve } from './serve-routes.ts';
import type { AskKnown } from './mcp/known-server.ts';
import { known, serveKnown } from './mcp/known-server.ts';
import type { McpGateway } from './mcp/mcp-gateway.ts';
import type { ServedRoute } from './serve-routes.ts';
import { http, https } from '../node-http.ts';

const { createServer, request: httpRequest } = http;
const { request: httpsRequest } = https;

export type DoorDeps = {
  readonly verdicts: Verdicts;
  readonly controlBase: () => Base | null;
  readonly runtime: Caller;
  /** Resolves once the holder has started, or never will. */
  readonly whenStarted: () => Promise<void>;
  /** Why nothing goes through now, null when it does. */
  readonly closedBecause: () => string | null;
  /** Null where there are no MCP servers. */
  readonly mcp: Pick<McpGateway, 'namesFor' | 'connect'> | null;
  /** What this door has besides. */
  readonly more: readonly ServedRoute[];
};

export interface AgentDoor {
  readonly socketPath: string;
  close(): Promise<void>;
}

/** Of one request that others answer. */
export const forwardLimitMs = 60_000;

/** Opens the door of `holder` at `socketPath`. */
export async function openDoor(holder: DoorHolder, socketPath: string, deps: DoorDeps): Promise<AgentDoor> {
  const routes = [...doorRoutes(holder, deps), ...deps.more];
  const server = createServer((incoming, response) => {
    delivered(routes, holder, deps, incoming, response).catch((error: unknown) => {
      sendProblem(
        response,
        refuse('internal', 500, error instanceof Error ? error.message : 'the door failed', null).problem,
      );
    });
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    connectMcp(holder, deps, { incoming, socket, head }).catch(() => socket.destroy());
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  mkdirSync(socketPath.slice(0, socketPath.lastIndexOf('/')), { recursive: true, mode: 0o700 });
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  chmodSync(socketPath, 0o600);
  return {
    socketPath,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          rmSync(socketPath, { force: true });
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** `deliver`, told of to whoever listens: what an agent does belongs to the trace that the agent names. */
function delivered(...given: Parameters<typeof deliver>): Promise<void> {
  if (!toldDoor.hasSubscribers) return deliver(...given);
  const [routes, { run, session, mandate }, , request, response] = given;
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const told: ToldDoor = {
    ...{ run, session, mandate },
    route: `${request.method ?? ''} ${placeOf(routes, request)}`,
    trace: { traceparent: header('traceparent'), tracestate: header('tracestate') },
  };
  return toldDoor.tracePromise(async () => {
    // What is sent on belongs to what is told of here, not beside it.
    Object.assign(request.headers, told.trace);
    await deliver(...given);
    told.status = response.statusCode;
  }, told);
}

/** Which part of the door was asked, in our words: an address is the agent's. */
function placeOf(routes: readonly ServedRoute[], { url = '/' }: IncomingMessage): string {
  if (url.startsWith('/control/')) return '/control';
  const pathname = URL.parse(url, 'http://door')?.pathname;
  return routes.find(({ route }) => route.path === pathname)?.route.path ?? '(none)';
}

async function deliver(
  routes: readonly ServedRoute[],
  holder: DoorHolder,
  deps: DoorDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await deps.whenStarted();
  const closed = deps.closedBecause();
  if (closed !== null) {
    sendProblem(response, refuse('run_stopped', 409, `nothing goes through this door now: ${closed}`, null).problem);
    return;
  }
  if (request.url?.startsWith('/control/') === true) await forward(holder, deps.controlBase(), request, response);
  else await dispatch(routes, request, response);
}

type Upgrade = { readonly incoming: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };

/** `GET /mcp/NAME`, upgraded to `mcp`: messages of MCP, one a line. Any other upgrade is closed. */
async function connectMcp(
  holder: DoorHolder,
  { mcp, runtime, whenStarted, closedBecause }: DoorDeps,
  { incoming: { url = '', headers }, socket, head }: Upgrade,
): Promise<void> {
  socket.on('error', () => undefined); // its reader says what becomes of it
  await whenStarted();
  const [, name = ''] = /^\/mcp\/([^/?]+)$/.exec(url) ?? [];
  const isOurs = name === knownServer && mcp?.namesFor(holder.project).includes(name) !== true;
  const no = (status: string): void => void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  if (headers.upgrade !== 'mcp' || closedBecause() !== null) return no('409 Conflict');
  if (!isOurs && mcp?.namesFor(holder.project).includes(name) !== true) return no('404 Not Found');
  socket.unshift(head);
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: mcp\r\n\r\n');
  if (isOurs) serveKnown(socket, askOf(holder, runtime), closedBecause);
  else mcp?.connect(holder, name, socket);
}

function doorRoutes(holder: DoorHolder, { runtime, verdicts, mcp }: DoorDeps): readonly ServedRoute[] {
  const { run, session, mandate, project, credential, containment } = holder;
  const params = { id: session };
  return [
    serve(agentDoorApi.whoami, () => Promise.resolve(done({ run, session, mandate, project }))),
    serve(agentDoorApi.check, async ({ body }) => {
      const asked = { ...body, mandate, session, credential, containment, facts: {}, parameters: {} };
      const { decision, sentence, wayOut } = await verdicts.check(asked);
      return done({ decision, sentence, way_out: wayOut });
    }),
    serve(agentDoorApi.mcpServers, () =>
      Promise.resolve(done({ items: (mcp?.namesFor(project) ?? []).map((name) => ({ name })) })),
    ),
    serve(agentDoorApi.ask, ({ body, signal }) =>
      runtime.call(runtimeApi.doorAsk, { params, body, signal, timeoutMs: body.wait_ms + forwardLimitMs }),
    ),
    serve(agentDoorApi.facts, () => runtime.call(runtimeApi.doorFacts, { params })),
    serve(agentDoorApi.note, ({ body }) => runtime.call(runtimeApi.doorNote, { params, body })),
  ];
}

/** INVARIANT: about the session of the door, whatever the agent says. */
const askOf =
  ({ session }: DoorHolder, runtime: Caller): AskKnown =>
  async (what, query) => {
    const asked = await runtime.call(runtimeApi[known[what].route], { params: { id: session }, query });
    return asked.ok ? { ok: true, value: asked.value } : { ok: false, why: asked.problem.detail };
  };

/** Headers of a request that go on to control; who asks is not the asker's to say. */
const forwarded = [
  'content-type',
  'content-length',
  'accept',
  'idempotency-key',
  'last-event-id',
  'traceparent',
  'tracestate',
] as const;

/** The most that an agent may send through, in bytes: what control takes. */
const maxForwardBytes = 1_048_576;

async function forward(
  holder: DoorHolder,
  base: Base | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = base === null ? null : locate(base);
  if (target === null) return unreachable(response);
  const headers: Record<string, string> = {};
  for (const name of forwarded) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const path = target.prefix + (request.url ?? '').slice('/control'.length);
  const { method = 'GET' } = request;
  const body = await bodyOf(request);
  if (body === null)
    return sendProblem(response, refuse('too_large', 413, 'this is more than control takes', null).problem);
  const send = async (nonce: string | undefined): Promise<void> => {
    const proving = { method, url: `${target.origin}${path}`, nonce };
    const authorization = await authorizationOf(holder.credential, proving);
    const onward = (target.secure ? httpsRequest : httpRequest)({
      ...target.connect,
      method,
      path,
      headers: { ...headers, ...authorization },
      timeout: forwardLimitMs,
    });
    onward.on('response', (answer) => {
      const next = answer.headers['dpop-nonce'];
      // Nothing was done with a proof that lacked control's nonce; it is made once more, with the one that came back.
      if (answer.statusCode === 401 && nonce === undefined && typeof next === 'string') {
        answer.resume();
        send(next).catch(() => {
          unreachable(response);
        });
        return;
      }
      response.writeHead(answer.statusCode ?? 502, {
        'content-type': answer.headers['content-type'] ?? 'application/json',
      });
      answer.pipe(response);
    });
    onward.on('timeout', () => onward.destroy(new Error('no answer')));
    onward.on('error', () => {
      if (response.headersSent) response.destroy();
      else unreachable(response);
    });
    response.on('close', () => onward.destroy());
    onward.end(body);
  };
  await send(undefined);
}

const unreachable = (response: ServerResponse): void => {
  sendProblem(
    response,
    refuse('control_unreachable', 503, 'control cannot be reached', 'wait until control is back').problem,
  );
};

/** All that was sent; null where it is too much. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  // IncomingMessage yields Buffers while no encoding is set.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxForwardBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
