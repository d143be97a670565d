/**
 * The fold of control's journal as a snapshot keeps it. It decides nothing, and changes nothing of what the fold says: state by snapshot and the events after it is state by all events.
 */

import type { Folding } from '@writ/journal';
import { thawAccounts } from './budget/account.ts';
import type { Due } from './due.ts';
import { DueQueue } from './due.ts';
import type { FrozenMandates } from './mandate/mandate-table.ts';
import { MandateTable } from './mandate/mandate-table.ts';
import type { Projection } from './projection.ts';
import { emptyProjection, fold } from './projection.ts';

/**
 * Another one whenever the projection has another shape, or an event another meaning: a snapshot of before is not used then. A test tells, by the state that the journals of the
 * released versions fold to.
 */
const version = '1';

type Frozen = Omit<Projection, 'mandates' | 'returns' | 'expiries'> & {
  readonly mandates: FrozenMandates;
  readonly returns: readonly Due[];
  readonly expiries: readonly Due[];
};

export const keptProjection: Folding<Projection> = {
  name: 'control',
  version,
  fresh: emptyProjection,
  fold,
  freeze: (projection): Frozen => ({
    ...projection,
    mandates: projection.mandates.freeze(),
    returns: projection.returns.freeze(),
    expiries: projection.expiries.freeze(),
  }),
  thaw: (frozen) => {
    // What `freeze` of this very version wrote and this plane's key signed.
    const kept = frozen as Frozen;
    return {
      ...kept,
      mandates: new MandateTable(kept.mandates),
      returns: new DueQueue(kept.returns),
      expiries: new DueQueue(kept.expiries),
      accounts: thawAccounts(kept.accounts),
    };
  },
  sizeOf: ({ mandates, operations, approvals, receipts, requests, credentials }) =>
    [mandates, operations, approvals, receipts, requests, credentials].reduce((sum, { size }) => sum + size, 0),
};
