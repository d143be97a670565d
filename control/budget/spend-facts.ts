/**
 * What the evaluator is told is spent. For each mandate of a chain: all that the last of them cannot have any more, be it drawn, held for something
 * under way, or promised to another. What lies idle in refills counts as there, because it can be brought back.
 */

import type { Mandate } from '@writ/authority';
import type { Books } from './account.ts';
import type { Amounts } from './amounts.ts';
import { amounts, isBounded, limitOf, minus, nothing, plus } from './amounts.ts';

/** The spend of each mandate of `chain` (root first), by its id. `underWay`: drawn by the last of them, and not in the fold. */
export function spendAlong(
  { accounts }: Pick<Books, 'accounts'>,
  chain: readonly Mandate[],
  underWay: Amounts = nothing,
): ReadonlyMap<string, Amounts> {
  const spend = new Map<string, Amounts>();
  let under: { readonly used: Amounts; readonly seen: Amounts } = { used: underWay, seen: nothing };
  for (const { id } of chain.toReversed()) {
    const account = accounts.get(id);
    const beside = account === undefined ? nothing : minus(plus(account.own, account.firmBelow), under.seen);
    const used = plus(beside, under.used);
    spend.set(id, used);
    under = { used, seen: account?.shown.firm ?? nothing };
  }
  return spend;
}

/** What an operation holds on any mandate of the chain, to be left out when it asks for itself. */
export function ownDraw({ draws }: Pick<Books, 'draws'>, operation: string, chain: readonly Mandate[]): Amounts {
  const ids = new Set(chain.map(({ id }) => id));
  return (draws.get(operation) ?? [])
    .filter(({ mandate }) => ids.has(mandate))
    .reduce<Amounts>((sum, { held }) => plus(sum, held), nothing);
}

/** What the last mandate of `chain` could draw at most; infinite where nobody bounds it. */
export function leftFor(books: Pick<Books, 'accounts'>, chain: readonly Mandate[]): Amounts {
  const spend = spendAlong(books, chain);
  return amounts((kind) =>
    chain.reduce((least, mandate) => {
      const limit = limitOf(mandate, kind);
      return limit === undefined ? least : Math.min(least, limit - (spend.get(mandate.id) ?? nothing)[kind]);
    }, Infinity),
  );
}

/** What a begin sets aside: one call where calls are counted, and what it says it will use of what is bounded. */
export const reservationFor = (
  chain: readonly Mandate[],
  estimate: { readonly tokens: number; readonly moneyMicros: number },
): Amounts => ({
  calls: isBounded(chain, 'calls') ? 1 : 0,
  tokens: isBounded(chain, 'tokens') ? estimate.tokens : 0,
  moneyMicros: isBounded(chain, 'moneyMicros') ? estimate.moneyMicros : 0,
});

const budgetKinds = { calls: 'calls', tokens: 'tokens', moneyMicros: 'money' } as const;

/** Whether a budget of `kind` interrupts what is under way when it is spent. */
export const isInterrupting = ({ budgets }: Pick<Mandate, 'budgets'>, kind: keyof Amounts): boolean =>
  budgets.some(
    (budget) => budget.kind !== 'wall' && budget.kind === budgetKinds[kind] && budget.whenSpent === 'interrupt',
  );
