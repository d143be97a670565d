/**
 * A verdict's reason as an AuthZEN denial carries it: the runtime denial classification of draft-mcguinness-mission-authzen, with `authority_contained`
 * (draft-mcguinness-oauth-mission-containment) and `capability_drift` (draft-mcguinness-mission-capability-binding).
 *
 * It refuses to lend a name of theirs to what is something else: what they have no name for has one of ours, under `urn:writ:`. A consumer takes every value it does not know for a no.
 */

import type { Reason } from '@writ/authority';
import { explain } from '@writ/authority';

export type Denial = {
  readonly reason: string;
  /** `retry`: the same request is expected to succeed after a delay. Absent where a person or the world has to do something first. */
  readonly next_action?: 'retry' | 'none';
};

/** What a denial for `reason` says. */
export function denialOf(reason: Exclude<Reason, { code: 'permitted' }>): Denial {
  const name = nameOf(reason);
  if (reason.code === 'stale_state') return { reason: name, next_action: 'retry' };
  // `request` takes an access request beside it, and none is offered here.
  return explain(reason).retry === 'never' ? { reason: name, next_action: 'none' } : { reason: name };
}

function nameOf(reason: Exclude<Reason, { code: 'permitted' }>): string {
  switch (reason.code) {
    case 'mandate_inactive':
    case 'ancestor_inactive':
    // A condition that does not hold suspends: the mandate is not in force.
    case 'condition_failed':
    case 'condition_unknown':
      return 'mission_inactive';
    // One that is not there and one that is another's are the same answer.
    case 'unknown_mandate':
    case 'actor_mismatch':
      return 'mission_binding_failed';
    case 'out_of_authority':
      return boundsName(reason);
    case 'approval_required':
      return 'approval_required';
    case 'history_required':
      return 'history_not_satisfied';
    case 'budget_spent':
      return 'quota_exceeded';
    case 'credential_unusable':
      return 'credential_invalid';
    case 'policy_refused':
      return 'resource_policy';
    case 'stale_state':
      return 'stale_state';
    case 'control_unreachable':
    case 'not_an_approver':
    case 'malformed_request':
      return `urn:writ:reason:${reason.code}`;
  }
}

function boundsName({ gap, contained }: Extract<Reason, { code: 'out_of_authority' }>): string {
  switch (gap.kind) {
    case 'constraint':
      return 'parameter_violation';
    case 'unknown_constraint':
      return 'constraint_unsupported';
    case 'drift':
      return 'capability_drift';
    case 'action':
    case 'resource':
    case 'malformed':
      return contained === true ? 'authority_contained' : 'out_of_authority';
  }
}
