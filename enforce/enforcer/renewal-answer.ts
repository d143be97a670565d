/**
 * What a refused renewal means for the run that asked. Pure.
 *
 * Only a word of control's ends work: not being answered is the deadline's concern. What cannot be told apart is held, not ended.
 */

import type { ProblemWire } from '@writ/protocol';
import type { CallResult } from '../client/caller.ts';
import type { Chain } from './ask-control.ts';

/** The state of a mandate that control was asked about; null when it did not say. INVARIANT: one that control does not know is over. */
export function stateIn(asked: CallResult<Pick<Chain, 'leaf'>>): string | null {
  if (asked.ok) return asked.value.leaf.state;
  return asked.problem.status === 404 ? 'unknown' : null;
}

export type Consequence = 'wait' | 'hold' | 'end' | 'drain';

/** Refusals that can turn into a yes without a new operation. */
const passing: ReadonlySet<string> = new Set([
  'condition_failed',
  'condition_unknown',
  'stale_state',
  'budget_spent',
  'approval_required',
  'contended',
]);

/** `state` is the mandate's, null when control did not say. */
export function consequenceOf(problem: ProblemWire, state: string | null): Consequence {
  if (isSilence(problem)) return 'wait';
  if (problem.code === 'operation_over') return 'end';
  if (passing.has(problem.code)) return 'hold';
  switch (state) {
    case 'suspended':
    case 'held':
    case null:
      return 'hold';
    case 'active':
      // Active again since it was refused, or active and refused for what was asked.
      return problem.code === 'mandate_inactive' || problem.code === 'ancestor_inactive' ? 'hold' : 'end';
    case 'completed':
      return 'drain';
    default:
      return 'end';
  }
}

/** Whether nobody answered, or not with a word of control's. */
export const isSilence = ({ code, status }: Pick<ProblemWire, 'code' | 'status'>): boolean =>
  code === 'control_unreachable' || code === 'malformed_reply' || status === 429 || status >= 500;
