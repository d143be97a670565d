/** What an end, or what is learned of one later, writes beside the operation's own event: history, use, and the word its receipts wait for. */

import { usageWrites } from '../budget/usage.ts';
import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { endedWrites } from '../history/judged.ts';
import type { Outcome } from '../refusal.ts';
import { done } from '../refusal.ts';
import type { OperationEvent, OperationOutcome } from './events.ts';
import type { FinalUsage } from './final-usage.ts';
import { finalUsage } from './final-usage.ts';
import type { OperationRecord } from './operation-record.ts';
import { settledWords } from './settled-words.ts';
import { placeOf } from './standing.ts';

export type Ended = {
  readonly outcome: OperationOutcome;
  /** Who says so. */
  readonly by: string;
  /** Whose word it is to a receipt; null for a person's, which is no end that anybody saw. */
  readonly attestedBy: 'runtime' | 'sink' | null;
  /** An enforcement point saw it. */
  readonly isWatched: boolean;
  readonly usage?: FinalUsage | undefined;
};

/** The writes of `events`, which say how `operation` ended. */
export function endWrites(
  core: Core,
  operation: OperationRecord,
  events: readonly OperationEvent[],
  { outcome, by, attestedBy, isWatched, usage }: Ended,
): Outcome<readonly PlannedWrite[]> {
  const used = finalUsage(core.projection, operation, outcome, usage);
  const counted = used === undefined ? done([]) : usageWrites(core, operation, used, by);
  if (!counted.ok) return counted;
  return done([
    { ...placeOf(operation), events },
    ...endedWrites(core, operation, { outcome, isWatched }),
    ...counted.value,
    ...(attestedBy === null ? [] : settledWords(core, operation, { outcome, attestedBy })),
  ]);
}
