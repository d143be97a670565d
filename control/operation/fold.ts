/** Operations, as control remembers them: what is open, what nobody knows the end of, and where what is kept no more began. A part of the fold. It decides nothing. */

import type { Envelope } from '@writ/journal';
import { DueQueue } from '../due.ts';
import type { OperationEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { OperationRecord } from './operation-record.ts';

export type OperationFold = {
  /** Those that are open, or ended unknown, or ended within a day. */
  readonly operations: Map<string, OperationRecord>;
  /** The ones that have ended, with when, in the order in which they did; and the position at which each that is kept began. */
  readonly settled: Map<string, number>;
  readonly begunAt: Map<string, number>;
  /** The positions at which those began that are kept no more, in order. */
  readonly forgotten: number[];
  readonly openOperations: Set<string>;
  /** Of these, the ones no sweep has found free. */
  readonly unswept: Set<string>;
  /** Operations by the end of a lease they were given. An entry may be stale: whoever takes one judges it anew. */
  readonly leases: DueQueue;
  /** Those that ended and nobody knows how. */
  readonly unknownOperations: Set<string>;
};

export const noOperations = (): OperationFold => ({
  operations: new Map(),
  settled: new Map(),
  begunAt: new Map(),
  forgotten: [],
  openOperations: new Set(),
  unswept: new Set(),
  leases: new DueQueue(),
  unknownOperations: new Set(),
});

/** Folds an event of the operation `id` in. */
export function foldOperation(
  p: OperationFold,
  id: string,
  event: OperationEvent,
  { at, position }: Pick<Envelope, 'at' | 'position'>,
): void {
  const record = evolve(p.operations.get(id), event);
  p.operations.set(id, record);
  if (record.state.name === 'open') p.openOperations.add(id);
  else {
    p.openOperations.delete(id);
    p.unswept.delete(id);
  }
  const isUnknown = record.state.name === 'settled' && record.state.outcome === 'unknown';
  if (isUnknown) p.unknownOperations.add(id);
  else p.unknownOperations.delete(id);
  if (event.type === 'operation.begun') {
    p.begunAt.set(id, position);
    p.unswept.add(id);
  }
  if (event.type === 'operation.begun' || event.type === 'operation.renewed')
    p.leases.add({ at: record.leaseUntil, depth: 0, id });
  // What nobody knows the end of is kept until somebody does.
  if (record.state.name === 'settled' && !isUnknown) p.settled.set(id, Date.parse(at));
}
