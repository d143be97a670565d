/** What policy says to an action: read in this one place, by control and by whoever answers from what control signed. */

import type { ActionClass } from '../action/action-class.ts';
import type { PolicyResult } from './evaluate.ts';

/** The part of a policy that a verdict rests on. */
export type AgentPolicy = {
  readonly version: string;
  /** Actions no agent may take whatever a mandate says, with the reason a person reads. */
  readonly refusedToAgents: Readonly<Record<string, string>>;
  /** By class: whether a person is asked each time, and how long one yes counts at most, in milliseconds (`null`: as the class table says). */
  readonly classes: Readonly<Partial<Record<ActionClass, { readonly asks: boolean; readonly boundMs: number | null }>>>;
};

/** What policy says to `action` of `actionClass`, asked for by an agent. */
export function askPolicy(
  { version, refusedToAgents, classes }: AgentPolicy,
  action: string,
  actionClass: ActionClass,
): PolicyResult {
  const detail = Object.hasOwn(refusedToAgents, action) ? refusedToAgents[action] : undefined;
  if (detail !== undefined) return { permits: false, version, detail };
  const { asks = false, boundMs = null } = classes[actionClass] ?? {};
  return { permits: true, version, ...(asks && { asks }), ...(boundMs !== null && { boundMs }) };
}
