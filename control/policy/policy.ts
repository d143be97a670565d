/**
 * Current policy: versioned data, and the one place that reads it. Its version is in the read set of every begin.
 * It refuses, whatever a mandate says, what no approval can give an agent.
 */

import type { PolicyResult } from '@writ/authority';

export type Policy = {
  readonly version: string;
  /** Actions no agent may take, with the reason a person reads. */
  readonly refusedToAgents: Readonly<Record<string, string>>;
};

export const currentPolicy: Policy = {
  version: 'policy-1',
  refusedToAgents: {
    'mandate.administer': 'mandates are governed by people, never by an agent',
    'hooks.write': 'what watches an agent is not written by an agent',
  },
};

/** What policy says to `action`, asked for by an agent. */
export function askPolicy(policy: Policy, action: string): PolicyResult {
  const detail = Object.hasOwn(policy.refusedToAgents, action) ? policy.refusedToAgents[action] : undefined;
  return detail === undefined
    ? { permits: true, version: policy.version }
    : { permits: false, version: policy.version, detail };
}

export type PolicyEvent = {
  readonly type: 'policy.adopted';
  readonly data: { readonly at: number; readonly version: string };
};
