/** An operation as a person reads it: what it was, how it ended, and where nobody knows that, who finds out and until when. Pure. */

import type { OperationWire } from '../connect/wire.ts';
import { markOf, wordOf } from './look.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { clock, relative } from './when.ts';

export const operationLooks = {
  begun: ['live', 'busy', 'under way'],
  done: ['done', 'good'],
  failed: ['failed', 'bad'],
  interrupted: ['held', 'held'],
  unknown: ['ask', 'held', 'nobody knows'],
} as const;

/** Its lines: the first says what and how it ended. */
export function renderOperation(operation: OperationWire, style: Style): string[] {
  const { id, mandate, action, resource, action_class, holder, begun_at, evidence, destination, owed, state } =
    operation;
  const to = destination === null ? '' : `, to ${destination.sink} at ${destination.url} (${destination.kind})`;
  const lines = [
    `${markOf(style, operationLooks, state)} ${style.bold(safeText(action))} ${safeText(resource)}  ${wordOf(style, operationLooks, state)}`,
    `  ${style.dim(safeText(`${id}, ${clock(begun_at, style.now)}, ${action_class}, by ${holder} under ${mandate}${to}`))}`,
    ...(evidence === null || evidence === '' ? [] : [`  ${safeText(evidence)}`]),
  ];
  if (owed === null) return lines;
  return [
    ...lines,
    `  ${style.dim('finds out')} ${safeText(owed.owner === 'person' ? 'a person' : owed.who)}, ${owed.owner === 'person' ? 'asked since' : 'until'} ${relative(owed.until, style.now)} ${style.dim(`(${clock(owed.until, style.now)})`)}`,
    `  ${style.dim('to do')}     ${safeText(owed.todo)}`,
  ];
}
