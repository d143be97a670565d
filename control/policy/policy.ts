/**
 * Policy: versioned data that says, whatever a mandate allows, what no approval can give an agent and what a class of actions asks for besides.
 * It only tightens: what it does not name is as the mandate and the class table say. Its version is in the read set of every begin.
 */

import type { ActionClass, AgentPolicy } from '@writ/authority';

/** What policy asks of one class of actions, beyond the class table. */
export type ClassPolicy = {
  /** Who approves a mandate that reaches this class, or one action of it, is not who proposed or asked for it. */
  readonly separationOfDuty: boolean;
  /** The approval needs a person who has shown just now, once more, that it is them. */
  readonly stepUp: boolean;
};

export type Policy = AgentPolicy & {
  /** A class that is not named is asked for nothing more. */
  readonly classes: Readonly<Partial<Record<ActionClass, ClassPolicy>>>;
};

export const currentPolicy: Policy = {
  version: 'policy-1',
  refusedToAgents: {
    'mandate.administer': 'mandates are governed by people, never by an agent',
    'hooks.write': 'what watches an agent is not written by an agent',
  },
  classes: {},
};

const nothingMore: ClassPolicy = { separationOfDuty: false, stepUp: false };

/** What `policy` asks of a class. */
export const classPolicy = (policy: Policy, actionClass: ActionClass): ClassPolicy =>
  policy.classes[actionClass] ?? nothingMore;

export type PolicyEvent = {
  readonly type: 'policy.adopted';
  readonly data: { readonly at: number; readonly version: string };
};
