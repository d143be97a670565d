/** The policy in force, and those that one of two people wants: a part of the fold. It decides nothing. */

import type { Policy, PolicyEvent, PolicyProposal } from './policy.ts';
import { policyFrom } from './policy.ts';

export type PolicyFold = {
  policy: Policy | null;
  /** By version. */
  readonly policyProposals: Map<string, PolicyProposal>;
};

export const noPolicy = (): PolicyFold => ({ policy: null, policyProposals: new Map() });

/** Folds an event in. What was adopted leaves nothing proposed. */
export function foldPolicy(p: PolicyFold, event: PolicyEvent): void {
  if (event.type === 'policy.proposed') return void p.policyProposals.set(event.data.version, event.data);
  p.policy = policyFrom(event.data.version, event.data.rules);
  p.policyProposals.clear();
}
