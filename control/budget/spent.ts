/**
 * Says that a budget is spent, once, for whoever watches: a person's queue, a runtime that holds its work. Checks do not wait for it; they count
 * for themselves. And says so to whoever would be given something to act with.
 */

import type { Mandate, Reason } from '@writ/authority';
import { firstSpent } from '@writ/authority';
import type { Itself } from '../caller.ts';
import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import { done } from '../refusal.ts';
import { spendStream } from '../streams.ts';
import { kinds, limitOf, nothing } from './amounts.ts';
import { spendAlong } from './spend-facts.ts';

const itself: Itself = { kind: 'control' };

/** Announces every budget of `chain` with nothing left that was not announced since it last had something. */
export async function announceSpent(core: Core, chain: readonly Mandate[], operation: string): Promise<void> {
  const plan = (): readonly PlannedWrite[] => {
    const spend = spendAlong(core.projection, chain);
    return chain.flatMap((mandate) =>
      kinds.flatMap((kind): readonly PlannedWrite[] => {
        const limit = limitOf(mandate, kind);
        const account = core.projection.accounts.get(mandate.id);
        if (limit === undefined || account === undefined || account.isAnnounced[kind]) return [];
        if ((spend.get(mandate.id) ?? nothing)[kind] < limit) return [];
        const data = { at: core.now(), mandate: mandate.id, kind, limit, operation };
        return [
          {
            stream: spendStream(mandate.id),
            events: [{ type: 'budget.spent', data }],
            project: mandate.project,
            lineage: { mandate: mandate.id },
          },
        ];
      }),
    );
  };
  if (plan().length > 0) await core.commit(itself, () => done({ writes: plan(), reliedOn: [], value: undefined }));
}

/** Why nothing is begun, handed on or issued under `chain` for want of budget; undefined while something is left of each. */
export function whyNothingLeft({ projection, now }: Core, chain: readonly Mandate[]): Reason | undefined {
  const spend = spendAlong(projection, chain);
  return firstSpent(chain, { spend: (id) => spend.get(id) ?? nothing, now: now() });
}
