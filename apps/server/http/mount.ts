/** Mounts route values on HTTP: one path from a request to a call of a route and back. What a call must be is `call.ts`. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Api, Handlers, Mounted, MountOptions, Principal } from './call.ts';
import { answerCall, mounted, unauthenticated, whyNotCalled } from './call.ts';
import { sendProblem, largestBodyBytes } from './http-server.ts';
import type { Presented } from './possession.ts';
import { presentedIn, whyNotProven } from './possession.ts';

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
    ...(one.route.largeBody === true && { bodyLimit: largestBodyBytes }),
    // Before the body is read: a stranger's bytes are never parsed.
    onRequest: async (request, reply) => {
      const presented = presentedIn(headerOf(request, 'authorization'));
      const caller = presented === undefined ? undefined : options.authenticate(presented.token);
      if (caller !== undefined && presented !== undefined) {
        const unproven = await whyUnproven(one, request, reply, { ...options, caller, presented });
        if (unproven !== undefined) return unproven;
        callers.set(request, caller);
      }
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

/** The answer to a caller who has not proven a key they have to; undefined where they have. Whoever has one is told the nonce of the next proof. */
async function whyUnproven<P extends Principal>(
  { name }: Mounted<P>,
  request: FastifyRequest,
  reply: FastifyReply,
  { possession, onRefused, caller, presented }: MountOptions<P> & { readonly caller: P; readonly presented: Presented },
): Promise<FastifyReply | undefined> {
  if (possession === undefined) return undefined;
  // The server's own names were compared already.
  const url = `http://${request.headers.host ?? ''}${request.url}`;
  const proof = headerOf(request, 'dpop');
  const unproven = await whyNotProven(possession, caller, { ...presented, method: request.method, url, proof });
  if (possession.keyOf(caller) !== null) void reply.header('dpop-nonce', possession.proofs.nonce());
  if (unproven === undefined) return undefined;
  await onRefused?.(caller, { route: name, params: paramsOf(request) }, unproven.problem);
  return sendProblem(reply.header('www-authenticate', unproven.challenge), unproven.problem);
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
