/** Control's keys, the slices of runs, and what points reported of them: a part of the fold. It decides nothing. */

import type { AnsweredEvent, KeyEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { KeyRing } from './key-ring.ts';
import { emptyRing } from './key-ring.ts';
import type { OpenSlice, SliceEvent } from './slice-events.ts';
import { runAt } from './slice-events.ts';

export type TokenFold = {
  keys: KeyRing;
  /** The slice a run has at a point, by point and run. */
  readonly slices: Map<string, OpenSlice>;
  /** The last report of what a point answered, by point and run. */
  readonly reports: Map<string, number>;
};

export const noTokens = (): TokenFold => ({ keys: emptyRing, slices: new Map(), reports: new Map() });

/** Folds what happened to a key in. */
export function foldKey(p: TokenFold, event: KeyEvent): void {
  p.keys = evolve(p.keys, event);
}

/** Folds in that a slice was opened or closed. */
export function foldSlice(p: TokenFold, event: SliceEvent): void {
  const at = runAt(event.data);
  if (event.type === 'slice.opened') p.slices.set(at, event.data);
  else if (p.slices.get(at)?.id === event.data.id) p.slices.delete(at);
}

/** Folds a report in. */
export const foldAnswered = (p: TokenFold, { data }: AnsweredEvent): void =>
  void p.reports.set(runAt(data), data.report);
