/**
 * What an agent of the Agent Client Protocol asks leave for, as the actions control is asked about: by all that it told of the call, its command read whole. For whoever is the agent's
 * client without an editor behind it.
 *
 * It only translates. INVARIANT: what cannot be read is an action under a name nobody grants, never no action.
 */

import type { CallPlace } from '../hooks/call-actions.ts';
import { callActions } from '../hooks/call-actions.ts';
import type { JudgedAction } from '../hooks/tool-call.ts';
import { asAtDoor } from '../mcp/at-door.ts';
import type { Message } from '../mcp/json-rpc.ts';
import { acpAgentOf } from './acp-agent.ts';
import { told } from './conversation.ts';
import { saidCall } from './tool-call.ts';

export type AskedPlace = CallPlace & {
  /** MCP servers behind the agent's own door, by the names a person gave them. */
  readonly doorServers: readonly string[];
};

export interface AskedCalls {
  /** Takes what the agent tells of a call. */
  tell(call: Message): void;
  /** What the call that is asked about would do: at least one thing, and each has to be allowed. */
  actionsOf(call: Message): readonly JudgedAction[];
}

/** Of one conversation with the agent that `argv` starts, at `place`. */
export function createAskedCalls(argv: readonly string[], place: AskedPlace): AskedCalls {
  const conversation = { calls: new Map<string, Message>() };
  const { harness } = acpAgentOf(argv);
  return {
    tell: (call) => void told(conversation, call),
    actionsOf(call) {
      const { calls } = saidCall(told(conversation, call), harness);
      const known = calls.length === 0 ? [{ tool: 'unreadable', input: {} }] : calls;
      return callActions(known, place).map((judged) => asAtDoor(judged, place.project, place.doorServers));
    },
  };
}
