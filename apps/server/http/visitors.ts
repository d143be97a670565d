/**
 * Who may knock at a local server: requests that name this server as their host, and pages of this very server.
 * It refuses DNS rebinding and cross-site requests; no CORS header is ever sent.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';

/** `loopback`: a TCP port on this machine. `socket`: a Unix socket, where the file's mode says who may connect. */
export type Door = 'loopback' | 'socket';

/** Why the request is not let in, or undefined. */
export function whyNotLetIn(app: FastifyInstance, request: FastifyRequest, door: Door): string | undefined {
  const { host, origin } = request.headers;
  if (door === 'socket') return origin === undefined ? undefined : 'a web page cannot speak on this socket';
  const names = ownNames(app);
  if (host === undefined || !names.has(host.toLowerCase())) return `this server is not \`${host ?? ''}\``;
  if (origin !== undefined && ![...names].some((name) => origin.toLowerCase() === `http://${name}`))
    return `a page of \`${origin}\` may not speak to this server`;
  return undefined;
}

const namesOf = new WeakMap<FastifyInstance, ReadonlySet<string>>();

/** A server that listens does not change its addresses. */
function ownNames(app: FastifyInstance): ReadonlySet<string> {
  const known = namesOf.get(app);
  if (known !== undefined) return known;
  const names = namesAt(app.addresses().map((address) => (typeof address === 'string' ? 0 : address.port)));
  namesOf.set(app, names);
  return names;
}

/** What a request may call a server of this machine that listens at `ports`. */
export const namesAt = (ports: readonly number[]): ReadonlySet<string> =>
  new Set(
    [...new Set(ports)].flatMap((port) => ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${String(port)}`)),
  );
