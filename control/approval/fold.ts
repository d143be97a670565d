/** Approvals of single actions, as control remembers them: a part of the fold. It decides nothing. */

import { digestJson } from '../digest.ts';
import { addTo, note } from '../indexes.ts';
import type { ApprovalRecord } from './approval-record.ts';
import { evolve } from './approval-record.ts';
import type { ApprovalEvent } from './events.ts';

export type ApprovalFold = {
  readonly approvals: Map<string, ApprovalRecord>;
  /** Approvals by their mandate, asked for or given; and by the action and the state of things they were asked for, oldest first. */
  readonly approvalsOf: Map<string, string[]>;
  readonly approvalsAsked: Map<string, string[]>;
  /** Questions nobody has answered; whether an answer still does something is judged anew. */
  readonly openQuestions: Set<string>;
  /** Approvals nothing began on yet, by mandate. */
  readonly unusedApprovals: Map<string, Set<string>>;
};

export const noApprovals = (): ApprovalFold => ({
  approvals: new Map(),
  approvalsOf: new Map(),
  approvalsAsked: new Map(),
  openQuestions: new Set(),
  unusedApprovals: new Map(),
});

/** Folds an event in. */
export function foldApproval(p: ApprovalFold, event: ApprovalEvent): void {
  const id = event.type === 'approval.used' ? event.data.approval : event.data.id;
  const before = p.approvals.get(id);
  const record = evolve(before, event);
  p.approvals.set(id, record);
  if (before === undefined) addTo(p.approvalsOf, record.mandate, id);
  if (event.type === 'approval.asked') {
    const { mandate, action, resource, parameterDigest, factsDigest, epoch } = event.data;
    addTo(p.approvalsAsked, digestJson([mandate, action, resource, parameterDigest, factsDigest, epoch]), id);
  }
  if (record.state.name === 'asked') p.openQuestions.add(id);
  else p.openQuestions.delete(id);
  note(p.unusedApprovals, record.mandate, id, record.state.name === 'given');
}
