/** Mounts route values on HTTP: one path from a request to a call of a route and back. What a call must be is `call.ts`. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Api, Handlers, Mounted, MountOptions, Principal } from './call.ts';
import { answerCall, mounted, unauthenticated, whyNotCalled } from './call.ts';
import { sendProblem } from './http-server.ts';

/** Mounts every route of `api` with its handler. */
export function mountApi<A extends Api, P extends Principal>(
  app: FastifyInstance,
  api: A,
  handlers: Handlers<A, P>,
  options: MountOptions<P>,
): void {
  for (const one of mounted(api, handlers)) mountRoute(app, one, options);
}

function mountRoute<P extends Principal>(app: FastifyInstance, one: Mounted<P>, options: MountOptions<P>): void {
  const callers = new WeakMap<FastifyRequest, P>();
  app.route({
    method: one.route.method,
    url: one.route.path,
    // Before the body is read: a stranger's bytes are never parsed.
    onRequest: async (request, reply) => {
      const caller = identify(request, options);
      if (caller !== undefined) callers.set(request, caller);
      const why = await whyNotCalled(one, caller, paramsOf(request), options);
      if (why === undefined) return undefined;
      return sendProblem(why === unauthenticated ? reply.header('www-authenticate', 'Bearer') : reply, why);
    },
    handler: async (request, reply) => {
      const question = request.url.indexOf('?');
      const call = {
        body: request.body,
        params: paramsOf(request),
        query: new URLSearchParams(question < 0 ? '' : request.url.slice(question + 1)),
        caller: callers.get(request) ?? options.anyone,
        idempotencyKey: headerOf(request, 'idempotency-key'),
        header: (name: string) => headerOf(request, name),
      };
      const result = await answerCall(one, call, options);
      return result.ok
        ? reply.code(one.route.status).header('content-type', 'application/json').send(JSON.stringify(result.body))
        : sendProblem(reply, result.problem);
    },
  });
}

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
