/**
 * A model server for tests: it speaks the Anthropic Messages, OpenAI Chat Completions, OpenAI Responses and Gemini
 * formats on one loopback port and plays a script instead of running a model.
 *
 * It accepts any key, listens on 127.0.0.1 only, and says nothing about how a real model behaves. Request bodies above
 * 64 MiB are refused.
 */
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { anthropic } from './anthropic.ts';
import { chat } from './chat.ts';
import type { Answer, Ask, FormatName, Reply, ToolResult, WireFormat } from './exchange.ts';
import { gemini } from './gemini.ts';
import { modelList } from './model-list.ts';
import {
  defaultUsage,
  freshToolResults,
  identified,
  lastUserText,
  player,
  type Chosen,
  type Player,
} from './player.ts';
import { responses } from './responses.ts';
import type { Script } from './script.ts';

/** What was asked of the model, and what it played. The log holds the same without `headers` and `body`. */
export type ModelRequest = {
  /** Milliseconds since the epoch, when the request had been read. */
  readonly at: number;
  readonly format: FormatName;
  readonly path: string;
  readonly model: string;
  readonly stream: boolean;
  /** How many messages of user and model the history had, system prompts not counted. */
  readonly messages: number;
  readonly tools: readonly string[];
  readonly lastUserText: string;
  readonly lastToolResults: readonly ToolResult[];
  /** Equal for requests of the same conversation; absent for a side request. */
  readonly conversation?: string;
  /** The index of the played turn, `end` when none was left, `side` for a request that consumes none. */
  readonly played: number | 'end' | 'side';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
};

export interface ModelServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly url: string;
  /** Every request to the model so far, oldest first; token counts and model lists are not among them. */
  readonly requests: readonly ModelRequest[];
  /** The first request, past or to come, of which `test` is true. Rejects when the server closes before. */
  asked(test: (request: ModelRequest) => boolean): Promise<ModelRequest>;
}

export type ModelServerOptions = {
  readonly script: Script;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** A file to append one line of JSON per request to. */
  readonly log?: string;
};

type Waiter = {
  readonly test: (request: ModelRequest) => boolean;
  resolve(request: ModelRequest): void;
  reject(e: Error): void;
};

type Stage = {
  readonly player: Player;
  /** Differs between servers, so that ids stay unique in a conversation that outlives one. */
  readonly seed: string;
  readonly record: (request: ModelRequest) => void;
  answered: number;
};

const bodyLimit = 64 * 1024 * 1024;

/** Starts a server that plays `script` from its beginning. Rejects when the port is taken. */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  const waiters = new Set<Waiter>();
  const record = (request: ModelRequest): void => {
    requests.push(request);
    if (options.log !== undefined) appendFileSync(options.log, `${logLine(request)}\n`);
    for (const waiter of waiters) {
      if (waiter.test(request) && waiters.delete(waiter)) waiter.resolve(request);
    }
  };
  const stage: Stage = { player: player(options.script), seed: randomBytes(4).toString('hex'), record, answered: 0 };
  const server = createServer((req, res) => {
    serve(stage, req, res).catch((error: unknown) => {
      if (!res.headersSent) sendJson(res, 500, { error: { message: String(error) } });
      res.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  // Reason for the cast: a TCP server that listens has an AddressInfo, never a pipe name or null.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    asked(test) {
      const past = requests.find(test);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => void waiters.add({ test, resolve, reject }));
    },
    async [Symbol.asyncDispose]() {
      for (const waiter of waiters) waiter.reject(new Error('the model server closed before it was asked'));
      waiters.clear();
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(stage: Stage, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://127.0.0.1');
  if (req.method === 'GET' || req.method === 'HEAD') {
    const list = url.pathname === '/' ? {} : modelList(url.pathname, 'anthropic-version' in req.headers);
    return sendJson(res, list === undefined ? 404 : 200, list ?? notHere(req, url));
  }
  const format = formatOf(url.pathname);
  const counter = countedBy(url.pathname);
  if (req.method !== 'POST' || (format === undefined && counter === undefined)) {
    return sendJson(res, 404, notHere(req, url));
  }
  const body = await readBody(req);
  if (body.kind === 'refused') return sendJson(res, body.status, (format ?? anthropic).failure(body.status, body.why));
  if (counter !== undefined) return sendJson(res, 200, { [counter]: Math.ceil(body.bytes / 4) });
  if (format !== undefined) await answer(stage, format, { url, headers: req.headers, body: body.data }, res);
}

type Received = { readonly url: URL; readonly headers: IncomingHttpHeaders; readonly body: unknown };

async function answer(stage: Stage, format: WireFormat, received: Received, res: ServerResponse): Promise<void> {
  const ask = format.read(received.body, received.url);
  const chosen = stage.player.choose(ask);
  stage.answered += 1;
  const id = `${stage.seed}${String(stage.answered).padStart(4, '0')}`;
  const at = Date.now();
  const status = chosen.turn.status ?? 200;
  stage.record(requestOf(ask, chosen, { at, status, received }));
  if (!(await waited(chosen.turn.delayMs ?? 0, res))) return;

  const say = chosen.turn.say ?? '';
  if (status !== 200) return sendJson(res, status, format.failure(status, say || 'scripted failure'));
  const calls = identified(chosen.turn.tools ?? [], `${callPrefix[format.name]}_${id}`);
  const usage = { ...defaultUsage, ...chosen.turn.usage };
  send(res, format.write(ask, { id, at: Math.floor(at / 1000), say, calls, usage } satisfies Answer, received.url));
}

const callPrefix: { readonly [name in FormatName]: string } = {
  anthropic: 'toolu',
  chat: 'call',
  responses: 'call',
  gemini: 'fn',
};

type Circumstance = { readonly at: number; readonly status: number; readonly received: Received };

function requestOf(ask: Ask, chosen: Chosen, { at, status, received }: Circumstance): ModelRequest {
  return {
    at,
    format: ask.format,
    path: received.url.pathname,
    model: ask.model,
    stream: ask.stream,
    messages: ask.messages.length,
    tools: ask.tools.map((tool) => tool.name),
    lastUserText: lastUserText(ask),
    lastToolResults: freshToolResults(ask),
    ...(chosen.kind === 'side' ? {} : { conversation: digest(chosen.conversation) }),
    played: chosen.kind === 'turn' ? chosen.index : chosen.kind,
    status,
    headers: received.headers,
    body: received.body,
  };
}

function logLine(request: ModelRequest): string {
  const { headers: _headers, body: _body, ...rest } = request;
  return JSON.stringify(rest);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function formatOf(path: string): WireFormat | undefined {
  if (path === '/v1/messages') return anthropic;
  if (path === '/v1/chat/completions') return chat;
  if (path === '/v1/responses') return responses;
  return /^\/v1(beta)?\/models\/[^:/]+:(generateContent|streamGenerateContent)$/.test(path) ? gemini : undefined;
}

/** The field in which a request to count tokens is answered; undefined when the path is none. */
function countedBy(path: string): string | undefined {
  if (path === '/v1/messages/count_tokens') return 'input_tokens';
  return /^\/v1(beta)?\/models\/[^:/]+:countTokens$/.test(path) ? 'totalTokens' : undefined;
}

function notHere(req: IncomingMessage, url: URL): unknown {
  return { error: { message: `\`${req.method ?? ''} ${url.pathname}\` is not served here` } };
}

type Body =
  | { readonly kind: 'data'; readonly data: unknown; readonly bytes: number }
  | { readonly kind: 'refused'; readonly status: number; readonly why: string };

async function readBody(req: IncomingMessage): Promise<Body> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // A request without an encoding yields bytes.
  for await (const chunk of req as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > bodyLimit) return { kind: 'refused', status: 413, why: 'the request is larger than 64 MiB' };
    chunks.push(chunk);
  }
  try {
    return { kind: 'data', data: JSON.parse(Buffer.concat(chunks).toString('utf8')), bytes };
  } catch {
    // The client sent something else than JSON, and is told so.
    return { kind: 'refused', status: 400, why: 'the request body is not JSON' };
  }
}

/** Waits before answering; false when the client went away meanwhile. */
async function waited(delayMs: number, res: ServerResponse): Promise<boolean> {
  if (delayMs === 0) return true;
  const gone = new AbortController();
  const stop = (): void => gone.abort();
  res.once('close', stop);
  try {
    await wait(delayMs, undefined, { signal: gone.signal });
    return true;
  } catch {
    // Aborted: nobody is left to answer.
    return false;
  } finally {
    res.off('close', stop);
  }
}

function send(res: ServerResponse, reply: Reply): void {
  res.writeHead(200, { 'content-type': reply.contentType, 'cache-control': 'no-cache' });
  for (const piece of reply.pieces) res.write(piece);
  res.end();
}

function sendJson(res: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.byteLength });
  res.end(bytes);
}
