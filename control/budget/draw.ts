/** What a begin writes on accounts: its reservation, and what had to move for it. It decides nothing: the evaluator has said yes already. */

import type { Mandate } from '@writ/authority';
import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { spendStream } from '../streams.ts';
import type { Amounts } from './amounts.ts';
import { currencyOf, isNothing } from './amounts.ts';
import type { Transfer } from './escrow.ts';
import { openTill } from './escrow.ts';
import type { SpendEvent } from './events.ts';

type Place = Pick<PlannedWrite, 'project' | 'lineage'>;

/** The writes that set `draws` aside for an operation under the last mandate of `chain`. */
export function drawWrites(
  core: Core,
  {
    operation,
    chain,
    draws,
  }: { readonly operation: string; readonly chain: readonly Mandate[]; readonly draws: Amounts },
  place: Place,
): readonly PlannedWrite[] {
  const leaf = chain.at(-1);
  if (leaf === undefined || isNothing(draws)) return [];
  const transfers = core.underWay.draw(chain, draws);
  // The evaluator and the accounts count the same, so this is a bug of ours; nothing is begun then.
  if (transfers === undefined) throw new Error(`the accounts above \`${leaf.id}\` cannot fund what was permitted`);
  const reserved: SpendEvent = {
    type: 'spend.reserved',
    data: { at: core.now(), mandate: leaf.id, operation, reserved: draws, currency: currencyOf(chain) },
  };
  return [...transferWrites(core, transfers, place), { ...place, stream: spendStream(leaf.id), events: [reserved] }];
}

/** Transfers as writes: each on the account it leaves. */
export const transferWrites = (
  { now }: Pick<Core, 'now'>,
  transfers: readonly Transfer[],
  place: Place,
): readonly PlannedWrite[] =>
  transfers.map((transfer) => ({
    ...place,
    stream: spendStream(transfer.from),
    events: [asEvent(transfer, now())],
  }));

function asEvent(transfer: Transfer, at: number): SpendEvent {
  if (transfer.type === 'spend.returned') {
    const { type, ...moved } = transfer;
    return { type, data: { at, ...moved } };
  }
  const { type, ...moved } = transfer;
  return { type, data: { at, ...moved } };
}

/** Whether funding `draws` would have to touch an account above the last of `chain`. */
export const needsRefill = (core: Core, chain: readonly Mandate[], draws: Amounts): boolean =>
  (openTill(core.projection).fund(chain, draws) ?? []).length > 0;
