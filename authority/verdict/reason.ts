/**
 * Why a verdict came out as it did: a closed union, one sentence for a person, one code for a machine, and what would make it
 * permitted. Codes follow the mission AuthZEN draft's `context.reason` where it has one. Unknown is always a refusal.
 */

import type { ActionClass } from '../action/action-class.ts';
import type { Budget } from '../mandate/mandate.ts';
import type { AuthorityGap } from '../set/permits.ts';

export type Reason =
  | { readonly code: 'permitted' }
  | { readonly code: 'unknown_mandate'; readonly mandate: string }
  | { readonly code: 'mandate_inactive'; readonly mandate: string; readonly state: string; readonly detail: string }
  | {
      readonly code: 'ancestor_inactive';
      readonly mandate: string;
      readonly ancestor: string;
      readonly state: 'cascaded' | 'held';
    }
  | { readonly code: 'condition_failed'; readonly mandate: string; readonly subject: string; readonly reading: string }
  | { readonly code: 'condition_unknown'; readonly mandate: string; readonly subject: string }
  /** `contained`: it was approved, and a narrowing took it away. */
  | {
      readonly code: 'out_of_authority';
      readonly mandate: string;
      readonly gap: AuthorityGap;
      readonly contained?: true;
    }
  | {
      readonly code: 'approval_required';
      readonly mandate: string;
      readonly action: string;
      readonly resource: string;
      /** Why a person is asked: every time, since this is the first time it reaches its target, or because policy says so. */
      readonly because: 'each_time' | 'first_use' | 'policy';
    }
  /** Something has to be done first. `why`: it never was, is out of date, or the request does not say what it is about. */
  | {
      readonly code: 'history_required';
      readonly mandate: string;
      readonly action: string;
      readonly first: readonly string[];
      readonly why: Missing;
    }
  /** `short`: there is something left, and less than the action would draw. Money is in millionths, time in milliseconds. */
  | {
      readonly code: 'budget_spent';
      readonly mandate: string;
      readonly budget: Budget['kind'];
      readonly limit: number;
      readonly short?: { readonly left: number; readonly draws: number };
    }
  | { readonly code: 'actor_mismatch'; readonly actor: string; readonly mandate: string }
  | { readonly code: 'credential_unusable'; readonly detail: string }
  | { readonly code: 'policy_refused'; readonly detail: string }
  | { readonly code: 'stale_state'; readonly boundMs: number }
  | { readonly code: 'control_unreachable'; readonly actionClass: ActionClass }
  | { readonly code: 'not_an_approver'; readonly attempted: string }
  | { readonly code: 'malformed_request'; readonly detail: string };

/** What is wrong with what had to be done first: it never was, something changed since, it was too long ago, or the request does not say what it is about. */
export type Missing = 'never' | 'stale' | 'too_old' | 'unstated';

export type ReasonCode = Reason['code'];

export type Explanation = {
  /** One sentence for a person. */
  readonly sentence: string;
  /** What would make it permitted, or null where nothing the asker can do would. */
  readonly wayOut: string | null;
  /** Whether asking again can ever help without a person acting. */
  readonly retry: 'never' | 'after_a_person_acts' | 'when_it_holds_again';
};

/** The explanation of any reason. Total: a new reason without a sentence does not compile. */
export function explain(reason: Reason): Explanation {
  switch (reason.code) {
    case 'permitted':
      return say('inside what was approved', null, 'never');
    case 'unknown_mandate':
      return say(`there is no mandate \`${reason.mandate}\``, 'ask a person to approve one', 'after_a_person_acts');
    case 'mandate_inactive':
      return say(
        `mandate \`${reason.mandate}\` is ${reason.state}: ${reason.detail}`,
        reason.state === 'suspended'
          ? `a person can reinstate it with \`writ mandate reinstate ${reason.mandate}\``
          : null,
        reason.state === 'suspended' ? 'after_a_person_acts' : 'never',
      );
    case 'ancestor_inactive':
      return reason.state === 'held'
        ? say(
            `mandate \`${reason.ancestor}\`, above \`${reason.mandate}\`, is suspended`,
            'wait until a person reinstates it',
            'after_a_person_acts',
          )
        : say(`mandate \`${reason.ancestor}\`, above \`${reason.mandate}\`, has ended`, null, 'never');
    case 'condition_failed':
      return say(
        `\`${reason.subject}\` is ${reason.reading}, and the approval depends on it not being so`,
        null,
        'when_it_holds_again',
      );
    case 'condition_unknown':
      return say(
        `nobody has reported on \`${reason.subject}\`, and the approval depends on it`,
        `report it with \`writ signal ${reason.subject} VALUE\``,
        'when_it_holds_again',
      );
    case 'out_of_authority':
      return say(`not in what was approved: ${reason.gap.why}`, reason.gap.wouldPermit ?? null, 'after_a_person_acts');
    case 'approval_required':
      return say(
        `\`${reason.action}\` on \`${reason.resource}\` needs a person's yes${asked[reason.because]}`,
        'a person answers in `writ inbox`',
        'after_a_person_acts',
      );
    case 'history_required': {
      const first = reason.first.map((action) => `\`${action}\``).join(' or ');
      return say(
        `\`${reason.action}\` under \`${reason.mandate}\` needs ${first} done first, ${missing[reason.why]}`,
        reason.why === 'unstated' ? null : `have ${first} done where an enforcement point watches it, then ask again`,
        reason.why === 'unstated' ? 'never' : 'when_it_holds_again',
      );
    }
    case 'budget_spent':
      return say(
        reason.short === undefined
          ? `the ${reason.budget} budget of ${countOf(reason.budget, reason.limit)} is spent`
          : `the ${reason.budget} budget of ${countOf(reason.budget, reason.limit)} has ${countOf(reason.budget, reason.short.left)} left, and this would draw ${countOf(reason.budget, reason.short.draws)}`,
        `a person can extend it with \`writ mandate extend ${reason.mandate}\``,
        'after_a_person_acts',
      );
    case 'actor_mismatch':
      return say(`\`${reason.actor}\` is not the actor that mandate \`${reason.mandate}\` was given to`, null, 'never');
    case 'credential_unusable':
      return say(`the credential cannot be used: ${reason.detail}`, null, 'never');
    case 'policy_refused':
      return say(`policy does not permit it: ${reason.detail}`, null, 'after_a_person_acts');
    case 'stale_state':
      return say(
        `the last word from control is older than ${String(reason.boundMs)} ms`,
        'wait until control is heard again',
        'when_it_holds_again',
      );
    case 'control_unreachable':
      return say(
        `control cannot be reached, and a ${reason.actionClass} needs its word now`,
        'wait until control is back',
        'when_it_holds_again',
      );
    case 'not_an_approver':
      return say(
        `an agent's credential cannot ${reason.attempted}`,
        'a person does it from outside the agent',
        'after_a_person_acts',
      );
    case 'malformed_request':
      return say(`the request cannot be judged: ${reason.detail}`, null, 'never');
  }
}

const asked = {
  each_time: ' each time',
  first_use: ', as this is the first time it reaches it',
  policy: ', because policy asks for one',
} as const;

const missing = {
  never: 'and nobody saw that happen',
  stale: 'and something has changed since it was',
  too_old: 'and that is too long ago',
  unstated: 'and the request does not say what it is about',
} as const satisfies Record<Missing, string>;

/** A number of a budget as a person reads it. */
const countOf = (budget: Budget['kind'], n: number): string =>
  budget === 'money' ? String(n / 1_000_000) : budget === 'wall' ? `${String(n)} ms` : String(n);

const say = (sentence: string, wayOut: string | null, retry: Explanation['retry']): Explanation => ({
  sentence,
  wayOut,
  retry,
});
