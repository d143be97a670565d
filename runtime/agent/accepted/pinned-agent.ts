/**
 * The agent that a pin names, read from the bytes a person accepted: neither the worktree nor a newer commit has a say in it.
 *
 * It refuses a pin that was never accepted, and bytes that do not have the digest of the pin.
 */

import type { Records } from '../../records.ts';
import type { Result } from '../../refusal.ts';
import { refuse, reject } from '../../refusal.ts';
import type { AgentPin } from '../../session/events.ts';
import type { AgentDefinition } from '../definition/agent-file.ts';
import { parseAgent } from '../definition/agent-file.ts';
import { agentHash } from '../definition/find-agents.ts';
import { acceptedId } from './accepted-agent.ts';

/** The newest pin of `name` in `project`. */
export function pinOf({ agents }: Pick<Records, 'agents'>, project: string, name: string): Result<AgentPin> {
  const newest = agents.get(acceptedId(project, name))?.accepted.at(-1);
  return newest === undefined
    ? reject(
        refuse(
          'refused',
          `nobody accepted an agent \`${name}\` in project \`${project}\``,
          `look at it and accept it: \`writ agent show ${name}\`, \`writ agent accept ${name}\``,
          'agent_not_accepted',
        ),
      )
    : { ok: true, value: { name, hash: newest.hash } };
}

/** What is pinned. */
export async function pinnedAgent(
  { agents, journal }: Pick<Records, 'agents' | 'journal'>,
  project: string,
  { name, hash }: AgentPin,
): Promise<Result<AgentDefinition>> {
  const id = acceptedId(project, name);
  const acceptance = agents.get(id)?.accepted.findLast((one) => one.hash === hash);
  const [event] =
    acceptance === undefined ? [] : await journal.read(agents.streamOf(id), { after: acceptance.at - 1, limit: 1 });
  const source =
    typeof event?.data === 'object' && event.data !== null && 'source' in event.data ? event.data['source'] : null;
  if (acceptance === undefined || typeof source !== 'string' || agentHash(source) !== hash)
    return reject(
      refuse(
        'refused',
        `the agent \`${name}\` that was pinned as ${hash} is not what was accepted in project \`${project}\``,
        `accept it again: \`writ agent accept ${name}\``,
        'agent_not_accepted',
      ),
    );
  return parseAgent(source, acceptance.format, acceptance.path.replace(/^.*\/|\.md$/g, ''));
}
