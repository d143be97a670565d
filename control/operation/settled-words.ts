/** Settling is also the word that an operation's line in each receipt waits for. */

import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { acknowledge } from '../receipt/decide.ts';
import { receiptStream } from '../streams.ts';
import type { OperationOutcome } from './events.ts';
import type { OperationRecord } from './operation-record.ts';

/** The writes that speak for the operation in each receipt that has a line for it. */
export function settledWords(
  { projection, now }: Core,
  operation: OperationRecord,
  { outcome, attestedBy }: { readonly outcome: OperationOutcome; readonly attestedBy: 'runtime' | 'sink' },
): readonly PlannedWrite[] {
  const isLearned = operation.state.name === 'settled';
  const said = {
    done: 'finished_before',
    failed: 'stopped',
    interrupted: 'interrupted',
    unknown: 'unknown',
  } as const satisfies Record<OperationOutcome, string>;
  const residualUntil = outcome === 'unknown' ? operation.leaseUntil : null;
  const word = {
    kind: 'operation',
    subject: operation.begun.id,
    // What is learned later to have landed was not over before the stop for all anybody knows.
    outcome: isLearned && outcome === 'done' ? ('unknown' as const) : said[outcome],
    attestedBy,
    residualUntil,
    note: `${isLearned ? 'learned later' : 'settled as'}: ${outcome}`,
  } as const;
  return (projection.receiptsOfOperation.get(operation.begun.id) ?? []).flatMap((id) => {
    const receipt = projection.receipts.get(id);
    if (receipt === undefined) return [];
    const after = Math.max(0, now() - receipt.openedAt);
    const events = acknowledge(
      receipt,
      null,
      [{ ...word, note: `${word.note}, ${String(after)} ms after the stop` }],
      now(),
    );
    return [
      { stream: receiptStream(id), events, project: operation.begun.project, lineage: { mandate: receipt.mandate } },
    ];
  });
}
