/**
 * The MCP endpoint of one server for agents outside: Streamable HTTP as MCP 2026-07-28 has it, each request by itself, and as 2025-11-25 has it, with sessions, for
 * the many clients that speak it. It translates between HTTP and the conversation that stands for it.
 *
 * It refuses headers that say something else than the body, batches, and a session under any other pass than its own.
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Message } from '../json-rpc.ts';
import { idOf, isMessage, membersOf, methodOf } from '../json-rpc.ts';
import { modern, revisionOf, withEnvelope, envelopeOf } from '../envelope.ts';
import { everyTool } from '../inspect.ts';
import { maxMessage } from '../lines.ts';
import type { ParamHeader } from '../param-headers.ts';
import { decoded, mismatchedParam, paramHeadersOf } from '../param-headers.ts';
import type { Conversation } from './conversation.ts';
import { headerOf, sendError, sendJson, textOf } from './http-answers.ts';
import type { Pass } from './pass.ts';

export interface McpEndpoint {
  /** Answers one request that its pass admitted. */
  answer(pass: Pass, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends what is open under a pass. */
  end(pass: string): void;
}

const codes = { parse: -32_700, invalid: -32_600, noMethod: -32_601, ours: -32_000, headers: -32_020 } as const;
/** Errors of the transport in that revision, which come with 400: headers, a missing capability, an unknown version. */
const isTransportError = (code: unknown): boolean => typeof code === 'number' && code <= -32_020 && code >= -32_022;

const mostSessions = 16;
const idleMs = 30 * 60_000;
/** A client that waits longer than this for a first byte might give up: what takes longer is streamed. */
const quietMs = 15_000;

type Session = { readonly conversation: Conversation; readonly pass: string; usedAt: number };

/** `open` begins a conversation with the server of `pass`, null where there is none. */
export function createMcpEndpoint(open: (pass: Pass) => Conversation | null): McpEndpoint {
  const sessions = new Map<string, Session>();
  /** One for all requests of a pass that stand by themselves. */
  const shared = new Map<string, Conversation>();

  function sweep(): void {
    const now = Date.now();
    for (const [id, { conversation, usedAt }] of sessions)
      if (conversation.isOver || (conversation.open === 0 && now - usedAt > idleMs)) {
        conversation.end();
        sessions.delete(id);
      }
  }

  function sharedOf(pass: Pass): Conversation | null {
    const known = shared.get(pass.id);
    if (known?.isOver === false) return known;
    const opened = open(pass);
    if (opened !== null) shared.set(pass.id, opened);
    return opened;
  }

  function sessionOf(pass: Pass, request: IncomingMessage): Session | undefined {
    const found = sessions.get(headerOf(request, 'mcp-session-id') ?? '');
    if (found?.pass !== pass.id || found.conversation.isOver) return undefined;
    found.usedAt = Date.now();
    return found;
  }

  async function post(pass: Pass, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request, maxMessage);
    if (text === null) return sendError(response, 413, codes.invalid, 'this is longer than a message may be');
    const message = messageIn(text);
    if (message === null) return sendError(response, 400, codes.parse, 'this is no single message');
    const version = headerOf(request, 'mcp-protocol-version');
    if ((version ?? revisionOf(message) ?? '') >= modern) {
      const otherwise = (why: string): void => sendJson(response, 400, failed(message, codes.headers, why));
      const why = whyOtherwise(request, message, version);
      if (why !== undefined) return otherwise(why);
      const conversation = sharedOf(pass);
      if (conversation === null) return sendError(response, 404, codes.ours, 'there is no such server any more');
      const param = await mismatched(conversation, message, request);
      if (param !== undefined) return otherwise(`Header mismatch: ${param} is not the argument`);
      return deliver(conversation, message, request, response, { isModern: true });
    }
    if (methodOf(message) === 'initialize' && headerOf(request, 'mcp-session-id') === undefined)
      return begin(pass, message, request, response);
    if (headerOf(request, 'mcp-session-id') === undefined)
      return sendError(
        response,
        400,
        codes.ours,
        'begin with `initialize`, or name the revision in `MCP-Protocol-Version`',
      );
    const session = sessionOf(pass, request);
    if (session === undefined) return sendError(response, 404, codes.ours, 'there is no such session');
    return deliver(session.conversation, message, request, response, { isModern: false });
  }

  function begin(
    pass: Pass,
    message: Message,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> | void {
    sweep();
    const ofPass = [...sessions.values()].filter((one) => one.pass === pass.id);
    if (ofPass.length >= mostSessions) return sendError(response, 429, codes.ours, 'too many sessions are open');
    const conversation = open(pass);
    if (conversation === null) return sendError(response, 404, codes.ours, 'there is no such server any more');
    const id = randomUUID();
    sessions.set(id, { conversation, pass: pass.id, usedAt: Date.now() });
    response.setHeader('mcp-session-id', id);
    return deliver(conversation, message, request, response, { isModern: false });
  }

  function listen(pass: Pass, request: IncomingMessage, response: ServerResponse): void {
    if (headerOf(request, 'mcp-session-id') === undefined) return notHere(response);
    const session = sessionOf(pass, request);
    if (session === undefined) return sendError(response, 404, codes.ours, 'there is no such session');
    const stream = eventStream(response);
    response.once('close', session.conversation.listen(stream.send));
  }

  return {
    async answer(pass, request, response) {
      if (request.method === 'POST') return post(pass, request, response);
      if (request.method === 'GET') return listen(pass, request, response);
      const session = request.method === 'DELETE' ? sessionOf(pass, request) : undefined;
      if (session === undefined) return notHere(response);
      session.conversation.end();
      response.writeHead(204).end();
    },
    end(pass) {
      shared.get(pass)?.end();
      shared.delete(pass);
      for (const [id, session] of sessions)
        if (session.pass === pass) {
          session.conversation.end();
          sessions.delete(id);
        }
    },
  };
}

/** Sends a message on, and its reply back: as JSON, or as a stream where something came before it or it takes long. */
async function deliver(
  conversation: Conversation,
  message: Message,
  request: IncomingMessage,
  response: ServerResponse,
  { isModern }: { readonly isModern: boolean },
): Promise<void> {
  if (idOf(message) === undefined || methodOf(message) === undefined) {
    conversation.tell(message);
    response.writeHead(202).end();
    return;
  }
  const takesStream = headerOf(request, 'accept')?.includes('text/event-stream') === true;
  let stream: EventStream | null = null;
  const streamed = (): EventStream => (stream ??= eventStream(response));
  const asked = conversation.ask(message, (related) => {
    if (takesStream) streamed().send(related);
  });
  const timer = setTimeout(() => takesStream && streamed(), quietMs).unref();
  response.once('close', () => {
    clearTimeout(timer);
    // Each request has a stream of its own only since then: before, nobody is said to have gone.
    if (isModern && !response.writableEnded) asked.cancel();
  });
  const reply = await asked.reply;
  clearTimeout(timer);
  const begun = stream as EventStream | null; // set by what came meanwhile
  if (begun !== null) return begun.end(reply);
  const [status, said] = isModern ? statusOf(message, reply) : ([200, reply] as const);
  sendJson(response, status, said);
}

/** The status that says of a reply what the revision wants said. */
function statusOf(message: Message, reply: Message): readonly [number, Message] {
  const { code } = membersOf(reply['error']);
  if (isTransportError(code)) return [400, reply];
  // A server of before that revision knows no such question; a client that hears so begins as those do.
  if (methodOf(message) === 'server/discover' && code !== undefined)
    return [400, failed(message, codes.ours, 'this server speaks an earlier revision; begin with `initialize`')];
  return [code === codes.noMethod ? 404 : 200, reply];
}

const failed = (message: Message, code: number, text: string): Message => ({
  jsonrpc: '2.0',
  id: idOf(message) ?? null,
  error: { code, message: text },
});

function messageIn(text: string): Message | null {
  try {
    const value: unknown = JSON.parse(text);
    return isMessage(value) ? value : null;
  } catch {
    return null;
  }
}

/** What its headers say otherwise than the message (MCP 2026-07-28, Server Validation); undefined where nothing does. */
function whyOtherwise(request: IncomingMessage, message: Message, version: string | undefined): string | undefined {
  const method = methodOf(message);
  if (idOf(message) === undefined || method === undefined) return undefined;
  const params = membersOf(message['params']);
  if (revisionOf(message) !== version) return 'Header mismatch: MCP-Protocol-Version is not what the message says';
  if (headerOf(request, 'mcp-method') !== method) return 'Header mismatch: Mcp-Method is not the method';
  const named = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri' }[method];
  if (named === undefined) return undefined;
  const said = headerOf(request, 'mcp-name');
  return said !== undefined && decoded(said) === params[named]
    ? undefined
    : 'Header mismatch: Mcp-Name is not the name';
}

/** By conversation: of each tool that is shown in it, the arguments that stand in headers. */
type Annotated = ReadonlyMap<unknown, readonly ParamHeader[]>;
const annotated = new WeakMap<Conversation, Promise<Annotated>>();

/** Which header of a call does not say what its arguments do (MCP 2026-07-28, Server Behavior for Custom Headers); undefined where each does. */
async function mismatched(
  conversation: Conversation,
  message: Message,
  request: IncomingMessage,
): Promise<string | undefined> {
  if (methodOf(message) !== 'tools/call') return undefined;
  const { name, arguments: args } = membersOf(message['params']);
  const look = async (): Promise<string | undefined> => {
    const known = annotated.get(conversation) ?? annotatedIn(conversation, message);
    annotated.set(conversation, known);
    // What is not shown is refused by who judges it; what cannot be asked about is asked again next time.
    const all = await known.catch((): Annotated => (annotated.delete(conversation), new Map()));
    return mismatchedParam(all.get(name) ?? [], args, (header) => headerOf(request, header));
  };
  if ((await look()) === undefined) return undefined;
  // A tool that is another by now, and was trusted again, may want others.
  annotated.delete(conversation);
  return look();
}

/** As the server says it to who makes the request `message`. */
async function annotatedIn(conversation: Conversation, message: Message): Promise<Annotated> {
  const tools = await everyTool(async (method, params) => {
    const asked = withEnvelope({ jsonrpc: '2.0', id: 'tools', method, params }, envelopeOf(message));
    const { result, error } = await conversation.ask(asked, () => undefined).reply;
    if (error !== undefined) throw new Error('it does not list its tools');
    return membersOf(result);
  });
  return new Map(tools.map((tool) => [membersOf(tool)['name'], paramHeadersOf(membersOf(tool)) ?? []]));
}

type EventStream = { readonly send: (message: Message) => void; readonly end: (message: Message) => void };

function eventStream(response: ServerResponse): EventStream {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.write(':\n\n');
  const beat = setInterval(() => response.write(':\n\n'), quietMs).unref();
  response.once('close', () => clearInterval(beat));
  const event = (message: Message): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`;
  return {
    send: (message) => void response.write(event(message)),
    end: (message) => void response.end(event(message)),
  };
}

const notHere = (response: ServerResponse): void => void response.writeHead(405, { allow: 'POST' }).end();
