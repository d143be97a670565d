/** Yeses in advance, as control remembers them: a part of the fold. It decides nothing. */

import { note } from '../indexes.ts';
import type { AdvanceRecord } from './advance-record.ts';
import { evolve } from './advance-record.ts';
import type { AdvanceEvent } from './events.ts';

export type AdvanceFold = {
  readonly advances: Map<string, AdvanceRecord>;
  /** By project, those that may be in force; whether one is, is judged anew. */
  readonly advancesOf: Map<string, Set<string>>;
};

export const noAdvances = (): AdvanceFold => ({ advances: new Map(), advancesOf: new Map() });

/** Folds an event in. */
export function foldAdvance(p: AdvanceFold, event: AdvanceEvent): void {
  const id = event.type === 'advance.used' ? event.data.advance : event.data.id;
  const record = evolve(p.advances.get(id), event);
  p.advances.set(id, record);
  note(p.advancesOf, record.given.project, id, record.withdrawn === null);
}
