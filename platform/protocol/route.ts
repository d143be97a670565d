/**
 * A route as data: what a server mounts, what a client calls and what the OpenAPI description is generated from are this one value.
 */

import type { z } from 'zod';

/**
 * Who may call. `person`: somebody signed in, never an agent. `actor`: a run, by its own credential. `point`: an enforcement point.
 * `source`: a registered source of signals. `visitor`: a person's word to another plane of who they are, good for nothing else. `anyone`: no credential (health, discovery).
 */
export type Caller = 'person' | 'actor' | 'point' | 'visitor' | 'source' | 'anyone';

export type Route<Body extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `:name` parameters. */
  readonly path: string;
  readonly summary: string;
  readonly callers: readonly Caller[];
  readonly body: Body;
  readonly reply: Reply;
  readonly status: 200 | 201 | 202;
  /** Its body may be as large as a session. */
  readonly largeBody?: true;
  /** For an agent whose enforcement point speaks beside it, by its own token in the header `Writ-Point`: what it says of containment and of how things ended is a point's word then. */
  readonly beside?: true;
  /** It only asks: its body is bound by nothing, so that the fast parser will do. */
  readonly question?: true;
  /** Its standard has members that are not known ignored; every other route refuses them. */
  readonly ignoresUnknown?: true;
};

/** Keeps the schemas' types while checking the shape. */
export const route = <Body extends z.ZodType, Reply extends z.ZodType>(
  definition: Route<Body, Reply>,
): Route<Body, Reply> => definition;
