/** Where effects may go, as people named it: a part of the fold. It decides nothing. */

import type { NamedSink, SinkEvent } from './events.ts';

export type SinkFold = {
  /** By stream. */
  readonly sinks: Map<string, NamedSink>;
};

export const noSinks = (): SinkFold => ({ sinks: new Map() });

/** Folds an event of `stream` in. */
export function foldSink(p: SinkFold, stream: string, event: SinkEvent): void {
  if (event.type === 'sink.named') p.sinks.set(stream, event.data);
  else p.sinks.delete(stream);
}
