/** What can happen to a receipt: the account of one stop, line by line. Times are epoch milliseconds. */

export type LineKind = 'session' | 'queued' | 'operation' | 'process_group' | 'connection' | 'permit' | 'point';
export type LineOutcome =
  | 'pending'
  | 'stopped'
  | 'frozen'
  | 'paused'
  | 'cancelled'
  | 'finished_before'
  | 'interrupted'
  | 'void'
  | 'unknown'
  | 'unconfirmed'
  | 'continues';
export type AttestedBy = 'control' | 'sink' | 'os' | 'runtime';
export type ReceiptAction = 'suspend' | 'revoke' | 'narrow' | 'expire' | 'complete' | 'stop';

export type ReceiptLine = {
  /** Unique in its receipt. */
  readonly id: string;
  readonly kind: LineKind;
  readonly subject: string;
  /** The point that holds it, where one is known to. */
  readonly point: string | null;
  readonly outcome: LineOutcome;
  readonly attestedBy: AttestedBy | null;
  /** Until when an effect of it can still land; null when none can. */
  readonly residualUntil: number | null;
  readonly at: number | null;
  readonly note: string;
};

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: Data };

export type ReceiptEvent =
  | Happened<
      'receipt.opened',
      {
        readonly at: number;
        readonly id: string;
        readonly mandate: string;
        readonly action: ReceiptAction;
        readonly requestedBy: string;
        readonly deadline: number;
        readonly lines: readonly ReceiptLine[];
      }
    >
  /** More lines than one event carries, in the same append as the opening. */
  | Happened<'receipt.lines_added', { readonly lines: readonly ReceiptLine[] }>
  /** A point's word, also when it comes late. A line with an id the receipt does not have is a new one. */
  | Happened<'receipt.acknowledged', { readonly at: number; readonly lines: readonly ReceiptLine[] }>
  /** Every line has an outcome from here on: one still pending is `unconfirmed`. */
  | Happened<'receipt.closed', { readonly at: number }>;
