/**
 * A proxy of the Agent Client Protocol, version 1, between an editor and an agent: the agent's client towards the agent, and the agent towards the editor. Each side has one
 * conversation with Writ, and none with the other.
 *
 * It decides nothing: the judge does. It refuses what would take a decision out of its sight, and ends what a cancelled turn left behind.
 */

import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../mcp/json-rpc.ts';
import { membersOf } from '../mcp/json-rpc.ts';
import type { AcpDeps } from './acp-deps.ts';
import type { Conversation, Turn } from './conversation.ts';
import { textOf } from './conversation.ts';
import { fromAgent } from './from-agent.ts';
import type { Ends } from './from-editor.ts';
import { fromEditor } from './from-editor.ts';
import type { Incoming, Peer } from './peer.ts';
import { openPeer, refusal } from './peer.ts';
import { chosen } from './permission.ts';

export type Streams = { readonly input: Readable; readonly output: Writable };

export type EditorQuestion = {
  /** Null: the one that works now. */
  readonly conversation: string | null;
  /** The call it is about; the editor shows it there. */
  readonly call: string | null;
  readonly title: string;
  readonly text: string;
  /** Whether a yes may be remembered. */
  readonly mayRemember: boolean;
};

export type EditorAnswer = 'yes' | 'remember' | 'no';

const answerOfKind: Readonly<Record<string, EditorAnswer>> = { allow_once: 'yes', allow_always: 'remember' };
/** Kept by control and listed there: an agent's own *always*, which nobody sees again, is never offered (`permission.ts`). */
const remembering = {
  optionId: 'writ-remember',
  name: 'Yes, in any session here for 30 days',
  kind: 'allow_always',
} as const;

export interface AcpProxy {
  /** Puts a question of Writ's own to the person at the editor; null where nobody answered. */
  ask(question: EditorQuestion, signal: AbortSignal): Promise<EditorAnswer | null>;
  /** The agent is about to end, or ended: it is told to cancel, the editor's terminals are closed, and its open requests answered. */
  end(why: string): void;
}

/** How long an agent has to end a turn that was cancelled, before what it started is ended, and again before it is ended itself; milliseconds. */
const cancelGraceMs = 1_500;
/** How long what a tool started has to end by itself, once the turn was answered; milliseconds. */
const settleMs = 250;

/** Connects the two. `onEditorGone`: nobody listens any more. */
export function createAcpProxy(
  deps: AcpDeps,
  { editor: toEditor, agent: toAgent }: { readonly editor: Streams; readonly agent: Streams },
  onEditorGone: () => void,
): AcpProxy {
  const conversations = new Map<string, Conversation>();
  let isOver = false;

  const editor: Peer = openPeer(toEditor.input, toEditor.output, {
    onRequest: (incoming) => (isOver ? incoming.answer(refusal('the session is over')) : asked(incoming)),
    onNotification: (method, params) => {
      if (method === 'session/cancel') cancel(params);
    },
    onOther: () => deps.warn('the editor sent something that is no message'),
    onEnd: onEditorGone,
  });
  const agent: Peer = openPeer(toAgent.input, toAgent.output, {
    onRequest: (incoming) => answers.request(incoming),
    onNotification: (method, params) =>
      method === 'session/update' ? answers.update(params) : editor.notify(method, params),
    onOther: (line) => deps.warn(`the agent says: ${line.slice(0, 500)}`),
    onEnd: () => agent.end(),
  });
  const say = (sessionId: string, text: string): void =>
    editor.notify('session/update', {
      sessionId,
      update: { sessionUpdate: 'agent_message_chunk', content: membersOf(textOf(text)['content']) },
    });
  const ends: Ends = { editor, agent, conversations, verify, say };
  const answers = fromAgent(deps, ends);
  const asked: (incoming: Incoming) => void = fromEditor(deps, ends);

  /** INVARIANT: of a turn that was cancelled nothing runs once the editor was told so. */
  async function verify(conversation: Conversation, turn: Turn): Promise<void> {
    await sleep(settleMs);
    const left = await deps.endSince(turn.ticks);
    if (left > 0) deps.endAll(`${String(left)} processes of a cancelled turn did not end`);
    for (const id of [...conversation.allowed]) answers.ended(conversation, id, 'failed');
  }

  function cancel(params: Message): void {
    const conversation = conversations.get(String(params['sessionId']));
    if (conversation === undefined) return;
    for (const turn of conversation.turns) {
      if (turn.isCancelled) continue;
      turn.isCancelled = true;
      if (turn.isJudged) void escalate(conversation, turn);
    }
    for (const question of [...conversation.questions]) question();
    closeTerminals(conversation);
    agent.notify('session/cancel', params);
  }

  async function escalate(conversation: Conversation, turn: Turn): Promise<void> {
    await sleep(cancelGraceMs);
    if (!conversation.turns.has(turn)) return;
    await verify(conversation, turn);
    await sleep(cancelGraceMs);
    if (conversation.turns.has(turn)) deps.endAll('the agent did not end its turn when it was cancelled');
  }

  function closeTerminals({ id: sessionId, terminals }: Conversation): void {
    for (const terminalId of terminals.keys()) editor.ask('terminal/kill', { sessionId, terminalId }, () => undefined);
  }

  return {
    ask({ conversation, call, title, text, mayRemember }, signal) {
      // For once comes first: an editor that answers by itself takes the first that allows.
      const options = [
        { optionId: 'writ-yes', name: 'Yes', kind: 'allow_once' },
        ...(mayRemember ? [remembering] : []),
        { optionId: 'writ-no', name: 'No', kind: 'reject_once' },
      ];
      const working = [...conversations.values()].findLast(({ turns }) => turns.size > 0);
      const of = conversation === null ? working : conversations.get(conversation);
      if (of === undefined || signal.aborted) return Promise.resolve(null);
      return new Promise((resolve) => {
        const done = (answer: EditorAnswer | null): void => {
          of.questions.delete(give);
          resolve(answer);
        };
        const toolCall = { toolCallId: call ?? 'writ', title, content: [textOf(text)] };
        const takeBack = editor.ask('session/request_permission', { sessionId: of.id, toolCall, options }, (reply) => {
          const option = 'result' in reply ? chosen(options, reply.result) : undefined;
          done(option === undefined ? null : (answerOfKind[option.kind] ?? 'no'));
        });
        const give = (): void => {
          takeBack();
          done(null);
        };
        of.questions.add(give);
        signal.addEventListener('abort', give, { once: true });
      });
    },
    end(why) {
      if (isOver) return;
      isOver = true;
      for (const conversation of conversations.values()) {
        if (conversation.turns.size === 0) continue;
        agent.notify('session/cancel', { sessionId: conversation.id });
        closeTerminals(conversation);
        say(conversation.id, why);
      }
      editor.answerAll((method) =>
        method === 'session/prompt' ? { result: { stopReason: 'cancelled' } } : refusal(why),
      );
      agent.end();
    },
  };
}
