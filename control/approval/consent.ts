/**
 * What is kept of a person's yes besides who and when: the exact text they were shown, by which renderer, who asked for it, how they proved who they
 * are, and the policy that said what the yes needs. It is part of the event that approves, so that it is in the same chain and cannot be added later.
 */

import type { Authenticated } from '../identity/authenticated.ts';

export type Consent = {
  readonly text: string;
  /** Which version of which renderer made the text, such as `mandate-text-2`. */
  readonly renderer: string;
  /** Who proposed it, or whose agent asked for it. */
  readonly requestedBy: readonly string[];
  readonly authenticated: Authenticated;
  /** The version of the policy it was judged by. */
  readonly policy: string;
};
