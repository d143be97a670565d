/**
 * A Fastify server as every plane wants it: JSON in and out, problems for errors, strangers kept out before anything is read, limits on size,
 * depth and time. It knows no route.
 */

import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fastify from 'fastify';
import { problemContentType } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import type { Log } from '../log/log.ts';
import type { Drain } from './drain.ts';
import type { Direct } from './direct.ts';
import { directServer } from './direct.ts';
import { BodyError, acceptJsonOnly } from './json-body.ts';
import { everyAnswer, internal, problem, retryAfter } from './problem.ts';
import type { Door } from './visitors.ts';
import { whyNotLetIn } from './visitors.ts';

export type HttpServerOptions = {
  readonly door: Door;
  /** Its end. What it refuses, it refuses before anything is read. */
  readonly drain: Drain;
  /** Paths whose bodies only ask. Default: none. */
  readonly questions?: ReadonlySet<string>;
  /** A short way past the router, where not every answer has to be told. Default: none. */
  readonly direct?: Direct;
  /** Told of every error that is a bug of ours, of which the client learns only that there was one; and, where it is that loud, of each answer. */
  readonly log: Log;
  /** Turns an error that a store raises on purpose into a problem; undefined for what is a bug. */
  readonly problemOf: (error: Error) => ProblemWire | undefined;
};

/** Neither counted nor refused while a server ends. */
const neverRefused: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/v1/events']);

/** The largest body, in bytes. */
export const maxBodyBytes = 1_048_576;

/** Of a route that takes whole sessions. */
export const largestBodyBytes = 268_435_456;

/** The server, with no routes yet. */
export function createHttpServer({
  door,
  drain,
  questions = new Set(),
  direct,
  log,
  problemOf,
}: HttpServerOptions): FastifyInstance {
  const isTold = log.writes('debug');
  const app = fastify({
    bodyLimit: maxBodyBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 256 },
    schemaController: { compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas } },
    serverFactory: (answer) =>
      serverOf(direct === undefined || isTold ? createServer(answer) : directServer(direct, answer, drain)),
  });
  acceptJsonOnly(app, questions);
  app.addHook('onRequest', async (request, reply) => {
    const id = request.headers['x-request-id'];
    if (typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id)) void reply.header('x-request-id', id);
    void reply.headers(everyAnswer);
    const why = whyNotLetIn(app, request, door);
    if (why !== undefined)
      return sendProblem(reply, problem(403, 'wrong_host', why, 'use the address in `endpoint.json`'));
    // A stream is ended by itself, and whoever asks how it stands is told.
    if (neverRefused.has(request.routeOptions.url ?? '')) return undefined;
    const begun = drain.begin();
    if (typeof begun !== 'function') return sendProblem(reply.header('connection', 'close'), begun);
    reply.raw.once('close', begun);
    return undefined;
  });
  if (isTold)
    app.addHook('onResponse', async (request, reply) => {
      log.debug('request.answered', { route: routeOf(request), status: reply.statusCode, ms: reply.elapsedTime });
    });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problem(
        404,
        'no_such_route',
        `there is no \`${request.method} ${request.url.split('?')[0] ?? ''}\``,
        'see `/openapi.json`',
      ),
    ),
  );
  app.setErrorHandler<Error & { readonly statusCode?: number; readonly code?: string }>((error, request, reply) => {
    const known = problemOf(error) ?? transportProblem(error);
    if (known !== undefined) return sendProblem(reply, known);
    log.bug(error, routeOf(request));
    return sendProblem(reply, internal);
  });
  return app;
}

/**
 * INVARIANT: what a call must look like is said by its route's own schema, in one place (`call.ts`). Fastify would otherwise load two compilers for schemas that no route has: half the files of
 * a plane, and four megabytes of each.
 */
function refuseSchemas(): never {
  throw new TypeError('a route has a schema of Fastify; give it to the API instead');
}

/** A route by its pattern: an address can hold what somebody made up. */
const routeOf = ({ method, routeOptions }: FastifyRequest): string => `${method} ${routeOptions.url ?? '(none)'}`;

function serverOf(server: Server): Server {
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 72_000;
  return server.setTimeout(0);
}

/** What can be wrong with a request before any route has seen it. */
function transportProblem(
  error: Error & { readonly statusCode?: number; readonly code?: string },
): ProblemWire | undefined {
  if (error instanceof BodyError) return error.problem;
  switch (error.code) {
    // Whoever sent it is gone, and nobody hears this.
    case 'ECONNRESET':
      return problem(400, 'malformed_request', 'the request ended before its body did');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem(413, 'too_large', `the body is larger than ${String(maxBodyBytes)} bytes`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problem(415, 'not_json', 'the body is not JSON', 'send `Content-Type: application/json`');
    default:
      return error.code?.startsWith('FST_ERR_CTP_') === true
        ? problem(400, 'malformed_request', 'the body cannot be read')
        : undefined;
  }
}

/** Answers with a problem. */
export const sendProblem = (reply: FastifyReply, what: ProblemWire): FastifyReply =>
  reply
    .headers({ ...retryAfter(what), 'content-type': problemContentType })
    .code(what.status)
    .send(JSON.stringify(what));
