/**
 * Policy: versioned data that says, whatever a mandate allows, what no approval can give an agent.
 * It only tightens: what it does not name is as the mandate and the class table say. Its version is in the read set of every begin.
 */

import type { AgentPolicy } from '@writ/authority';

export type Policy = AgentPolicy;

export const currentPolicy: Policy = {
  version: 'policy-1',
  refusedToAgents: {
    'mandate.administer': 'mandates are governed by people, never by an agent',
    'hooks.write': 'what watches an agent is not written by an agent',
  },
};

export type PolicyEvent = {
  readonly type: 'policy.adopted';
  readonly data: { readonly at: number; readonly version: string };
};
