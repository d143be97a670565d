/** A single action that was held, what a person said to it, and the one use of a yes. Times are epoch milliseconds. */

import type { ActionClass, RequestParameters } from '@writ/authority';
import type { JsonValue } from '@writ/journal';
import type { Consent } from './consent.ts';

type Happened<Type extends string, Data> = { readonly type: Type; readonly data: Data };

/** Exactly one action, and the state of the mandates above it: any non-active interval since, here or above, makes it void. */
type ExactAction = {
  readonly id: string;
  readonly mandate: string;
  readonly action: string;
  readonly resource: string;
  readonly parameterDigest: string;
  /** Of the facts its constraints were judged by. */
  readonly factsDigest: string;
  /** The sum of the chain's epochs. */
  readonly epoch: number;
};

/** What an agent asked for, as a person is shown it. */
export type AskedAction = ExactAction & {
  readonly at: number;
  readonly askedBy: string;
  readonly run: string;
  readonly session: string | null;
  readonly facts: RequestParameters;
  readonly parameters: JsonValue;
  readonly actionClass: ActionClass;
  /** Nobody is asked any more from here on. */
  readonly until: number;
  readonly text: string;
  readonly textDigest: string;
};

export type GivenApproval = ExactAction & {
  readonly at: number;
  readonly by: string;
  /** The digest of the text that was shown, or that says what the person named themselves. */
  readonly textDigest: string;
  readonly expiresAt: number;
};

export type ApprovalEvent =
  | Happened<'approval.asked', AskedAction>
  | Happened<'approval.given', GivenApproval & { readonly consent: Consent }>
  | Happened<
      'approval.refused',
      { readonly at: number; readonly id: string; readonly by: string; readonly reason: string }
    >
  /** The operation that began on it; nothing else ever does. */
  | Happened<'approval.used', { readonly at: number; readonly approval: string; readonly operation: string }>;
