/** Which preset fits what agents did: the narrowest under which ordinary work goes on. A proposal for a person, never a decision. */

import type { OfferedPreset } from '../launcher/preset-choice.ts';
import type { Look } from './tally.ts';

export type Fitting = { readonly preset: OfferedPreset; readonly why: string };

/** So many pushes and pull requests are a habit, and not one try. */
const habit = 3;

/** The preset, and why in a few words; the usual one where nothing was seen. */
export function fittingPreset({ did, presets }: Pick<Look, 'did' | 'presets'>): Fitting {
  const callsOf = (group: string): number => did.find((pile) => pile.group === group)?.calls ?? 0;
  const readOnly = presets.find(({ preset }) => preset === 'read-only');
  const calls = readOnly === undefined ? 0 : readOnly.may + readOnly.asks + readOnly.never;
  if (calls === 0) return { preset: 'worktree', why: 'the usual one: there is no history to go by' };
  if (readOnly?.never === 0) return { preset: 'read-only', why: 'agents only read here' };
  if (callsOf('pushes') >= habit) return { preset: 'pr', why: 'agents push and open pull requests here' };
  return { preset: 'worktree', why: 'agents edit and run programs here, and leave the rest to you' };
}
