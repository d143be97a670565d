/** What was reported about subjects. `at` is control's own time, in epoch milliseconds. */

import type { SignalValue } from '@writ/authority';

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: { readonly at: number } & Data };

export type SaidOf = {
  readonly subject: string;
  readonly value: SignalValue;
  readonly source: string;
  /** The source's own count. */
  readonly sequence: number;
  readonly by: string;
};

export type SignalEvent =
  /** `observedAt`: when the source saw it, where it says so; never later than `at`. */
  | Happened<'signal.reported', SaidOf & { readonly observedAt?: number }>
  /** Nothing else was reported for as long as some conditions on the subject have to hold before a mandate returns by itself. */
  | Happened<'signal.held', { readonly subject: string }>;

/** A report that was no newer than the last of its source. Kept for the record; no state follows from it. */
export type SignalIgnoredEvent = Happened<'signal.ignored', SaidOf & { readonly last: number }>;
