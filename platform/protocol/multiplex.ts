/**
 * Calls of routes over one local socket, many at a time: one JSON text a line in each direction (newline-delimited JSON, RFC 8259 texts), replies in any order.
 *
 * The server speaks first, with a line that names this format and who it is; a client that does not know it goes elsewhere. What a route is called with and answers is the route's own, the same as over HTTP.
 */

import { z } from 'zod';

/** The format's name; another number where it changes. */
export const multiplexFormat = 'writ-multiplex-1';

/** The longest line in either direction, in bytes. */
export const maxLineBytes = 1_048_576;

/** What the server says first. `challenge`: of this connection; a proof of an actor's key carries it as its nonce. */
export const multiplexHello = z.object({
  format: z.literal(multiplexFormat),
  boot: z.string(),
  challenge: z.string().max(128).optional(),
});

/** What a proof on a connection is made out for, in the place of a request's method and address. */
export const multiplexProof = { method: 'CONNECT', url: 'urn:writ:multiplex' } as const;

export const multiplexCall = z.object({
  /** Chosen by the client, and not in use by another of its calls. */
  id: z.int().min(0),
  /** Method and path of the route as it is defined: `POST /v1/check`, `GET /v1/mandates/:id`. */
  route: z.string().max(256),
  params: z.record(z.string(), z.string()).optional(),
  query: z.record(z.string(), z.string()).optional(),
  /** The bearer. */
  token: z.string().max(512).optional(),
  /** The bearer of an enforcement point that speaks beside an agent's: what `Writ-Point` is over HTTP. */
  point: z.string().max(512).optional(),
  /** The proof of the key that the bearer's mandate names (DPoP, RFC 9449), once on each connection. */
  proof: z.string().max(4_096).optional(),
  idempotency_key: z.string().max(255).optional(),
  /** Of which trace the call is a part (W3C Trace Context), as the headers of these names over HTTP. */
  traceparent: z.string().max(64).optional(),
  tracestate: z.string().max(512).optional(),
  body: z.unknown().optional(),
});
export type MultiplexCall = z.output<typeof multiplexCall>;

/** `id` null: the connection ends, and the body is the problem that ended it. */
export const multiplexReply = z.object({ id: z.int().min(0).nullable(), status: z.int(), body: z.unknown() });
export type MultiplexReply = z.output<typeof multiplexReply>;

/** What a route is called by in a call. */
export const routeName = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method} ${path}`;
