/**
 * The fold of control's journal as a snapshot keeps it. It decides nothing, and changes nothing of what the fold says: state by snapshot and the events after it is state by all events.
 */

import { isTerminal } from '@writ/authority';
import type { Folding } from '@writ/journal';
import { thawAccounts } from './budget/account.ts';
import { DueQueue } from './due.ts';
import type { FrozenMandates } from './mandate/mandate-table.ts';
import { MandateTable } from './mandate/mandate-table.ts';
import type { Projection } from './projection.ts';
import { emptyProjection, fold } from './projection.ts';
import { nextDue } from './signal/latches.ts';

/**
 * Another one whenever the projection has another shape, or an event another meaning: a snapshot of before is not used then. A test tells, by the state that the journals of the
 * released versions fold to.
 */
const version = '6';

/** What is still to be done, in the order it falls due. */
type WorkLists = Pick<Projection, 'expiries' | 'leases' | 'returns' | 'unswept'>;

type Frozen = Omit<Projection, 'mandates' | keyof WorkLists> & { readonly mandates: FrozenMandates };

export const keptProjection: Folding<Projection> = {
  name: 'control',
  version,
  fresh: emptyProjection,
  fold,
  freeze: ({ mandates, expiries: _, leases: __, returns: ___, unswept: ____, ...projection }): Frozen => ({
    ...projection,
    mandates: mandates.freeze(),
  }),
  thaw: (frozen) => {
    // What `freeze` of this very version wrote and this plane's key signed.
    const kept = frozen as Frozen;
    const accounts = thawAccounts(kept.accounts);
    return { ...kept, ...workIn(kept), mandates: new MandateTable(kept.mandates), accounts };
  },
  sizeOf: ({ mandates, operations, approvals, receipts, requests, credentials }) =>
    [mandates, operations, approvals, receipts, requests, credentials].reduce((sum, { size }) => sum + size, 0),
};

/** INVARIANT: what is to be done follows from the records, and not from what a process had taken up and may never have finished. */
function workIn({ mandates, operations, openOperations, latches }: Frozen): WorkLists {
  const [expiries, leases, returns] = [new DueQueue(), new DueQueue(), new DueQueue()];
  for (const [id, { stored }] of mandates) {
    const { state, expiresAt, depth } = stored.mandate;
    if (!isTerminal(state.name)) expiries.add({ at: expiresAt, depth, id });
  }
  for (const id of openOperations) {
    const operation = operations.get(id);
    if (operation !== undefined) leases.add({ at: operation.leaseUntil, depth: 0, id });
  }
  for (const subject of latches.keys()) {
    const at = nextDue(latches, subject);
    if (at !== undefined) returns.add({ at, depth: 0, id: subject });
  }
  return { expiries, leases, returns, unswept: new Set(openOperations) };
}
