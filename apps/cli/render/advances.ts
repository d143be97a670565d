/** Yeses in advance, a line for what each covers and one for what became of it. Pure. */

import type { AdvanceWire } from '../connect/wire.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { relative } from './when.ts';

const states = { in_force: 'in force', used_up: 'used up', over: 'over', withdrawn: 'taken back' } as const;

/** What one covers, in a line. */
export function coverWords({
  actions,
  resource,
  resource_match: match,
}: Pick<AdvanceWire, 'actions' | 'resource' | 'resource_match'>): string {
  return `${actions.join(' or ')} on ${resource}${match === 'prefix' ? ' and everything under it' : ''}`;
}

/** How often it was used, of how often it can be. */
export const usedWords = ({ used, uses }: Pick<AdvanceWire, 'used' | 'uses'>): string =>
  uses === null ? `used ${String(used)} times` : `used ${String(used)} of ${String(uses)}`;

export function renderAdvances(items: readonly AdvanceWire[], style: Style): readonly string[] {
  if (items.length === 0) return ['nothing is remembered, and nothing was left: whatever asks, asks you'];
  return items.flatMap((one) => {
    const isOn = one.state === 'in_force';
    const ends = isOn ? `ends ${relative(one.expires_at, style.now)}` : states[one.state];
    const how = one.kind === 'left' ? 'left' : 'remembered';
    return [
      `${style.tone(isOn ? 'good' : 'quiet', style.mark(isOn ? 'done' : 'idle'))} ${style.bold(safeText(coverWords(one)))}`,
      `  ${style.dim(safeText(`${one.id}  ${how} by ${one.by} for ${one.project} ${relative(one.given_at, style.now)}; ${usedWords(one)}; ${ends}`))}`,
    ];
  });
}
