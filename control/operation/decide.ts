/**
 * Decides what may still be done with an operation, the mandate left aside: that is judged beside it, now, by the one evaluator. Pure.
 * It refuses whatever comes after the end, after an interrupt, or after the lease. What settled as unknown can still be learned, for a day and
 * from an enforcement point, and never becomes a stop by being learned.
 */

import { actionClasses } from '@writ/authority';
import type { Verdict } from '@writ/authority';
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

/** How long an operation is given that asks for `askedMs`: never longer than its class allows, nor than the yes it rests on holds. */
export const leaseFor = (
  askedMs: number,
  { actionClass, validUntil }: Pick<Verdict, 'actionClass' | 'validUntil'>,
  now: number,
): number => Math.min(askedMs, actionClasses[actionClass].leaseMs, validUntil - now);

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

/** How long after its lease the holder is waited for before an operation is called unknown, in milliseconds. */
export const settleGraceMs = 5_000;
/** How long what is unknown can still be learned, in milliseconds. */
export const reconcileWithinMs = 24 * 3_600_000;

/** Nobody said how it ended: unknown, with who owes the account and until when one is taken. `since`: when the waiting began. */
export function overdue(
  { begun, leaseUntil, state }: OperationRecord,
  since: number,
  now: number,
): readonly OperationEvent[] {
  if (state.name !== 'open' || now < Math.max(leaseUntil, since) + settleGraceMs) return [];
  const owner = `\`${begun.holder}\` in run \`${begun.run}\``;
  const evidence = `its lease ended ${iso(leaseUntil)} and nobody said how it ended; ${owner} owes an account, which is taken until ${iso(leaseUntil + reconcileWithinMs)}`;
  return [{ type: 'operation.settled', data: { at: now, by: 'control', outcome: 'unknown', evidence } }];
}

/** A time as it is written into sentences. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** `isVouched`: an enforcement point says so, not the agent alone. */
export type Settlement = {
  readonly outcome: OperationOutcome;
  readonly evidence: string;
  readonly by: string;
  readonly isVouched: boolean;
};

/** Says how it ended: accepted at any time, whatever became of the mandate, but only one way; what is unknown may be learned later. */
export function settle(
  record: OperationRecord,
  settlement: Settlement,
  at: number,
): { readonly ok: true; readonly events: readonly OperationEvent[] } | Refused {
  const { state, begun } = record;
  const { outcome, evidence, by } = settlement;
  if (state.name === 'settled') {
    if (isLearned(record, settlement, at))
      return { ok: true, events: [{ type: 'operation.reconciled', data: { at, by, outcome, evidence } }] };
    if (state.outcome === outcome) return { ok: true, events: [] };
    return refuse({
      code: 'operation_over',
      operation: begun.id,
      sentence: `operation \`${begun.id}\` has settled as ${state.outcome}, not ${outcome}`,
    });
  }
  return { ok: true, events: [{ type: 'operation.settled', data: { at, by, outcome, evidence } }] };
}

/** Where control had to call it unknown, whoever watched it says what they saw; where they did, only a landing can be seen later. */
function isLearned(
  { state, leaseUntil }: OperationRecord,
  { outcome, evidence, isVouched }: Settlement,
  at: number,
): boolean {
  if (state.name !== 'settled' || state.outcome !== 'unknown' || !isVouched) return false;
  if (at > leaseUntil + reconcileWithinMs || evidence === '' || state.evidence.endsWith(evidence)) return false;
  return state.by === 'control' || outcome === 'done' || outcome === 'unknown';
}
