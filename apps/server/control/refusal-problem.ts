/** Every refusal of control as a problem: one exhaustive table of statuses. The words are control's. */

import type { Outcome, Refusal } from '@writ/control';
import { wordsOf } from '@writ/control';
import type { ProblemWire } from '@writ/protocol';
import { approvalInstance } from '@writ/protocol';
import type { Answer } from '../http/call.ts';
import { problem } from '../http/problem.ts';

const statuses = {
  not_found: 404,
  not_an_approver: 403,
  not_yours: 403,
  not_allowed: 403,
  name_taken: 409,
  another_approver: 403,
  step_up_required: 403,
  step_up_invalid: 403,
  held: 403,
  request_refused: 403,
  already_answered: 409,
  approval_void: 409,
  wrong_state: 409,
  revision_changed: 409,
  text_changed: 409,
  unattended_insufficient: 403,
  condition_failed: 409,
  out_of_bounds: 422,
  malformed_request: 400,
  spent: 403,
  verdict: 403,
  operation_over: 409,
  not_authentic: 401,
  already_delivered: 409,
  idempotency_key_required: 400,
  idempotency_conflict: 409,
  idempotency_expired: 409,
  too_old: 409,
  contended: 503,
} as const satisfies Record<Refusal['code'], number>;

/** The problem a refusal is answered with. */
export function problemOf(refusal: Refusal): ProblemWire {
  const { code, sentence, wayOut } = wordsOf(refusal);
  const said = problem(statuses[refusal.code], code, sentence, wayOut);
  return refusal.code === 'held' && refusal.approval.as === 'asked'
    ? { ...said, instance: approvalInstance(refusal.approval.id) }
    : said;
}

/** An outcome as an answer, its value translated. */
export const answerOf = <T, Body>(outcome: Outcome<T>, translate: (value: T) => Body): Answer<Body> =>
  outcome.ok ? { ok: true, body: translate(outcome.value) } : { ok: false, problem: problemOf(outcome.refusal) };

export const ok = <Body>(body: Body): { readonly ok: true; readonly body: Body } => ({ ok: true, body });
