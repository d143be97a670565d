/** What is remembered for history rules, by the first mandate of a line: a part of the fold. It decides nothing. */

import { isTerminal } from '@writ/authority';
import type { MandateRecord } from '../mandate/mandate-record.ts';
import type { HistoryEvent } from './events.ts';
import type { Memory } from './memory.ts';
import { emptyMemory, remember } from './memory.ts';
import { originOf } from './origin.ts';

export type HistoryFold = {
  /** Nothing of a line that has ended. */
  readonly memories: Map<string, Memory>;
};

export const noHistory = (): HistoryFold => ({ memories: new Map() });

/** Folds an event in. What ended with its mandate is not remembered any more. */
export function foldHistory(p: HistoryFold, origin: string, event: HistoryEvent, position: number): void {
  const memory = p.memories.get(origin);
  if (memory !== undefined) remember(memory, event, position);
}

/** A mandate with history rules has a memory from its approval to the end of its line. */
export function foldMemoryOf(
  p: HistoryFold & { readonly mandates: Parameters<typeof originOf>[0] },
  { mandate, approval }: MandateRecord,
): void {
  if (mandate.history.length === 0 || approval === null) return;
  const { name } = mandate.state;
  const origin = originOf(p.mandates, mandate.id);
  if (isTerminal(name) && name !== 'superseded') p.memories.delete(origin);
  else if (!p.memories.has(origin)) p.memories.set(origin, emptyMemory());
}
