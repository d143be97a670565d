/**
 * The MCP servers a person gave, as an agent in a session or a run knows them: by a name that none of its own is taken for. A call of their tools is judged at the door, with its
 * arguments; what is asked about it before says only that something is asked. Pure.
 */

import type { JudgedAction } from '../hooks/tool-call.ts';

/** What the agent is told the server `name` is called. */
export const nameAtDoor = (name: string): string => `writ-${name}`;

/** `judged` as it is asked about where `names` are behind the agent's own door. */
export function asAtDoor(judged: JudgedAction, project: string, names: readonly string[]): JudgedAction {
  const [, server] = /^mcp:\/\/([^/]+)\//.exec(judged.resource) ?? [];
  return judged.action === 'mcp.call' && names.some((name) => encodeURIComponent(nameAtDoor(name)) === server)
    ? { action: 'task.note', resource: `mission://${project}/mcp`, parameters: {} }
    : judged;
}
