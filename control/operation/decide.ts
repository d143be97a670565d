/**
 * Decides what may still be done with an operation, the mandate left aside: that is judged beside it, now, by the one evaluator. Pure.
 * It refuses whatever comes after the end, after an interrupt, or after the lease.
 */

import type { Refused } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import type { OperationEvent, OperationOutcome } from './events.ts';
import type { OperationRecord } from './operation-record.ts';

/** Why the operation cannot go on, or undefined while it can. */
export function whyOver({ begun, state, leaseUntil }: OperationRecord, now: number): string | undefined {
  const name = `operation \`${begun.id}\``;
  if (state.name === 'settled') return `${name} has settled as ${state.outcome}`;
  if (state.interrupt !== null) return `${name} was told to stop`;
  // INVARIANT: strictly before the lease's end is the only time that goes on.
  return now < leaseUntil ? undefined : `the lease of ${name} ended ${new Date(leaseUntil).toISOString()}`;
}

/** Goes on for another lease. */
export function renew(
  record: OperationRecord,
  leaseMs: number,
  now: number,
): { readonly ok: true; readonly events: readonly OperationEvent[] } | Refused {
  const sentence = whyOver(record, now);
  if (sentence !== undefined) return refuse({ code: 'operation_over', operation: record.begun.id, sentence });
  return { ok: true, events: [{ type: 'operation.renewed', data: { at: now, leaseUntil: now + leaseMs } }] };
}

export type Settlement = { readonly outcome: OperationOutcome; readonly evidence: string; readonly by: string };

/** Says how it ended: accepted at any time, whatever became of the mandate, but only one way. */
export function settle(
  record: OperationRecord,
  { outcome, evidence, by }: Settlement,
  at: number,
): { readonly ok: true; readonly events: readonly OperationEvent[] } | Refused {
  const { state, begun } = record;
  if (state.name === 'settled') {
    if (state.outcome === outcome) return { ok: true, events: [] };
    return refuse({
      code: 'operation_over',
      operation: begun.id,
      sentence: `operation \`${begun.id}\` has settled as ${state.outcome}, not ${outcome}`,
    });
  }
  return { ok: true, events: [{ type: 'operation.settled', data: { at, by, outcome, evidence } }] };
}
