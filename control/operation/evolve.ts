/** Folds an operation's events. An event that cannot follow is a corrupt log and stops loudly. */

import type { OperationEvent } from './events.ts';
import type { OperationRecord } from './operation-record.ts';

/** The record after `event`. */
export function evolve(record: OperationRecord | undefined, event: OperationEvent): OperationRecord {
  if (event.type === 'operation.begun') {
    if (record !== undefined) throw new Error(`corrupt log: operation \`${event.data.id}\` began twice`);
    return {
      begun: event.data,
      leaseUntil: event.data.leaseUntil,
      leaseMs: event.data.leaseUntil - event.data.at,
      redeemedAt: null,
      state: { name: 'open', interrupt: null },
    };
  }
  if (event.type === 'operation.reconciled') return reconciled(record, event.data);
  if (record?.state.name !== 'open') throw new Error(`corrupt log: \`${event.type}\` on an operation that is not open`);
  switch (event.type) {
    case 'operation.renewed':
      return {
        ...record,
        leaseUntil: event.data.leaseUntil,
        leaseMs: event.data.leaseUntil - event.data.at,
      };
    case 'operation.interrupt_requested':
      return {
        ...record,
        state: { name: 'open', interrupt: record.state.interrupt ?? { at: event.data.at, how: event.data.how } },
      };
    case 'operation.redeemed':
      if (record.redeemedAt !== null)
        throw new Error(`corrupt log: the permit of \`${record.begun.id}\` was used twice`);
      return { ...record, redeemedAt: event.data.at };
    case 'operation.settled':
      return {
        ...record,
        state: {
          name: 'settled',
          wasInterrupted: record.state.interrupt !== null,
          outcome: event.data.outcome,
          at: event.data.at,
          by: event.data.by,
          evidence: event.data.evidence,
        },
      };
  }
}

function reconciled(
  record: OperationRecord | undefined,
  { at, by, outcome, evidence }: Extract<OperationEvent, { type: 'operation.reconciled' }>['data'],
): OperationRecord {
  if (record?.state.name !== 'settled' || record.state.outcome !== 'unknown')
    throw new Error('corrupt log: `operation.reconciled` on an operation that is not unknown');
  // Still not known: it settled when it did.
  const settledAt = outcome === 'unknown' ? record.state.at : at;
  const said = `${record.state.evidence}; ${evidence}`;
  return { ...record, state: { ...record.state, outcome, at: settledAt, by, evidence: said } };
}
