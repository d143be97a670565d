/**
 * What ran on after somebody said stop: calls a session made after an interruption and before a person typed again, helpers included.
 *
 * A command that was running when it was interrupted is not counted: whether it ended, a history does not say. Nor is what a person wanted instead
 * while nothing was typed: so each is listed, to be judged by who was there.
 */

import type { HistoryHarness } from '@writ/enforce';
import type { Did } from './seen.ts';

export type RanOn = {
  readonly harness: HistoryHarness;
  readonly session: string;
  readonly project: string;
  /** When it was interrupted, in milliseconds since the epoch. */
  readonly at: number;
  readonly calls: readonly { readonly afterMs: number; readonly byHelper: boolean; readonly did: readonly Did[] }[];
};

type Made = { readonly at: number; readonly byHelper: boolean; readonly did: readonly Did[] };

/** What is kept of a session for it. */
export type Course = {
  readonly harness: HistoryHarness;
  readonly session: string;
  project: string;
  readonly interrupted: number[];
  readonly typed: number[];
  readonly calls: Made[];
};

/** The interruptions of a session after which something ran on, in order. */
export function ranOn({ harness, session, project, interrupted, typed, calls }: Course): readonly RanOn[] {
  if (interrupted.length === 0) return [];
  const inOrder = interrupted.toSorted((a, b) => a - b);
  const prompts = typed.toSorted((a, b) => a - b);
  const made = calls.toSorted((a, b) => a.at - b.at);
  return inOrder.flatMap((at, index): readonly RanOn[] => {
    const end = Math.min(inOrder[index + 1] ?? Infinity, prompts.find((prompt) => prompt >= at) ?? Infinity);
    const after = made.filter((call) => call.at > at && call.at < end);
    if (after.length === 0) return [];
    return [
      {
        harness,
        session,
        project,
        at,
        calls: after.map(({ at: madeAt, byHelper, did }) => ({ afterMs: madeAt - at, byHelper, did })),
      },
    ];
  });
}
