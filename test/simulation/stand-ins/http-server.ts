/**
 * `apps/server/http/http-server.ts`: in the place of Fastify, an application that answers one kind of request, the change stream's, with the handler that is mounted for it. Calls
 * of routes come over the multiplexed socket.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemWire } from '@writ/protocol';
import { serveAt } from './http.ts';
import type { SimulatedResponse } from './http.ts';

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** An application without routes yet. `onBug`: told of what a handler throws. */
export function createHttpServer({
  onBug,
}: {
  readonly onBug: (error: Error, where: string) => void;
}): FastifyInstance {
  const handlers = new Map<string, Handler>();
  const app = {
    get: (path: string, handler: Handler) => void handlers.set(path, handler),
    route: () => undefined,
    register: () => undefined,
    listen: ({ host, port }: { readonly host: string; readonly port: number }) => {
      const address = `${host}:${String(port || 4_000)}`;
      serveAt(address, (incoming, response) => {
        const [path = ''] = incoming.url.split('?');
        const handler = handlers.get(path);
        // As far as a handler of a stream looks at what Fastify gives it.
        const given = { url: incoming.url, headers: incoming.headers } as unknown as FastifyRequest;
        Promise.resolve(handler?.(given, replyOver(response))).catch((error: unknown) =>
          onBug(error instanceof Error ? error : new Error(String(error)), path),
        );
      });
      return Promise.resolve(`http://${address}`);
    },
    close: () => Promise.resolve(),
  };
  // As far as a plane uses it.
  return app as unknown as FastifyInstance;
}

function replyOver(raw: SimulatedResponse): FastifyReply {
  let status = 200;
  const reply = {
    raw,
    hijack: () => reply,
    code: (code: number) => ((status = code), reply),
    header: () => reply,
    send: (text: string) => {
      raw.writeHead(status);
      raw.write(text);
      raw.end();
      return reply;
    },
  };
  // As above.
  return reply as unknown as FastifyReply;
}

export const maxBodyBytes = 1_048_576;

/** Answers with a problem. */
export const sendProblem = (reply: FastifyReply, what: ProblemWire): FastifyReply =>
  reply.code(what.status).send(JSON.stringify(what));
