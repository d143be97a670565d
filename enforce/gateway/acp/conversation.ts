/**
 * What a proxy remembers of one conversation of its agent: the turn that runs, the calls it told of, the terminals that the editor holds for it. It judges nothing.
 */

import type { HarnessEvent } from '../adapters/adapter.ts';
import type { Message } from '../mcp/json-rpc.ts';
import { isMessage } from '../mcp/json-rpc.ts';
import type { AcpAgent } from './acp-agent.ts';
import { saidCall } from './tool-call.ts';

/** From a prompt to its answer. `ticks`: when it began, as processes count. */
export type Turn = { readonly ticks: number | null; isCancelled: boolean; isJudged: boolean };

export type Conversation = {
  readonly id: string;
  readonly cwd: string;
  /** What its agent tells of is its history, not what it does. */
  isReplaying: boolean;
  /** `modes` and `configOptions`, as its agent last told them. */
  offered: Message;
  readonly turns: Set<Turn>;
  /** The calls its agent told of, each with all that was said of it. */
  readonly calls: Map<string, Message>;
  /** Calls that were let through, and did not end. */
  readonly allowed: Set<string>;
  /** What is open of its agent's questions: each is answered as cancelled where the turn is. */
  readonly questions: Set<() => void>;
  /** Terminals that the editor runs for it, with the name of their call. */
  readonly terminals: Map<string, string>;
};

export const newConversation = (id: string, cwd: string): Conversation => ({
  ...{ id, cwd, isReplaying: true, offered: {} },
  turns: new Set(),
  calls: new Map(),
  allowed: new Set(),
  questions: new Set(),
  terminals: new Map(),
});

/** Calls that are remembered of a conversation. */
const mostCalls = 2_000;

/** Takes what is told of a call: a member that is not named again stays as it was. */
export function told(conversation: Pick<Conversation, 'calls'>, said: Message): Message {
  const { toolCallId } = said;
  if (typeof toolCallId !== 'string') return said;
  const { calls } = conversation;
  const named = Object.entries(said).filter(([, value]) => value !== undefined && value !== null);
  const all = { ...calls.get(toolCallId), ...Object.fromEntries(named) };
  calls.set(toolCallId, all);
  for (const oldest of calls.keys()) if (calls.size > mostCalls) calls.delete(oldest);
  return all;
}

/** The call as the judge is asked about it. */
export function callEvent(
  { id: session, cwd }: Conversation,
  call: Message,
  { harness }: AcpAgent,
): Extract<HarnessEvent, { kind: 'call' }> {
  const { toolCallId } = call;
  return {
    ...{ kind: 'call', native: 'session/request_permission', session, transcript: null, cwd },
    ...{ id: typeof toolCallId === 'string' ? toolCallId : null, helper: null, isBackground: false },
    ...saidCall(call, harness),
  };
}

/** What an editor does for the agent, as a call of its own. */
export const editorCall = (
  { id: session, cwd }: Conversation,
  native: string,
  id: string,
  said: { readonly tool: string; readonly input: Message; readonly cwd?: unknown },
): Extract<HarnessEvent, { kind: 'call' }> => ({
  ...{ kind: 'call', native, session, transcript: null, id, helper: null, isBackground: false },
  ...{ tool: said.tool, input: said.input, calls: [{ tool: said.tool, input: said.input }] },
  cwd: typeof said.cwd === 'string' ? said.cwd : cwd,
});

/** The end of a call. */
export const callEnded = (
  session: string,
  id: string,
  outcome: 'done' | 'failed' | 'denied',
): Extract<HarnessEvent, { kind: 'call_ended' }> => ({
  ...{ kind: 'call_ended', native: 'session/update', session, transcript: null, id, tool: '', input: {}, outcome },
});

/** A text as content of a call or of a message. */
export const textOf = (text: string): Message => ({ type: 'content', content: { type: 'text', text } });

export const updateOf = (message: Message): Message => (isMessage(message['update']) ? message['update'] : {});
