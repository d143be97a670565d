/**
 * What happens to the accounts of mandates. Each stands on the `spend-` stream of one mandate, so that what draws on one account takes turns
 * there and nowhere above.
 */

import type { Amounts, Kind } from './amounts.ts';

/** Where a figure comes from, the best first: the provider said so, it was computed from what was counted, or it was guessed before. */
export const usageSources = ['reported', 'computed', 'estimated'] as const;
export type UsageSource = (typeof usageSources)[number];

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: { readonly at: number } & Data };
/** Of one kind, from the account of one mandate to that of the one directly below or above it. */
type Moved = { readonly from: string; readonly to: string; readonly kind: Kind; readonly amount: number };

export type SpendEvent =
  /** An operation began, and this much is set aside for it. Calls count from here. */
  | Happened<
      'spend.reserved',
      {
        readonly mandate: string;
        readonly operation: string;
        readonly reserved: Amounts;
        readonly currency: string | null;
      }
    >
  /** What the operation has used so far, all in all, charged to the account of `mandate`; `held` is what counts against its budgets from now on. */
  | Happened<
      'spend.used',
      {
        readonly mandate: string;
        readonly operation: string;
        readonly by: string;
        readonly used: Amounts;
        readonly held: Amounts;
        readonly source: UsageSource;
        readonly currency: string | null;
        /** Nothing more is expected. */
        readonly isFinal: boolean;
      }
    >
  /** Set aside for the mandate below: by name when it was created, because it ran short, or because it used more than it had. */
  | Happened<'spend.allocated', Moved & { readonly why: 'slice' | 'refill' | 'overrun' }>
  /** Given back to the mandate above, by one that had it idle. */
  | Happened<'spend.returned', Moved>
  /** From here on nothing more begins on this budget. */
  | Happened<
      'budget.spent',
      { readonly mandate: string; readonly kind: Kind; readonly limit: number; readonly operation: string }
    >;
