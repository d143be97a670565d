/** What `writ look` keeps of a history: what was done and what presets say to it, without what was said or answered. Plain data: it crosses threads. */

import type { ActionClass, PresetName } from '@writ/authority';
import type { HistoryHarness, RecordedTokens } from '@writ/enforce';
import type { PresetAnswer } from './preset-answers.ts';

/** The presets that are judged, narrowest first. Answers stand in this order. */
export const judgedPresets = ['read-only', 'worktree', 'pr', 'ship'] as const satisfies readonly PresetName[];

/** One thing a call did. */
export type Did = {
  readonly action: string;
  /** What it was done to, in a few words: a program, a host, a branch, a path. */
  readonly target: string;
  /** Whether that is outside the repository. */
  readonly outside: boolean;
  readonly actionClass: ActionClass;
  readonly answers: readonly PresetAnswer[];
};

type Of = { readonly harness: HistoryHarness; readonly session: string; readonly at: number };

export type Seen =
  | (Of & {
      readonly kind: 'call';
      readonly id: string;
      readonly project: string;
      /** The repository, or the folder where there is none. */
      readonly root: string;
      readonly tool: string;
      readonly byHelper: boolean;
      readonly did: readonly Did[];
    })
  | (Of & {
      readonly kind: 'usage';
      readonly id: string;
      readonly model: string;
      readonly tokens: RecordedTokens;
      readonly costMicros: number | null;
    })
  | (Of & { readonly kind: 'interrupted' | 'typed' });

/** The answer to a call that does several things: the hardest of theirs. */
export const hardest = (answers: readonly PresetAnswer[]): PresetAnswer =>
  answers.includes('never') ? 'never' : answers.includes('asks') ? 'asks' : 'may';
