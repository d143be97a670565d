/**
 * `apps/server/http/http-server.ts`: in the place of Fastify, an application that answers what is mounted on it: hooks before the body is read, then the handler of the route. What a
 * stranger's bytes may be is not asked here: that is the real server's own test.
 */

import type { ProblemWire } from '@writ/protocol';
import type { Log } from '@writ/server';
import { serveAt } from './http.ts';
import type { Incoming, SimulatedResponse } from './http.ts';

/** What handlers and hooks look at. */
type Request = Pick<Incoming, 'url' | 'headers' | 'method'> & {
  readonly body: unknown;
  readonly params: Readonly<Record<string, string>>;
  readonly routeOptions: { readonly url: string };
};
type Reply = {
  readonly raw: SimulatedResponse;
  readonly sent: boolean;
  hijack(): Reply;
  code(code: number): Reply;
  header(name: string, value: string): Reply;
  send(text: string): Reply;
};
type Step = (request: Request, reply: Reply) => unknown;
type Route = { readonly method: string; readonly url: string; readonly onRequest?: Step; readonly handler: Step };
type Place = { readonly host: string; readonly port: number } | { readonly path: string };
type Options = {
  readonly log: Log;
  readonly problemOf: (error: Error) => ProblemWire | undefined;
};

/** Of a route that takes large bodies; nothing is too large here. */
export const largestBodyBytes = 268_435_456;

/** An application without routes yet. `log`: told of what a handler throws. */
export function createHttpServer({ log, problemOf }: Options) {
  const routes: (Route & { readonly pattern: RegExp; readonly names: readonly string[] })[] = [];
  const hooks: Step[] = [];
  const route = (one: Route): void => {
    const names = [...one.url.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
    routes.push({ ...one, names, pattern: new RegExp(`^${one.url.replace(/:\w+/g, '([^/]+)')}$`) });
  };
  const answer = async (incoming: Incoming, response: SimulatedResponse): Promise<void> => {
    const [path = ''] = incoming.url.split('?');
    const found = routes.find(({ method, pattern }) => method === incoming.method && pattern.test(path));
    const reply = replyOver(response);
    if (found === undefined) return void reply.code(404).send('');
    const values = found.pattern.exec(path)?.slice(1) ?? [];
    const request: Request = {
      ...incoming,
      body: incoming.body === '' ? undefined : (JSON.parse(incoming.body) as unknown),
      params: Object.fromEntries(found.names.map((name, nth) => [name, decodeURIComponent(values[nth] ?? '')])),
      routeOptions: { url: found.url },
    };
    try {
      for (const step of [...hooks, ...(found.onRequest === undefined ? [] : [found.onRequest]), found.handler]) {
        await step(request, reply);
        if (reply.sent) return;
      }
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const known = problemOf(error);
      if (known === undefined) log.bug(error, `${incoming.method} ${found.url}`);
      if (!reply.sent) sendProblem(reply, known ?? internal);
    }
  };
  return {
    get: (url: string, handler: Step) => route({ method: 'GET', url, handler }),
    route,
    addHook: (_when: 'onRequest', hook: Step) => void hooks.push(hook),
    register: () => undefined,
    listen: (place: Place) => {
      const address = 'path' in place ? place.path : `${place.host}:${String(place.port || 4_000)}`;
      serveAt(address, (incoming, response) => void answer(incoming, response));
      return Promise.resolve('path' in place ? place.path : `http://${address}`);
    },
    close: () => Promise.resolve(),
  };
}

const internal: ProblemWire = {
  ...{ type: 'urn:writ:problem:internal', title: 'internal', status: 500, detail: 'a bug', way_out: null },
  code: 'internal',
};

function replyOver(raw: SimulatedResponse): Reply {
  let status = 200;
  let sent = false;
  const headers: Record<string, string> = {};
  const reply: Reply = {
    raw,
    get sent() {
      return sent;
    },
    hijack: () => ((sent = true), reply),
    code: (code) => ((status = code), reply),
    header: (name, value) => ((headers[name] = value), reply),
    send: (text) => {
      sent = true;
      raw.reply(status, headers, text);
      return reply;
    },
  };
  return reply;
}

export const maxBodyBytes = 1_048_576;

/** Answers with a problem. */
export const sendProblem = (reply: Reply, what: ProblemWire): Reply =>
  reply.code(what.status).send(JSON.stringify(what));
