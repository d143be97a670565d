/** What a stop did, line by line: what it was, what became of it, who attests it. Pure; claims nothing a line does not say. */

import type { ReceiptWire } from '../connect/wire.ts';
import { count } from './block.ts';
import { markOf, outcomeLooks, wordOf } from './look.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { duration, relative } from './when.ts';
import { padTo, wrap } from './width.ts';

type Line = ReceiptWire['lines'][number];

const kinds: Record<Line['kind'], string> = {
  session: 'session',
  queued: 'queued work',
  operation: 'operation',
  process_group: 'processes',
  connection: 'connection',
  permit: 'permit',
  point: 'enforcement point',
};

const attested: Record<NonNullable<Line['attested_by']>, string> = {
  control: 'control attests',
  sink: 'the receiving server attests',
  os: 'the operating system attests',
  runtime: 'the runtime says',
};

const actions: Record<ReceiptWire['action'], string> = {
  suspend: 'Suspended',
  revoke: 'Revoked',
  narrow: 'Narrowed',
  expire: 'Expired',
  complete: 'Completed',
  stop: 'Stopped',
};

/** The first line: what was done to what, by whom. */
export const receiptTitle = (receipt: ReceiptWire, style: Style): string =>
  `${style.bold(`${actions[receipt.action]} ${receipt.mandate === null ? 'everything' : safeText(receipt.mandate)}`)} ${style.dim(
    safeText(`by ${receipt.requested_by} ${relative(receipt.opened_at, style.now)}, receipt ${receipt.id}`),
  )}`;

/** One thing that had to stop: what became of it and who attests that; what is left open stands on a line of its own. */
export function receiptLine(line: Line, openedAt: string, style: Style): string[] {
  const took = line.at === null ? '' : `after ${duration(Date.parse(line.at) - Date.parse(openedAt))}`;
  const who =
    line.attested_by === null
      ? line.outcome === 'pending'
        ? 'not heard from yet'
        : 'nobody attests it'
      : attested[line.attested_by];
  const residual = line.residual_until === null ? '' : `an effect can still land until ${line.residual_until}`;
  const present = (parts: readonly string[]): string => safeText(parts.filter((part) => part !== '').join(', '));
  const more = present([residual, line.note]);
  return [
    `  ${markOf(style, outcomeLooks, line.outcome)} ${padTo(kinds[line.kind], 17)} ${padTo(safeText(line.subject), 24)} ${padTo(wordOf(style, outcomeLooks, line.outcome), 15)} ${style.dim(present([who, took]))}`,
    ...(more === '' ? [] : wrap(more, style.columns - 24).map((part) => `${' '.repeat(22)}${style.dim(part)}`)),
  ];
}

/** The last line: whether it closed, and what it leaves open. */
export function receiptEnd(receipt: ReceiptWire, style: Style): string {
  const open = receipt.lines.filter(({ outcome }) => outcome === 'pending');
  const doubtful = receipt.lines.filter(
    ({ outcome, residual_until }) => outcome === 'unknown' || outcome === 'unconfirmed' || residual_until !== null,
  );
  if (receipt.closed_at === null)
    return `${style.tone('held', `${style.mark('ask')} open`)}: ${count(open.length, 'line')} not heard from yet, deadline ${relative(receipt.deadline, style.now)}`;
  const took = duration(Date.parse(receipt.closed_at) - Date.parse(receipt.opened_at));
  if (doubtful.length > 0)
    return `${style.tone('held', `${style.mark('ask')} closed`)} after ${took}; ${style.tone('held', `${count(doubtful.length, 'line')} cannot be vouched for`)}`;
  const closed = `${style.tone('good', `${style.mark('done')} closed`)} after ${took}`;
  return receipt.lines.length === 0
    ? `${closed}; nothing was running under it`
    : `${closed}; every line is accounted for`;
}

/** A whole receipt. */
export const renderReceipt = (receipt: ReceiptWire, style: Style): string[] => [
  receiptTitle(receipt, style),
  ...receipt.lines.flatMap((line) => receiptLine(line, receipt.opened_at, style)),
  receiptEnd(receipt, style),
];
