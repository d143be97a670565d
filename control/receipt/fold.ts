/** Receipts of stops, as control remembers them: a part of the fold. It decides nothing. */

import { addTo } from '../indexes.ts';
import type { ReceiptEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { ReceiptRecord } from './receipt-record.ts';

export type ReceiptFold = {
  readonly receipts: Map<string, ReceiptRecord>;
  readonly openReceipts: Set<string>;
  readonly receiptsOfMandate: Map<string, string[]>;
  readonly receiptsOfOperation: Map<string, string[]>;
};

export const noReceipts = (): ReceiptFold => ({
  receipts: new Map(),
  openReceipts: new Set(),
  receiptsOfMandate: new Map(),
  receiptsOfOperation: new Map(),
});

/** Folds an event of the receipt `id` in. */
export function foldReceipt(p: ReceiptFold, id: string, event: ReceiptEvent): void {
  const record = evolve(p.receipts.get(id), event);
  p.receipts.set(id, record);
  if (event.type === 'receipt.opened') addTo(p.receiptsOfMandate, record.mandate, id);
  if (record.closedAt === null) p.openReceipts.add(id);
  else p.openReceipts.delete(id);
  if (event.type === 'receipt.closed') return;
  for (const line of event.data.lines) {
    if (line.kind === 'operation' && !p.receiptsOfOperation.get(line.subject)?.includes(id))
      addTo(p.receiptsOfOperation, line.subject, id);
  }
}
