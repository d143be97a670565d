/**
 * Slices: what a child is promised of its parent's budgets when it is created, set aside at once. A child that names none draws on what is there
 * when it needs it.
 *
 * It refuses a slice larger than what is left above, and one in another currency.
 */

import type { Budget, Mandate } from '@writ/authority';
import type { PlannedWrite } from '../commit.ts';
import type { Core } from '../core.ts';
import type { Refused } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { spendStream } from '../streams.ts';
import type { Amounts } from './amounts.ts';
import { amounts, currencyOf, isBounded, isNothing, kinds, limitOf, minus, nothing } from './amounts.ts';
import { transferWrites } from './draw.ts';
import type { Till } from './escrow.ts';
import { openTill } from './escrow.ts';
import { leftFor } from './spend-facts.ts';

const outOfBounds = (sentence: string, wayOut: string): Refused => refuse({ code: 'out_of_bounds', sentence, wayOut });

/** What `budgets` ask for of what the chain bounds; nothing of a kind that nobody above bounds. */
export const sliceOf = (chain: readonly Pick<Mandate, 'budgets'>[], budgets: readonly Budget[]): Amounts =>
  amounts((kind) => (isBounded(chain, kind) ? (limitOf({ budgets }, kind) ?? 0) : 0));

/** The refusal of a slice that the last of `chain` (root first) does not have, if it does not. */
export function whyNoSlice(core: Core, chain: readonly Mandate[], budgets: readonly Budget[]): Refused | undefined {
  const parent = chain.at(-1);
  if (parent === undefined || budgets.length === 0) return undefined;
  const currency = currencyOf(chain);
  if (isInOther(currency, budgets))
    return outOfBounds(`\`${parent.id}\` is bounded in ${currency ?? ''}`, `ask for a slice in ${currency ?? ''}`);
  const slice = sliceOf(chain, budgets);
  const left = leftFor(core.projection, chain);
  const short = kinds.find((kind) => slice[kind] > left[kind]);
  if (short === undefined) return undefined;
  return outOfBounds(
    `a slice of ${countOf(short, slice[short])} is more than is left of \`${parent.id}\`: ${countOf(short, Math.max(0, left[short]))}`,
    'ask for less, or name no budget and draw on what is there',
  );
}

const isInOther = (currency: string | null, budgets: readonly Budget[]): boolean =>
  budgets.some((budget) => budget.kind === 'money' && currency !== null && budget.currency !== currency);

const countOf = (kind: keyof Amounts, n: number): string =>
  kind === 'moneyMicros' ? `${String(n / 1_000_000)} of money` : `${String(n)} ${kind}`;

/** The writes that set the slice of `child` aside at the last of `chain`; undefined where `till` does not have it. */
export function sliceWrites(
  core: Core,
  till: Till,
  chain: readonly Mandate[],
  child: { readonly id: string; readonly budgets: readonly Budget[] },
): readonly PlannedWrite[] | undefined {
  const parent = chain.at(-1);
  const slice = sliceOf(chain, child.budgets);
  if (parent === undefined || isNothing(slice)) return [];
  const transfers = till.fund(chain, slice);
  if (transfers === undefined) return undefined;
  till.hold(parent.id, slice);
  till.hold(child.id, minus(nothing, slice));
  const place = { project: parent.project, lineage: { mandate: parent.id } };
  const promised = kinds
    .filter((kind) => slice[kind] > 0)
    .map((kind) => ({
      type: 'spend.allocated' as const,
      data: { at: core.now(), from: parent.id, to: child.id, kind, amount: slice[kind], why: 'slice' as const },
    }));
  return [...transferWrites(core, transfers, place), { ...place, stream: spendStream(parent.id), events: promised }];
}

/**
 * The writes that set the slices of a successor and its carried children aside; undefined where the budgets of one do not cover what was promised
 * below it. `placed`: root first, the successor last, parents before children. `succeeded`: the mandate whose place the first of them takes.
 */
export function carrySlices(
  core: Core,
  succeeded: Mandate,
  placed: readonly (readonly Mandate[])[],
): readonly PlannedWrite[] | undefined {
  const till = openTill(core.projection);
  const account = core.projection.accounts.get(succeeded.id);
  // What was held for it above is free again, but for what was drawn.
  if (account !== undefined && succeeded.parent !== null && !account.isOver)
    till.hold(succeeded.parent, minus(account.shown.total, account.shown.held));
  const writes: PlannedWrite[] = [];
  for (const chain of placed) {
    const child = chain.at(-1);
    if (child === undefined) continue;
    const above = chain.slice(0, -1);
    const slices = isInOther(currencyOf(above), child.budgets) ? undefined : sliceWrites(core, till, above, child);
    if (slices === undefined) return undefined;
    writes.push(...slices);
  }
  return writes;
}
