/** Follows receipts to their close: prints each line once its outcome is known, then what the whole amounts to. */

import { setTimeout as sleep } from 'node:timers/promises';
import { controlApi } from '@writ/protocol';
import { exitCodes } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import type { Context } from '../program/context.ts';
import { receiptEnd, receiptLine, receiptTitle } from '../render/receipt.ts';
import type { ReceiptWire } from './wire.ts';

/** Waiting beyond the deadline covers the way back and nothing more. */
const graceMs = 3_000;
const pollMs = 60;

/** Follows one receipt until it closes; without `wait` shows it as it stands. Resolves with its last state. */
export async function followReceipt(context: Context, receipt: ReceiptWire, wait: boolean): Promise<ReceiptWire> {
  const control = await context.planes.control();
  const shown = new Set<string>();
  const show = (now: ReceiptWire, all: boolean): void => {
    for (const line of now.lines)
      if (!shown.has(line.id) && (all || line.outcome !== 'pending')) {
        shown.add(line.id);
        context.say(...receiptLine(line, now.opened_at, context.style()));
      }
  };
  context.say(receiptTitle(receipt, context.style()));
  let now = receipt;
  const until = Date.parse(receipt.deadline) + graceMs;
  while (wait && now.closed_at === null && context.io.now() < until) {
    show(now, false);
    await sleep(pollMs);
    const next = await control.attempt(controlApi.getReceipt, { params: { id: receipt.id } });
    // Control went away: what is known is shown, as open.
    if (!next.ok) break;
    now = next.value;
  }
  show(now, true);
  context.say(receiptEnd(now, context.style()));
  return now;
}

/** Follows several, and answers with them. The exit code says whether everything under them is accounted for. */
export async function followReceipts(
  context: Context,
  receipts: readonly ReceiptWire[],
  wait: boolean,
): Promise<{ readonly last: readonly ReceiptWire[]; readonly exitCode: ExitCode }> {
  const last: ReceiptWire[] = [];
  for (const [at, receipt] of receipts.entries()) {
    if (at > 0) context.say('');
    last.push(await followReceipt(context, receipt, wait));
  }
  return { last, exitCode: wait && last.some(isOpen) ? exitCodes.failed : exitCodes.done };
}

/** Whether something under it was never heard of. */
const isOpen = ({ closed_at, lines }: ReceiptWire): boolean =>
  closed_at === null || lines.some(({ outcome }) => outcome === 'unconfirmed');
