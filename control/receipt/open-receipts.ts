/** The receipts that still wait, and where their events go. Reads, never decides. */

import { planeProject } from '../commit.ts';
import type { Core } from '../core.ts';
import { receiptStream } from '../streams.ts';
import type { ReceiptRecord } from './receipt-record.ts';

/** Receipts that are not closed, oldest first. */
export const openReceiptsOf = ({ projection }: Core): readonly ReceiptRecord[] =>
  [...projection.openReceipts]
    .map((id) => projection.receipts.get(id))
    .filter((receipt): receipt is ReceiptRecord => receipt !== undefined);

/** Stream, project and lineage of what is written to `receipt`. */
export const receiptPlace = ({ find }: Core, receipt: ReceiptRecord) => ({
  stream: receiptStream(receipt.id),
  project: find(receipt.mandate)?.mandate.project ?? planeProject,
  lineage: { mandate: receipt.mandate },
});
