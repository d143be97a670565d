/** A fact about a session as somebody who comes back is shown it: what, how it was found out, and whether it still holds. */

import type { Session } from '../session.ts';

/** What a fact is about, in the order a person asks: what was left for them, where they are, what went on, what was tried and did not work, what is different, and what comes next. */
export type About = 'clue' | 'where' | 'happening' | 'tried' | 'changed' | 'seen' | 'next';

export type Fact = {
  readonly about: About;
  readonly what: string;
  readonly value: string;
  readonly standing: 'verified now' | 'changed' | 'unknown';
  readonly observedAt: string | null;
  readonly method: string;
  /** The event of the session's log that says so, by its version; null where something else was looked at. */
  readonly event: number | null;
  /** Who did it, where somebody did. */
  readonly by: string | null;
};

/** How it is found out that a place is nowhere any more. */
export const goneMethod = 'looked: it is gone';

export type Visit = {
  readonly session: Session;
  /** Who comes back. */
  readonly who: string;
  /** RFC 3339. */
  readonly now: string;
};
