/** Folds a receipt's events. An event that cannot follow is a corrupt log and stops loudly. */

import type { ReceiptEvent, ReceiptLine } from './events.ts';
import type { ReceiptRecord } from './receipt-record.ts';

/** The record after `event`. */
export function evolve(record: ReceiptRecord | undefined, event: ReceiptEvent): ReceiptRecord {
  if (event.type === 'receipt.opened') {
    if (record !== undefined) throw new Error(`corrupt log: receipt \`${event.data.id}\` was opened twice`);
    const { at, ...opened } = event.data;
    return { ...opened, openedAt: at, closedAt: null };
  }
  if (record === undefined) throw new Error(`corrupt log: \`${event.type}\` on a receipt nobody opened`);
  switch (event.type) {
    case 'receipt.lines_added':
      return { ...record, lines: [...record.lines, ...event.data.lines] };
    case 'receipt.acknowledged':
      return { ...record, lines: merged(record.lines, event.data.lines) };
    case 'receipt.closed':
      if (record.closedAt !== null) throw new Error(`corrupt log: receipt \`${record.id}\` was closed twice`);
      return {
        ...record,
        closedAt: event.data.at,
        lines: record.lines.map((line) => unconfirmed(line, event.data.at)),
      };
  }
}

function merged(lines: readonly ReceiptLine[], changes: readonly ReceiptLine[]): readonly ReceiptLine[] {
  const byId = new Map(lines.map((line) => [line.id, line]));
  for (const line of changes) byId.set(line.id, line);
  return [...byId.values()];
}

const unconfirmed = (line: ReceiptLine, at: number): ReceiptLine =>
  line.outcome === 'pending' ? { ...line, outcome: 'unconfirmed', at } : line;
