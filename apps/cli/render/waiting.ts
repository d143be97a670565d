/** What waits at control, as a person reads it before saying yes: the exact text, framed, with nothing in it that a terminal would act on. Pure. */

import type { AttentionWire, WaitingWire } from '../connect/wire.ts';
import { bullet, count } from './block.ts';
import { renderApprovalText } from './mandate.ts';
import { safeLines, safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { relative } from './when.ts';
import { wrap } from './width.ts';

/** What `m` gives besides, as it would be kept; nothing where it gives nothing. */
export const renderToRemember = (shown: { readonly text: string } | null, style: Style): string[] =>
  shown === null
    ? []
    : [`  ${style.bold('[m]')} is also this:`, ...renderApprovalText(safeLines(shown.text.trimEnd()), style)];

/** One of them: in full with the text that is approved, or in brief. */
export function renderWaiting(
  waiting: WaitingWire,
  item: AttentionWire | null,
  style: Style,
  { full }: { readonly full: boolean },
): string[] {
  const about = [
    waiting.kind,
    waiting.project,
    item?.task ?? item?.session ?? waiting.session ?? '',
    relative(waiting.since, style.now),
    item !== null && item.unblocks > 0 ? `${count(item.unblocks, 'task waits', 'tasks wait')} for it` : '',
  ].filter((part) => part !== '');
  const [ask = '', ...more] = wrap(safeText(waiting.ask), style.columns - 4);
  return [
    `${style.tone('held', style.mark('ask'))} ${style.bold(ask)}`,
    ...more.map((line) => `  ${style.bold(line)}`),
    `  ${style.dim(safeText(`${waiting.id}  ${about.join(', ')}`))}`,
    ...(waiting.reason === '' ? [] : [`  ${safeText(`why: ${waiting.reason}`)}`]),
    ...waiting.changes.flatMap((change) => bullet(safeText(change), style)),
    ...(full ? renderApprovalText(safeLines(waiting.text.trimEnd()), style) : []),
    ...(waiting.may_answer ? [] : [`  ${style.dim(safeText(`not yours to answer: ${waiting.why_not ?? ''}`))}`]),
  ];
}
