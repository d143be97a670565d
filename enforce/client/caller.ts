/**
 * Calls a route value: over the plane's multiplexed socket where it has one on this machine, else over HTTP (TCP or a Unix socket, on kept-alive
 * connections). Serves every API of the protocol package.
 *
 * It refuses to throw for what can go wrong on a wire: an unreachable server, a timeout and a reply that does not match its schema are
 * problems like any other, so that a caller has one place to fail closed. It never follows redirects.
 */

import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { multiplexProof, problemWire, routeName } from '@writ/protocol';
import type { ProblemWire, Route } from '@writ/protocol';
import type { Proving } from './actor-key.ts';
import { bearerOf, isKeyed, proofOf } from './actor-key.ts';
import type { Multiplex } from './multiplex.ts';
import { openMultiplex } from './multiplex.ts';
import type { ToldCall, TraceHeaders } from './told.ts';
import { toldCalls } from './told.ts';
import { http, https } from '../node-http.ts';

const { Agent, request: httpRequest } = http;
const { Agent: SecureAgent, request: httpsRequest } = https;

/** `multiplex`: the path of the plane's multiplexed socket, which is tried first. `socketPath`: of a socket that speaks HTTP. */
export type Base = { readonly url: string; readonly multiplex?: string } | { readonly socketPath: string };

export type CallerOptions = {
  /** A function is asked before each call, for a server that may come back elsewhere; null means it is not known where. */
  readonly base: Base | (() => Base | null);
  /** The bearer, or a credential kept with its key (`actor-key.ts`), which is then proven; null for none. A function is asked before each call. */
  readonly token: string | null | (() => string | null);
  /** The most one call may take, milliseconds. */
  readonly timeoutMs: number;
};

type BodyOf<R extends Route> = R['body']['_zod']['input'];
type ReplyOf<R extends Route> = R['reply']['_zod']['output'];

type Common = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly idempotencyKey?: string;
  /** Instead of the caller's own bearer. */
  readonly token?: string;
  /** The bearer of an enforcement point that vouches, beside an agent's own, for what the place can reach. */
  readonly point?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

export type CallInput<R extends Route> = Common &
  (undefined extends BodyOf<R> ? { readonly body?: undefined } : { readonly body: BodyOf<R> });

export type CallResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: ProblemWire };

export interface Caller extends Disposable {
  /** Calls `route`; never rejects. A transport failure is a problem with code `control_unreachable`. */
  readonly call: <R extends Route>(
    route: R,
    ...input: undefined extends BodyOf<R> ? [CallInput<R>?] : [CallInput<R>]
  ) => Promise<CallResult<ReplyOf<R>>>;
}

/** `nonce`: the one the server wants new proofs to carry. */
type Answer = { readonly status: number; readonly body: unknown; readonly nonce?: string | undefined };

const maxReplyBytes = 64 * 1024 * 1024;

/** A caller of the server at `base`. */
export function createCaller(options: CallerOptions): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const secureAgent = new SecureAgent({ keepAlive: true, maxSockets: 64 });

  /** Makes the call. INVARIANT: one that was answered with 429 was not done, so that it is made again after the wait it is told, within its time. */
  async function call<R extends Route>(route: R, input?: CallInput<R>): Promise<CallResult<ReplyOf<R>>> {
    const end = performance.now() + (input?.timeoutMs ?? options.timeoutMs);
    for (;;) {
      const answer = await toldOnce(route, input, Math.max(1, Math.ceil(end - performance.now())));
      const wait = answer.ok || answer.problem.status !== 429 ? undefined : answer.problem.retry_after_ms;
      if (wait === undefined || performance.now() + wait >= end) return answer;
      const isAwake = await sleep(wait, true, { signal: input?.signal }).catch(() => false); // given up meanwhile
      if (!isAwake) return answer;
    }
  }

  /** `once`, told of to whoever listens. */
  function toldOnce<R extends Route>(
    route: R,
    input: CallInput<R> | undefined,
    limitMs: number,
  ): Promise<CallResult<ReplyOf<R>>> {
    if (!toldCalls.hasSubscribers) return once(route, input, limitMs, {});
    const told: ToldCall = { route: routeName(route), trace: {} };
    return toldCalls.tracePromise(async () => {
      const answer = await once(route, input, limitMs, told.trace);
      told.status = answer.ok ? route.status : answer.problem.status;
      if (!answer.ok) told.code = answer.problem.code;
      return answer;
    }, told);
  }

  async function once<R extends Route>(
    route: R,
    input: CallInput<R> | undefined,
    limitMs: number,
    trace: TraceHeaders,
  ): Promise<CallResult<ReplyOf<R>>> {
    const base = typeof options.base === 'function' ? options.base() : options.base;
    if (base === null) return unreachable('it is not known where it listens');
    const target = locate(base);
    if (target === null) return unreachable('its address is not a URL');
    const again = route.method === 'GET' || route.method === 'PUT' || input?.idempotencyKey !== undefined;
    if ('multiplex' in base && base.multiplex !== undefined) {
      const answer = await over(base.multiplex, { route, limitMs, trace }, input);
      if (answer.kind === 'reply') return read(route, answer);
      // INVARIANT: a call that may have arrived is made again only if making it twice is making it once.
      if (answer.kind === 'given_up' || (answer.mayHaveArrived && !again)) return unreachable(answer.why);
    }
    const token = tokenOf(input, options);
    const path = pathOf(route, input);
    const send = async (): Promise<Answer | Error> => {
      const prove = { method: route.method, url: `${target.origin}${target.prefix}${path}`, nonce };
      const answer = await exchange(target, {
        agent,
        secureAgent,
        method: route.method,
        path,
        ...partsOf(input, { limitMs, authorization: await authorizationOf(token, prove), trace }),
      });
      if (!(answer instanceof Error)) nonce = answer.nonce ?? nonce;
      return answer;
    };
    const before = nonce;
    let answer = await send();
    if (answer instanceof StaleConnection && again) answer = await send();
    // Nothing was done with a proof that lacked the server's nonce: it is made anew, with the one that came back.
    const isUnproven = token !== null && isKeyed(token) && !(answer instanceof Error) && answer.status === 401;
    if (isUnproven && nonce !== before) answer = await send();
    if (answer instanceof Error) return unreachable(answer.message);
    return read(route, answer);
  }

  let multiplex: { readonly path: string; readonly socket: Multiplex } | undefined;
  let nonce: string | undefined;

  function over(
    path: string,
    { route, limitMs, trace }: { readonly route: Route; readonly limitMs: number; readonly trace: TraceHeaders },
    input: (Common & { readonly body?: unknown }) | undefined,
  ) {
    if (multiplex?.path !== path) {
      multiplex?.socket[Symbol.dispose]();
      multiplex = { path, socket: openMultiplex(path) };
    }
    const token = tokenOf(input, options);
    const query = input?.query && Object.entries(input.query).map(([name, value]) => [name, String(value)] as const);
    const call = {
      route: routeName(route),
      params: input?.params,
      query: query && Object.fromEntries(query),
      token: token === null ? undefined : bearerOf(token),
      prove:
        token !== null && isKeyed(token)
          ? (challenge: string) => proofOf(token, { ...multiplexProof, nonce: challenge })
          : undefined,
      point: input?.point,
      idempotency_key: input?.idempotencyKey,
      ...trace,
      body: input?.body,
    };
    return multiplex.socket.call(call, { timeoutMs: limitMs, signal: input?.signal });
  }

  return {
    call: (route, ...[input]) => call(route, input),
    [Symbol.dispose]() {
      multiplex?.socket[Symbol.dispose]();
      agent.destroy();
      secureAgent.destroy();
    },
  };
}

class StaleConnection extends Error {}

type Target = {
  readonly secure: boolean;
  readonly connect: Readonly<Record<string, unknown>>;
  /** As the server is named in the requests it gets. */
  readonly origin: string;
  readonly prefix: string;
};

/** Where to connect, or null when `url` is not one. */
export function locate(base: Base): Target | null {
  if ('socketPath' in base)
    return {
      secure: false,
      connect: { socketPath: base.socketPath, host: 'localhost' },
      origin: 'http://localhost',
      prefix: '',
    };
  if (!URL.canParse(base.url)) return null;
  const url = new URL(base.url);
  const secure = url.protocol === 'https:';
  return {
    secure,
    connect: { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || (secure ? 443 : 80) },
    origin: url.origin,
    prefix: url.pathname.replace(/\/$/, ''),
  };
}

function pathOf(route: Route, input: Common | undefined): string {
  const path = route.path.replace(/:([a-z_]+)/gi, (_, name: string) => encodeURIComponent(input?.params?.[name] ?? ''));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input?.query ?? {})) query.set(name, String(value));
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

const tokenOf = (input: Common | undefined, options: CallerOptions): string | null =>
  input?.token ?? (typeof options.token === 'function' ? options.token() : options.token);

/** The headers that say who asks: a bearer, or a credential with the proof of its key. */
export async function authorizationOf(
  token: string | null,
  proving: Proving,
): Promise<Readonly<Record<string, string>>> {
  if (token === null) return {};
  if (!isKeyed(token)) return { authorization: `Bearer ${token}` };
  return { authorization: `DPoP ${bearerOf(token)}`, dpop: await proofOf(token, proving) };
}

function partsOf(
  input: (Common & { readonly body?: unknown }) | undefined,
  {
    limitMs,
    authorization,
    trace: { traceparent, tracestate },
  }: {
    readonly limitMs: number;
    readonly authorization: Readonly<Record<string, string>>;
    readonly trace: TraceHeaders;
  },
) {
  return {
    body: input?.body === undefined ? undefined : JSON.stringify(input.body),
    headers: {
      accept: 'application/json',
      ...authorization,
      ...(input?.point === undefined ? {} : { 'writ-point': input.point }),
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(tracestate === undefined || tracestate === '' ? {} : { tracestate }),
      ...(input?.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(input?.idempotencyKey === undefined ? {} : { 'idempotency-key': input.idempotencyKey }),
    },
    timeoutMs: limitMs,
    signal: input?.signal,
  };
}

type Exchange = ReturnType<typeof partsOf> & {
  agent: InstanceType<typeof Agent>;
  secureAgent: InstanceType<typeof SecureAgent>;
  method: string;
  path: string;
};

function exchange(
  target: Target,
  { agent, secureAgent, method, path, body, headers, timeoutMs, signal }: Exchange,
): Promise<Answer | Error> {
  return new Promise((resolve) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = {
      ...target.connect,
      method,
      path: target.prefix + path,
      headers: { ...headers, ...length },
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    };
    const request = target.secure
      ? httpsRequest({ ...options, agent: secureAgent })
      : httpRequest({ ...options, agent });
    request.on('response', (response) => {
      collect(response).then(resolve, (error: unknown) => {
        resolve(asError(error));
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      const timedOut = limit.aborted && !(signal?.aborted ?? false);
      resolve(
        stale
          ? new StaleConnection(error.message)
          : timedOut
            ? new Error(`no answer within ${String(timeoutMs)} ms`)
            : error,
      );
    });
    request.end(body);
  });
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // IncomingMessage yields Buffers while no encoding is set.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxReplyBytes) throw new Error('the reply is too large');
    chunks.push(chunk);
  }
  const nonce = response.headers['dpop-nonce'];
  return {
    status: response.statusCode ?? 0,
    body: parseJson(Buffer.concat(chunks).toString('utf8')),
    nonce: typeof nonce === 'string' ? nonce : undefined,
  };
}

function read<R extends Route>(route: R, { status, body }: Answer): CallResult<ReplyOf<R>> {
  if (status >= 200 && status < 300) {
    const reply = route.reply.safeParse(body);
    if (reply.success) return { ok: true, value: reply.data };
    return failure(
      'malformed_reply',
      status,
      `the reply to ${route.method} ${route.path} is not what the route promises`,
    );
  }
  const problem = problemWire.safeParse(body);
  if (problem.success) return { ok: false, problem: problem.data };
  return failure(
    `http_${String(status)}`,
    status,
    `${route.method} ${route.path} was answered with status ${String(status)}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: the schema refuses it
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const failure = (
  code: string,
  status: number,
  detail: string,
): { readonly ok: false; readonly problem: ProblemWire } => ({
  ok: false,
  problem: { type: `urn:writ:problem:${code}`, title: code.replaceAll('_', ' '), status, detail, way_out: null, code },
});

const unreachable = (why: string): { readonly ok: false; readonly problem: ProblemWire } => {
  const { problem } = failure('control_unreachable', 503, `the server cannot be reached: ${why}`);
  return { ok: false, problem: { ...problem, way_out: 'start it with `writ up`, or wait until it is back' } };
};
