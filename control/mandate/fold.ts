/** Mandates with their tree, what is proposed, and when each ends: a part of the fold. It decides nothing. */

import { isTerminal } from '@writ/authority';
import type { Books } from '../budget/account.ts';
import { foldAccountOf } from '../budget/account.ts';
import { DueQueue } from '../due.ts';
import type { HistoryFold } from '../history/fold.ts';
import { foldMemoryOf } from '../history/fold.ts';
import type { IdentityFold } from '../identity/fold.ts';
import { inheritPrograms } from '../identity/fold.ts';
import { addTo } from '../indexes.ts';
import type { SignalFold } from '../signal/fold.ts';
import { foldDependent, placesOf } from '../signal/fold.ts';
import type { MandateEvent } from './events.ts';
import { MandateTable } from './mandate-table.ts';

export type MandateFold = {
  readonly mandates: MandateTable;
  readonly children: Map<string, string[]>;
  /** Mandates nobody has approved or refused. */
  readonly proposals: Set<string>;
  /** What was proposed to take the place of a mandate, oldest first. */
  readonly proposedFor: Map<string, string[]>;
  /** Mandates by expiry. An entry may be stale: whoever takes one judges it anew. */
  readonly expiries: DueQueue;
};

export const noMandates = (): MandateFold => ({
  mandates: new MandateTable(),
  children: new Map(),
  proposals: new Set(),
  proposedFor: new Map(),
  expiries: new DueQueue(),
});

/** What hangs on a mandate: its account, its memory, the subjects it depends on, and what worked under it. */
type Hanging = Books & HistoryFold & SignalFold & IdentityFold;

/** Folds an event of the mandate `id` in. */
export function foldMandate(p: MandateFold & Hanging, id: string, event: MandateEvent, position: number): void {
  const record = p.mandates.fold(id, event, position, ({ mandate }) => placesOf(p, mandate, event.data.at));
  const { mandate } = record;
  if (event.type === 'mandate.superseded') inheritPrograms(p, id, event.data.successor);
  if (mandate.state.name === 'proposed') p.proposals.add(id);
  else p.proposals.delete(id);
  foldAccountOf(p, id, isTerminal(mandate.state.name));
  foldMemoryOf(p, record);
  if (event.type === 'mandate.proposed') {
    if (mandate.parent !== null) addTo(p.children, mandate.parent, id);
    const { predecessor } = event.data;
    if (event.data.extends !== undefined && predecessor !== null) addTo(p.proposedFor, predecessor, id);
  }
  if (event.type === 'mandate.proposed' || event.type === 'mandate.revised' || event.type === 'mandate.shortened')
    p.expiries.add({ at: mandate.expiresAt, depth: mandate.depth, id });
  foldDependent(p, mandate);
}
