/** What budgets count, apart from time: calls, tokens, and money in millionths of its currency. Integers, one of each. Pure. */

import type { Budget, Mandate, Spend } from '@writ/authority';

/** One number for each kind. */
export type Amounts = Spend;
export type Kind = keyof Amounts;

export const kinds = ['calls', 'tokens', 'moneyMicros'] as const satisfies readonly Kind[];

export const nothing: Amounts = { calls: 0, tokens: 0, moneyMicros: 0 };

/** The amounts that `of` gives for each kind. */
export const amounts = (of: (kind: Kind) => number): Amounts => ({
  calls: of('calls'),
  tokens: of('tokens'),
  moneyMicros: of('moneyMicros'),
});

export const plus = (a: Amounts, b: Amounts): Amounts => amounts((kind) => a[kind] + b[kind]);
export const minus = (a: Amounts, b: Amounts): Amounts => amounts((kind) => a[kind] - b[kind]);
export const larger = (a: Amounts, b: Amounts): Amounts => amounts((kind) => Math.max(a[kind], b[kind]));
export const isNothing = (a: Amounts): boolean => kinds.every((kind) => a[kind] === 0);

/** The most a mandate may draw of `kind` by its own budgets; undefined where none of them is about it. The smallest counts. */
export function limitOf({ budgets }: Pick<Mandate, 'budgets'>, kind: Kind): number | undefined {
  let limit: number | undefined;
  for (const budget of budgets) {
    const own = boundOf(budget, kind);
    if (own !== undefined) limit = Math.min(limit ?? own, own);
  }
  return limit;
}

function boundOf(budget: Budget, kind: Kind): number | undefined {
  switch (budget.kind) {
    case 'calls':
    case 'tokens':
      return budget.kind === kind ? budget.limit : undefined;
    case 'money':
      return kind === 'moneyMicros' ? budget.limitMicros : undefined;
    case 'wall':
      return undefined;
  }
}

/** Whether any mandate of a chain bounds `kind`. */
export const isBounded = (chain: readonly Pick<Mandate, 'budgets'>[], kind: Kind): boolean =>
  chain.some((mandate) => limitOf(mandate, kind) !== undefined);

/** The currency money is counted in under a chain: the nearest budget's; null where none bounds money. */
export function currencyOf(chain: readonly Pick<Mandate, 'budgets'>[]): string | null {
  for (const { budgets } of chain.toReversed())
    for (const budget of budgets) if (budget.kind === 'money') return budget.currency;
  return null;
}

/** Why nobody could count `budgets`, if so: two of one kind. */
export function whyMalformedBudgets(budgets: readonly Budget[]): string | undefined {
  const twice = budgets.find((budget, index) => budgets.findIndex(({ kind }) => kind === budget.kind) !== index);
  return twice === undefined ? undefined : `there are two budgets of ${twice.kind}; name each kind once`;
}
