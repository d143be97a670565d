/** The trail from effects to approvals. Pure. */

import type { TrailEntry } from '../connect/trail.ts';
import { markOf, wordOf } from './look.ts';
import { operationLooks } from './operation.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { clock, relative } from './when.ts';

/** Four lines an effect: what and how it ended; when, by whom, bound to what; under what; approved by whom. */
export function renderTrail(trail: readonly TrailEntry[], style: Style): string[] {
  if (trail.length === 0) return ['no effect has been recorded'];
  return trail.flatMap((entry, at) => {
    const evidence = entry.evidence === null || entry.evidence === '' ? '' : `, ${entry.evidence}`;
    const how = `${clock(entry.begun_at, style.now)}  operation ${entry.operation}, ${entry.action_class}, by ${entry.holder}, permit bound to ${entry.permit_digest.slice(0, 12)}`;
    const unattended = entry.approved_how === 'unattended' ? style.tone('held', ' unattended') : '';
    return [
      ...(at === 0 ? [] : ['']),
      `${markOf(style, operationLooks, entry.outcome)} ${style.bold(safeText(entry.action))} ${safeText(entry.resource)}  ${wordOf(style, operationLooks, entry.outcome)}${style.dim(safeText(evidence))}`,
      `  ${style.dim(safeText(how))}`,
      `  ${style.dim('under')} ${safeText(entry.lineage.length === 0 ? entry.mandate : entry.lineage.join(' under '))}`,
      entry.approved_by === null
        ? `  ${style.tone('bad', `${style.mark('failed')} nobody is on record as having approved this`)}`
        : `  ${style.dim('approved')}${unattended} ${safeText(`by ${entry.approved_by} ${relative(entry.approved_at ?? '', style.now)}, revision ${String(entry.revision)}, text ${entry.text_digest ?? ''}`)}`,
    ];
  });
}
