/** What policy says to an action: read in this one place, by control and by whoever answers from what control signed. */

import type { PolicyResult } from './evaluate.ts';

/** The part of a policy that a verdict rests on. */
export type AgentPolicy = {
  readonly version: string;
  /** Actions no agent may take whatever a mandate says, with the reason a person reads. */
  readonly refusedToAgents: Readonly<Record<string, string>>;
};

/** What policy says to `action`, asked for by an agent. */
export function askPolicy({ version, refusedToAgents }: AgentPolicy, action: string): PolicyResult {
  const detail = Object.hasOwn(refusedToAgents, action) ? refusedToAgents[action] : undefined;
  return detail === undefined ? { permits: true, version } : { permits: false, version, detail };
}
