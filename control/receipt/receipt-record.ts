/** A receipt: what a stop did, line by line. */

import type { ReceiptAction, ReceiptLine } from './events.ts';

export type ReceiptRecord = {
  readonly id: string;
  readonly mandate: string;
  readonly action: ReceiptAction;
  readonly requestedBy: string;
  readonly openedAt: number;
  readonly deadline: number;
  readonly closedAt: number | null;
  readonly lines: readonly ReceiptLine[];
};
