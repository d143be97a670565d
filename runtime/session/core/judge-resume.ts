/**
 * Whether a session goes on, pauses or is over, from what was found out: the decision at the heart of every resume point. Pure.
 *
 * INVARIANT: `continue` needs a mandate in force and a fresh permit for the very next step; being able to go on is never a reason to.
 */

import type { MandateStanding, StepAnswer } from '../../control/ask.ts';
import type { PauseCause } from '../events.ts';

export type PlaceCheck =
  { readonly as: 'recorded' } | { readonly as: 'different'; readonly sentence: string } | { readonly as: 'unneeded' };

export type Findings = {
  /** Null where the session is bound to none. */
  readonly binding: { readonly mandate: string; readonly hasCredential: boolean } | null;
  readonly mandate: MandateStanding | null;
  /** Null where the mandate's standing already answers. */
  readonly step: StepAnswer | null;
  readonly place: PlaceCheck;
  /** What was said with its agent so far, against what was recorded of it. */
  readonly context: PlaceCheck;
};

export type Continuation =
  | { readonly go: 'continue'; readonly sentence: string; readonly position: number }
  | {
      readonly go: 'pause';
      readonly cause: Exclude<PauseCause, 'person' | 'approval' | 'fault'>;
      readonly sentence: string;
    }
  /** `approval`: the question control put to people, null where it put none yet. */
  | {
      readonly go: 'pause';
      readonly cause: 'approval';
      readonly sentence: string;
      readonly approval: string | null;
    }
  /** `isAccepted`: its mandate was completed, so that it is closed rather than cut off. */
  | { readonly go: 'inert'; readonly sentence: string; readonly isAccepted?: true };

/** Judges what was found. */
export function judgeResume({ binding, mandate, step, place, context }: Findings): Continuation {
  // One may be granted yet.
  if (binding === null) return pause('mandate', 'no mandate was granted to it, and nothing runs without one');
  if (mandate === null) return pause('unreachable', 'nobody asked how its mandate stands');
  switch (mandate.standing) {
    case 'ended':
      return mandate.drains ? { ...inert(mandate.sentence), isAccepted: true } : inert(mandate.sentence);
    case 'superseded':
      return pause('mandate', `\`${mandate.successor}\` took the place of its mandate and was not bound yet`);
    case 'unreachable':
      return pause('unreachable', mandate.sentence);
    case 'held':
      return pause('mandate', mandate.sentence);
    case 'in_force':
      break;
  }
  if (!binding.hasCredential)
    return pause(
      'credential',
      `the credential for \`${binding.mandate}\` is not on this machine; a new one makes it go on`,
    );
  if (step === null) return pause('unreachable', 'nobody asked about its next step');
  switch (step.answer) {
    case 'unreachable':
      return pause('unreachable', step.sentence);
    case 'hold':
      return { go: 'pause', cause: 'approval', sentence: step.sentence, approval: null };
    case 'refuse':
      return refusal(step);
    case 'permit':
      if (place.as === 'different') return pause('place', place.sentence);
      if (context.as === 'different') return pause('context', context.sentence);
      return { go: 'continue', sentence: step.sentence, position: step.position };
  }
}

/** A no while the mandate is in force: the world may change back, or this step was never covered. */
function refusal(step: Extract<StepAnswer, { readonly answer: 'refuse' }>): Continuation {
  switch (step.code) {
    case 'out_of_authority':
    case 'malformed_request':
      return pause('scope', step.sentence);
    case 'budget_spent':
      return pause('budget', step.sentence);
    case 'control_unreachable':
    case 'stale_state':
      return pause('unreachable', step.sentence);
    case 'credential_unusable':
    case 'http_401':
      return pause('credential', step.sentence);
    case 'actor_mismatch':
    case 'unknown_mandate':
    case 'http_403':
      return inert(step.sentence);
    default:
      return pause('mandate', step.sentence);
  }
}

const inert = (sentence: string): Extract<Continuation, { readonly go: 'inert' }> => ({ go: 'inert', sentence });
const pause = (cause: Exclude<PauseCause, 'person' | 'approval' | 'fault'>, sentence: string): Continuation => ({
  go: 'pause',
  cause,
  sentence,
});
