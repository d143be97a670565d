/** What a held action is told: that a person is asked, that one refused it, or why nobody was asked. Pure. */

import type { HeldAs, Outcome } from '../refusal.ts';
import { wordsOf } from '../refusal.ts';
import type { ApprovalRecord } from './approval-record.ts';

/** How it stands, after it was put before people. */
export function heldAs(put: Outcome<ApprovalRecord>): HeldAs {
  if (!put.ok) return { as: 'not_asked', why: wordsOf(put.refusal).sentence };
  const { id, state } = put.value;
  return state.name === 'refused' ? { as: 'refused', id, by: state.by, reason: state.reason } : { as: 'asked', id };
}
