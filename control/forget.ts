/**
 * What the fold lets go of, so that memory does not grow with all that ever happened: settled operations and the answers to idempotency keys, a day later.
 *
 * By the time of the events alone, so that a replay forgets what was forgotten. INVARIANT: what is forgotten is never done again: its stream is in the journal, and an
 * append that takes it for new is refused there.
 */

import { operationStream, requestStream } from './streams.ts';

/** How long a settled operation, and the answer to a resent key, is kept in memory, in milliseconds. */
export const keptMs = 24 * 3_600_000;

type Forgetful = {
  readonly settled: Map<string, number>;
  readonly begunAt: Map<string, number>;
  readonly forgotten: number[];
  readonly requests: Map<string, { readonly at: number }>;
  readonly versions: Map<string, number>;
} & Readonly<Record<'operations' | 'draws' | 'receiptsOfOperation', Map<string, unknown>>>;

/** Lets go of what is over since long at `now`, in epoch milliseconds. */
export function forget(p: Forgetful, now: number): void {
  for (const [id, settledAt] of p.settled) {
    if (settledAt + keptMs > now) break;
    p.settled.delete(id);
    p.operations.delete(id);
    p.draws.delete(id);
    p.receiptsOfOperation.delete(id);
    p.versions.delete(operationStream(id));
    keepPlace(p.forgotten, p.begunAt.get(id) ?? 0);
    p.begunAt.delete(id);
  }
  for (const [id, { at }] of p.requests) {
    if (at + keptMs > now) break;
    p.requests.delete(id);
    p.versions.delete(requestStream(id));
  }
}

/** In order; what is forgotten began at about the same time as what was forgotten before. */
function keepPlace(forgotten: number[], position: number): void {
  let at = forgotten.length;
  for (; at > 0 && (forgotten[at - 1] ?? 0) > position; at -= 1) forgotten[at] = forgotten[at - 1] ?? 0;
  forgotten[at] = position;
}
