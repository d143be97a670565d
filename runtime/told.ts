/**
 * What this room tells of what it does, to whoever listens in this process: `node:diagnostics_channel`, which costs nothing where nobody does. Nothing is decided by who listens.
 */

import { tracingChannel } from 'node:diagnostics_channel';

/** A session that may go on, or not. */
export type ToldResume = {
  readonly session: string;
  readonly wake: string;
  /** Once it is judged: `continue`, `pause` or `inert`. */
  go?: string;
};

/** A turn of an agent. */
export type ToldTurn = {
  readonly session: string;
  readonly agent: string;
  readonly driver: string;
  readonly mandate: string | null;
  readonly task: string | null;
  /** Once it is over. */
  outcome?: string;
};

/** The names of the channels, as `diagnostics_channel.tracingChannel` takes them. */
export const runtimeChannels = { resume: 'writ.resume', turn: 'writ.turn' } as const;

export const toldResume = tracingChannel<unknown, ToldResume>(runtimeChannels.resume);
export const toldTurn = tracingChannel<unknown, ToldTurn>(runtimeChannels.turn);
