/**
 * The MCP servers behind the door of a session or a run, as its agent knows them: those a person gave, by a name that none of its own is taken for, and the door's own, by which it reads what is known.
 * A call of their tools is judged at the door, with its arguments; what is asked about it before says only that something is asked. Pure.
 */

import { knownServer, knownTools } from '@writ/protocol';
import type { JudgedAction } from '../hooks/tool-call.ts';

/** `name`: as the agent is told; `at`: as the door knows it. */
export type ServerAtDoor = { readonly name: string; readonly at: string };

/** Where `given` are those a person gave. One of them that is called as the door's own has its place. */
export const serversAtDoor = (given: readonly string[]): readonly ServerAtDoor[] => [
  ...given.map((at) => ({ name: `writ-${at}`, at })),
  ...(given.includes(knownServer) ? [] : [{ name: knownServer, at: knownServer }]),
];

/** `judged` as it is asked about where `given` are behind the agent's own door. INVARIANT: nothing but what reads passes for a tool of the door's own server, also where the agent has another of that name. */
export function asAtDoor(judged: JudgedAction, project: string, given: readonly string[]): JudgedAction {
  const [, server, tool] = /^mcp:\/\/([^/]+)\/(.+)$/.exec(judged.resource) ?? [];
  const isBehind = serversAtDoor(given).some(
    ({ name, at }) =>
      encodeURIComponent(name) === server && (name !== at || knownTools.some((known) => known === tool)),
  );
  return judged.action === 'mcp.call' && isBehind
    ? { action: 'task.note', resource: `mission://${project}/mcp`, parameters: {} }
    : judged;
}
