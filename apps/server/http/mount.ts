/**
 * Mounts route values: one generic path from a request to a handler and back. Authenticates, parses, calls, answers.
 *
 * It refuses what the route's own value does not allow: a caller of another kind, and a body that is not the schema's, with the exact path of
 * what was wrong. Fields the schema does not name are ignored. Handlers decide nothing about any of this.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemWire, Route, Caller as RouteCaller } from '@writ/protocol';
import { sendProblem } from './http-server.ts';
import { problem } from './problem.ts';

export type Answer<T> = { readonly ok: true; readonly body: T } | { readonly ok: false; readonly problem: ProblemWire };

/** Someone who calls; `anyone` on routes that need no credential. */
export type Principal = { readonly kind: RouteCaller };

export type Call<Body, P> = {
  readonly body: Body;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly caller: P;
  readonly idempotencyKey: string | undefined;
  /** A header by its lower-case name, when it came once. */
  readonly header: (name: string) => string | undefined;
};

export type Handler<R extends Route, P> = (
  call: Call<R['body']['_zod']['output'], P>,
) => Promise<Answer<R['reply']['_zod']['input']>> | Answer<R['reply']['_zod']['input']>;
export type Api = Readonly<Record<string, Route>>;
export type Handlers<A extends Api, P> = { readonly [Name in keyof A]: Handler<A[Name], P> };

export type MountOptions<P extends Principal> = {
  /** Who the bearer belongs to; undefined for one nobody was given. */
  readonly authenticate: (token: string) => P | undefined;
  readonly anyone: P;
  /** Told of each problem a handler answered with, before it is sent. */
  readonly onRefused?: (
    caller: P,
    attempt: { readonly route: string; readonly params: Readonly<Record<string, string>> },
    problem: ProblemWire,
  ) => Promise<void>;
  /** Somebody called what is not theirs to call: the problem to answer with, after it was recorded. */
  readonly onForbidden: (
    caller: P,
    attempt: { readonly route: string; readonly params: Readonly<Record<string, string>> },
  ) => Promise<ProblemWire>;
};

/** Mounts every route of `api` with its handler. */
export function mountApi<A extends Api, P extends Principal>(
  app: FastifyInstance,
  api: A,
  handlers: Handlers<A, P>,
  options: MountOptions<P>,
): void {
  for (const name of Object.keys(api)) {
    const route = api[name];
    // `handlers` has the same keys as `api`; the pairing is checked where it is written.
    const handler = handlers[name] as Handler<Route, P> | undefined;
    if (route !== undefined && handler !== undefined) mountRoute(app, { name, route, handler }, options);
  }
}

type Mounted<P> = { readonly name: string; readonly route: Route; readonly handler: Handler<Route, P> };

function mountRoute<P extends Principal>(
  app: FastifyInstance,
  { name, route, handler }: Mounted<P>,
  options: MountOptions<P>,
): void {
  app.route({
    method: route.method,
    url: route.path,
    // Before the body is read: a stranger's bytes are never parsed.
    onRequest: async (request, reply) => {
      const caller = identify(request, options);
      const isForAnyone = route.callers.includes('anyone');
      if (caller === undefined && !isForAnyone)
        return sendProblem(reply.header('www-authenticate', 'Bearer'), unauthenticated);
      if (caller !== undefined && !isForAnyone && !route.callers.includes(caller.kind))
        return sendProblem(reply, await options.onForbidden(caller, { route: name, params: paramsOf(request) }));
      return undefined;
    },
    handler: async (request, reply) =>
      answer(request, reply, { name, route, handler, caller: identify(request, options) ?? options.anyone, options }),
  });
}

type Known<P extends Principal> = Mounted<P> & { readonly caller: P; readonly options: MountOptions<P> };

async function answer<P extends Principal>(
  request: FastifyRequest,
  reply: FastifyReply,
  known: Known<P>,
): Promise<FastifyReply> {
  const { name, route, handler, caller, options } = known;
  const params = paramsOf(request);
  const key = headerOf(request, 'idempotency-key');
  const malformed = malformedParam(params) ?? malformedKey(key);
  if (malformed !== undefined) return sendProblem(reply, malformed);
  const body = parseBody(route, request.body);
  if (!body.ok) return sendProblem(reply, body.problem);
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  const header = (name: string): string | undefined => headerOf(request, name);
  const result = await handler({ body: body.body, params, query, caller, idempotencyKey: key, header });
  if (result.ok)
    return reply.code(route.status).header('content-type', 'application/json').send(JSON.stringify(result.body));
  await options.onRefused?.(caller, { route: name, params }, result.problem);
  return sendProblem(reply, result.problem);
}

function malformedParam(params: Readonly<Record<string, string>>): ProblemWire | undefined {
  const strange = Object.entries(params).find(([, value]) => !/^[A-Za-z0-9_.-]{1,128}$/.test(value));
  return strange && problem(404, 'not_found', `\`${strange[0]}\` in the path is not an identifier`);
}

function malformedKey(key: string | undefined): ProblemWire | undefined {
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return undefined;
  return problem(
    400,
    'malformed_request',
    '`Idempotency-Key` has characters no key has, or too many',
    'use a random identifier',
  );
}

/** To who carries no credential, or one that is not known. */
export const unauthenticated = problem(
  401,
  'unauthenticated',
  'the request carries no credential that is known here',
  'send `Authorization: Bearer TOKEN`',
);

/** The caller a request's bearer names. */
export function identify<P>(
  request: FastifyRequest,
  { authenticate }: Pick<MountOptions<P & Principal>, 'authenticate'>,
): P | undefined {
  const token = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(headerOf(request, 'authorization') ?? '')?.[1];
  return token === undefined ? undefined : authenticate(token);
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

// Fastify gives the parameters of the path as strings.
const paramsOf = (request: FastifyRequest): Readonly<Record<string, string>> =>
  request.params as Record<string, string>;

function parseBody(route: Route, body: unknown): Answer<unknown> {
  if (route.body._zod.def.type === 'undefined') return { ok: true, body: undefined };
  const parsed = route.body.safeParse(body ?? {});
  if (parsed.success) return { ok: true, body: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the body' : `\`${pathText(issue.path)}\``;
  return {
    ok: false,
    problem: problem(
      400,
      'malformed_request',
      `${where}: ${issue?.message ?? 'not what is expected'}`,
      'see `/openapi.json` for what is expected',
    ),
  };
}

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${String(step)}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('');
