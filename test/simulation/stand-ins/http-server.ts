/**
 * `apps/server/http/http-server.ts`: in the place of Fastify, an application that answers one kind of request, the change stream's, with the handler that is mounted for it. Calls
 * of routes come over the multiplexed socket.
 */

import type { ProblemWire } from '@writ/protocol';
import type { Log } from '@writ/server';
import { serveAt } from './http.ts';
import type { Incoming, SimulatedResponse } from './http.ts';

/** What a handler of a stream looks at. */
type Request = Pick<Incoming, 'url' | 'headers'>;
type Reply = {
  readonly raw: SimulatedResponse;
  hijack(): Reply;
  code(code: number): Reply;
  header(): Reply;
  send(text: string): Reply;
};
type Handler = (request: Request, reply: Reply) => unknown;

/** An application without routes yet. `log`: told of what a handler throws. */
export function createHttpServer({ log }: { readonly log: Log }) {
  const handlers = new Map<string, Handler>();
  return {
    get: (path: string, handler: Handler) => void handlers.set(path, handler),
    route: () => undefined,
    register: () => undefined,
    listen: ({ host, port }: { readonly host: string; readonly port: number }) => {
      const address = `${host}:${String(port || 4_000)}`;
      serveAt(address, (incoming, response) => {
        const [path = ''] = incoming.url.split('?');
        const handler = handlers.get(path);
        Promise.resolve(handler?.(incoming, replyOver(response))).catch((error: unknown) =>
          log.bug(error instanceof Error ? error : new Error(String(error)), path),
        );
      });
      return Promise.resolve(`http://${address}`);
    },
    close: () => Promise.resolve(),
  };
}

function replyOver(raw: SimulatedResponse): Reply {
  let status = 200;
  const reply: Reply = {
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
  return reply;
}

export const maxBodyBytes = 1_048_576;

/** Answers with a problem. */
export const sendProblem = (reply: Reply, what: ProblemWire): Reply =>
  reply.code(what.status).send(JSON.stringify(what));
