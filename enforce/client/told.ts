/**
 * What this room tells of what it does, to whoever listens in this process: `node:diagnostics_channel`, which costs nothing where nobody does. A listener may hand back the trace that a
 * call carries on (W3C Trace Context). Nothing is decided by who listens.
 */

import { tracingChannel } from 'node:diagnostics_channel';

/** W3C Trace Context, as headers. */
export type TraceHeaders = { traceparent?: string | undefined; tracestate?: string | undefined };

/** A call of a route of another process. `trace` is for a listener to fill before the call leaves. */
export type ToldCall = {
  readonly route: string;
  readonly trace: TraceHeaders;
  /** Once it was answered; `code` of the problem, where it was one. */
  status?: number;
  code?: string;
};

/** Something an agent does through its door. `trace` is what the agent sent. */
export type ToldDoor = {
  readonly run: string;
  readonly session: string;
  readonly mandate: string;
  readonly route: string;
  readonly trace: TraceHeaders;
  /** Once it was answered. */
  status?: number;
};

/** The names of the channels, as `diagnostics_channel.tracingChannel` takes them. */
export const toldChannels = { call: 'writ.call', door: 'writ.door' } as const;

export const toldCalls = tracingChannel<unknown, ToldCall>(toldChannels.call);
export const toldDoor = tracingChannel<unknown, ToldDoor>(toldChannels.door);
