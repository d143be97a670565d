/**
 * Policy: versioned data that says, whatever a mandate allows, what no approval can give an agent, what an approval needs, and how long a yes counts.
 *
 * It only tightens: what it does not name is as the mandate and the class table say, and what is built in stays whatever is adopted. Its stream is in the
 * read set of every begin, so that whoever begins while it changes is judged again.
 */

import type { ActionClass, AgentPolicy } from '@writ/authority';
import type { Consent } from '../approval/consent.ts';

/** What is asked for one class, beyond the table of classes. Absent: nothing more. */
export type ClassRule = {
  /** Who asked for it is not who approves it. */
  readonly approvedByAnother?: true;
  /** Whoever approves proves anew that it is them, with a key of their own. */
  readonly stepUp?: true;
  /** A person's yes to each single action. */
  readonly askEachTime?: true;
  /** How long one yes counts: an answer of an enforcement point, or a lease until it is renewed. In milliseconds. */
  readonly maxYesMs?: number;
};

/** The rules somebody adopted. */
export type PolicyRules = {
  readonly classes: Readonly<Partial<Record<ActionClass, ClassRule>>>;
  /** Actions no agent may take, each with the reason a person reads. */
  readonly refusedToAgents: Readonly<Record<string, string>>;
};

/** The policy that is in force. */
export type Policy = AgentPolicy & { readonly rules: PolicyRules };

type By = { readonly at: number; readonly by: string };

export type PolicyEvent =
  | {
      readonly type: 'policy.adopted';
      /** Without consent where control put what is built in into force by itself. */
      readonly data: By & { readonly version: string; readonly rules: PolicyRules; readonly consent?: Consent };
    }
  /** One of two people wants it; it is in force once another adopts the same. */
  | {
      readonly type: 'policy.proposed';
      readonly data: By & { readonly version: string; readonly textDigest: string };
    };

export type PolicyProposal = Extract<PolicyEvent, { type: 'policy.proposed' }>['data'];

/** What is built in. */
export const baseVersion = 'policy-1';
const builtIn = {
  'mandate.administer': 'mandates are governed by people, never by an agent',
  'hooks.write': 'what watches an agent is not written by an agent',
} as const;

export const noRules: PolicyRules = { classes: {}, refusedToAgents: {} };

/** The version of these rules, from their digest: the same rules are the same version, and other built-in rules make it another. */
export const versionOf = (digest: string): string => `${baseVersion}.${digest.slice(0, 12)}`;

/** The policy of `rules`, under the version they were adopted as. */
export function policyFrom(version: string, rules: PolicyRules): Policy {
  const classes: Record<string, AgentPolicy['classes'][ActionClass]> = {};
  for (const [name, { askEachTime, maxYesMs }] of Object.entries(rules.classes))
    classes[name] = { asks: askEachTime === true, boundMs: maxYesMs ?? null };
  // INVARIANT: what is built in is spread last, so that no rule takes its place.
  return { version, refusedToAgents: { ...rules.refusedToAgents, ...builtIn }, classes, rules };
}

/** In force until somebody adopts another. */
export const basePolicy: Policy = policyFrom(baseVersion, noRules);
