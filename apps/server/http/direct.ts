/**
 * The short way from a request to a call, for the routes that are asked before every action: no router, no hooks and no reply object, which together cost
 * more than the answer. What a call must be is `call.ts`, as for every other carrier.
 *
 * It takes only what is plain: a POST to one of its paths, addressed to this server, with a bearer that is known, may call the route and has no key to prove, and a
 * short JSON body whose length is told. Everything else is left as it came for Fastify, so that what is refused at the door is refused in one place.
 */

import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { problemContentType } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import type { Log } from '../log/log.ts';
import type { Api, Handlers, Mounted, MountOptions, Principal } from './call.ts';
import { answerCall, mounted } from './call.ts';
import type { Drain } from './drain.ts';
import { readBody } from './json-body.ts';
import { presentedIn } from './possession.ts';
import { everyAnswer, internal, retryAfter, tooMany } from './problem.ts';
import { namesAt } from './visitors.ts';

/** Answers the request, or says that it was left as it came. */
export type Direct = (request: IncomingMessage, response: ServerResponse, names: ReadonlySet<string>) => boolean;

export type DirectOptions<P extends Principal> = MountOptions<P> & {
  /** Told of every error that is a bug of ours; the client learns only that there was one. */
  readonly log: Log;
  /** Turns an error that a store raises on purpose into a problem; undefined for what is a bug. */
  readonly problemOf: (error: Error) => ProblemWire | undefined;
};

/** A longer body takes the long way. In bytes. */
const longestBody = 65_536;

/** Headers that ask for something, or say something of the body, that is not looked at here. */
const notPlain = ['origin', 'dpop', 'x-request-id', 'expect', 'transfer-encoding', 'content-encoding'] as const;

/** A short way to the routes of `api` that are `named`: their paths have no parameters. */
export function createDirect<A extends Api, P extends Principal>(
  api: A,
  handlers: Handlers<A, P>,
  named: ReadonlySet<keyof A>,
  options: DirectOptions<P>,
): Direct {
  const byPath = new Map(
    mounted(api, handlers).flatMap((one) => (named.has(one.name) ? [[one.route.path, one] as const] : [])),
  );
  return (request, response, names) => {
    const one = request.method === 'POST' ? byPath.get(request.url ?? '') : undefined;
    if (one === undefined || !isPlain(request, names)) return false;
    const presented = presentedIn(request.headers.authorization);
    const caller = presented?.scheme === 'bearer' ? options.authenticate(presented.token) : undefined;
    if (caller === undefined || !one.route.callers.includes(caller.kind)) return false;
    if (options.possession !== undefined && options.possession.keyOf(caller) !== null) return false;
    const ms = options.wait?.(caller, one.name) ?? 0;
    if (ms > 0) sendProblem(response, tooMany(ms));
    else readText(request, (text) => void answer(one, { text, caller, request, response }, options));
    return true;
  };
}

function isPlain({ headers }: IncomingMessage, names: ReadonlySet<string>): boolean {
  for (const name of notPlain) if (headers[name] !== undefined) return false;
  const length = Number(headers['content-length'] ?? Number.NaN);
  return headers['content-type'] === 'application/json' && length <= longestBody && names.has(headers.host ?? '');
}

/** The body, once it is there; a request that ends before is answered by nobody. */
function readText(request: IncomingMessage, then: (text: string) => void): void {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const [first] = parts;
    then((parts.length === 1 && first !== undefined ? first : Buffer.concat(parts)).toString());
  });
}

type Came<P> = {
  readonly text: string;
  readonly caller: P;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

async function answer<P extends Principal>(
  one: Mounted<P>,
  { text, caller, request, response }: Came<P>,
  options: DirectOptions<P>,
): Promise<void> {
  const { name, route } = one;
  try {
    const idempotencyKey = headerOf(request, 'idempotency-key');
    const body = readBody(text, route.question === true && idempotencyKey === undefined);
    if (!body.ok) return sendProblem(response, body.problem);
    const result = await answerCall(
      one,
      { body: body.value, params: {}, query: none, caller, idempotencyKey, header: (key) => headerOf(request, key) },
      options,
    );
    if (result.ok)
      send(response, { status: route.status, type: 'application/json', text: JSON.stringify(result.body) });
    else sendProblem(response, result.problem);
  } catch (error) {
    const bug = error instanceof Error ? error : new Error(String(error));
    const known = options.problemOf(bug);
    if (known === undefined) options.log.bug(bug, name);
    sendProblem(response, known ?? internal);
  }
}

/** A path with a query is not one of these. */
const none = new URLSearchParams();

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The headers that every answer of `createHttpServer` has, and those of this one. */
function send(response: ServerResponse, { status, type, text, more = {} }: Sent): void {
  response.writeHead(status, {
    ...everyAnswer,
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
    ...more,
  });
  if (ready.push({ response, text }) === 1) setImmediate(sendReady);
}

/**
 * Answers wait for the end of this turn of the event loop and go out together: a write to a client that sleeps wakes it, which costs this process more
 * than the answer, and a client that is awake with the first finds the others there.
 */
const ready: { readonly response: ServerResponse; readonly text: string }[] = [];

function sendReady(): void {
  for (const { response, text } of ready.splice(0)) response.end(text);
}

type Sent = {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly more?: Readonly<Record<string, string>>;
};

const sendProblem = (response: ServerResponse, what: ProblemWire): void =>
  send(response, { status: what.status, type: problemContentType, text: JSON.stringify(what), more: retryAfter(what) });

/** A server whose plain requests go the short way and all others to `long`; all of them once `drain` closes. */
export function directServer(direct: Direct, long: RequestListener, drain: Drain): Server {
  let names: ReadonlySet<string> = new Set();
  const server = createServer((request, response) => {
    if (drain.isClosing || !direct(request, response, names)) {
      long(request, response);
      return;
    }
    const begun = drain.begin();
    if (typeof begun === 'function') response.once('close', begun);
  });
  return server.on('listening', () => {
    const address = server.address();
    names = typeof address === 'object' && address !== null ? namesAt([address.port]) : names;
  });
}
