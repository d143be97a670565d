/** What is remembered of operations for the history rules of one mandate. `at` is epoch milliseconds. */

import type { OperationOutcome } from '../operation/events.ts';

/** What an operation is to one rule, with the key it is remembered by: it stays what it was when it began. */
export type HistoryNote =
  | { readonly rule: string; readonly role: 'use'; readonly target: string }
  | { readonly rule: string; readonly role: 'success'; readonly subject: string }
  | { readonly rule: string; readonly role: 'change' };

type Happened<Type extends string, Data> = {
  readonly type: Type;
  readonly data: { readonly at: number; readonly mandate: string } & Data;
};

export type HistoryEvent =
  | Happened<'history.began', { readonly operation: string; readonly notes: readonly HistoryNote[] }>
  /** What ended unknown is not said to have ended: it may be going on. `isWatched`: an enforcement point saw its beginning and its end. */
  | Happened<
      'history.ended',
      {
        readonly operation: string;
        readonly outcome: Exclude<OperationOutcome, 'unknown'>;
        readonly isWatched: boolean;
      }
    >
  /** An enforcement point was told that it may do, without beginning an operation, what makes a success stale. */
  | Happened<'history.changed', { readonly rules: readonly string[] }>;
