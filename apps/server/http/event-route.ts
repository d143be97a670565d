/**
 * `GET /v1/events`: a plane's log as server-sent events, from `Last-Event-ID` or `?after=`, for people and enforcement points.
 * Who else calls is told so, by the plane that knows its words.
 */

import type { FastifyInstance } from 'fastify';
import { heartbeatMs } from '@writ/protocol';
import type { ProblemWire } from '@writ/protocol';
import { streamEvents } from './event-stream.ts';
import type { EventStreamOptions } from './event-stream.ts';
import { sendProblem } from './http-server.ts';
import type { Principal } from './call.ts';
import { unauthenticated } from './call.ts';
import { identify } from './mount.ts';

import { problem } from './problem.ts';

export type EventRoute<P extends Principal> = {
  readonly authenticate: (token: string) => P | undefined;
  /** Where it is; by default the whole log. */
  readonly path?: string;
  /** Why a caller that is known may not read the log; undefined where it may. */
  readonly whyNot: (caller: P, params: Params) => Promise<ProblemWire | undefined>;
  /** The log as `caller` may see it. */
  readonly log: (
    caller: P,
    params: Params,
  ) => Promise<Pick<EventStreamOptions, 'head' | 'isCurrent' | 'events'> & Partial<Disposable>>;
  /** Ends every stream when the plane does. */
  readonly closing: AbortSignal;
};

type Params = Readonly<Record<string, string>>;

/** Mounts the route. */
export function mountEvents<P extends Principal>(
  app: FastifyInstance,
  { path = '/v1/events', authenticate, whyNot, log, closing }: EventRoute<P>,
): void {
  app.get<{ Params: Params }>(path, async (request, reply) => {
    const caller = identify<P>(request, { authenticate });
    if (caller === undefined) return sendProblem(reply, unauthenticated);
    const refusal = await whyNot(caller, request.params);
    if (refusal !== undefined) return sendProblem(reply, refusal);
    const after = positionIn(
      request.headers['last-event-id'] ?? new URLSearchParams(request.url.split('?')[1] ?? '').get('after'),
    );
    if (after === undefined) return sendProblem(reply, notAPosition);
    const { [Symbol.dispose]: end, ...told } = await log(caller, request.params);
    try {
      await streamEvents(reply, { ...told, after, heartbeatMs, signal: closing });
    } finally {
      end?.();
    }
    return reply;
  });
}

const notAPosition = problem(
  400,
  'malformed_request',
  '`Last-Event-ID` is not a position',
  'send the `id` of the last event you have',
);

/** Null where nothing was named, undefined where it is not a position. */
function positionIn(text: string | readonly string[] | null): number | null | undefined {
  if (text === null) return null;
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
