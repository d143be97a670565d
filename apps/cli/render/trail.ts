/** The trail from effects to approvals. Pure. */

import type { TrailEntry } from '../commands/audit-trail.ts';
import { markOf, wordOf } from './look.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { clock, relative } from './when.ts';

const looks = {
  begun: ['live', 'busy', 'under way'],
  done: ['done', 'good'],
  failed: ['failed', 'bad'],
  interrupted: ['held', 'held'],
  unknown: ['ask', 'held'],
} as const;

/** Three lines an effect: what, under what, approved by whom. */
export function renderTrail(trail: readonly TrailEntry[], style: Style): string[] {
  if (trail.length === 0) return ['no effect has been recorded'];
  return trail.flatMap(({ operation, lineage, approved_by }, at) => {
    const path = lineage.map(({ mandate }) => mandate).join(' under ');
    const evidence = operation.evidence === null || operation.evidence === '' ? '' : `, ${operation.evidence}`;
    const approval =
      approved_by === null
        ? style.tone('bad', `${style.mark('failed')} nobody is on record as having approved this`)
        : safeText(`approved by ${approved_by.by} ${relative(approved_by.at, style.now)}, revision ${String(approved_by.revision)}, text ${approved_by.text_digest}`);
    return [
      ...(at === 0 ? [] : ['']),
      `${markOf(style, looks, operation.state)} ${style.bold(safeText(operation.action))} ${safeText(operation.resource)}  ${wordOf(style, looks, operation.state)}${style.dim(safeText(evidence))}`,
      `  ${style.dim(`${clock(operation.begun_at, style.now)}  operation ${safeText(operation.id)}, ${safeText(operation.action_class)}, by ${safeText(operation.holder)}`)}`,
      `  ${style.dim('under')} ${safeText(path)}${approved_by !== null && approved_by.how === 'unattended' ? style.tone('held', '  unattended') : ''}`,
      `  ${style.dim(approval)}`,
    ];
  });
}
