/**
 * What an agent asks of the editor, and tells it (ACP v1, Client methods). A request for permission is answered by the one judge, and by the person where they are to be asked; a file
 * that the editor would read or write for it, and a program it would run for it, is judged before the editor hears of it.
 *
 * INVARIANT: the editor is shown no answer that outlives the call, and none of its answers is passed on that it was not shown.
 */

import type { HarnessEvent, HookAnswer } from '../adapters/adapter.ts';
import { toolCalls } from '../histories/tool-names.ts';
import type { Message } from '../mcp/json-rpc.ts';
import { membersOf } from '../mcp/json-rpc.ts';
import type { AcpDeps } from './acp-deps.ts';
import type { Conversation } from './conversation.ts';
import { callEnded, callEvent, editorCall, textOf, told, updateOf } from './conversation.ts';
import type { Ends } from './from-editor.ts';
import { asks, modeIn, nameOf, wayBack, withoutValues } from './modes.ts';
import type { Incoming, Reply } from './peer.ts';
import { invalidParams, noSuchMethod, refusal } from './peer.ts';
import { cancelled, chosen, offeredOnce, outcomeOf } from './permission.ts';
import { hasEffect } from './tool-call.ts';

type CallEvent = Extract<HarnessEvent, { kind: 'call' }>;

/** Answers what the agent asks, and passes on what it tells. */
export function fromAgent(deps: AcpDeps, { editor, agent, conversations }: Ends) {
  const { modes } = deps.agent;
  let count = 0;
  const ofSession = ({ sessionId }: Message): Conversation | undefined => conversations.get(String(sessionId));

  /** INVARIANT: what cannot be judged is refused. */
  async function judged(event: CallEvent): Promise<HookAnswer> {
    const why = deps.closedBecause();
    if (why !== null) return { kind: 'refuse', why };
    try {
      return await deps.judge(event);
    } catch (error) {
      return { kind: 'refuse', why: `writ could not judge this call (${String(error)}), so it was not allowed` };
    }
  }

  const ended = (conversation: Conversation, id: string, outcome: 'done' | 'failed' | 'denied'): void => {
    if (conversation.allowed.delete(id))
      void deps.judge(callEnded(conversation.id, id, outcome)).catch(() => undefined);
  };

  async function permission(incoming: Incoming): Promise<void> {
    const conversation = ofSession(incoming.params);
    const options = offeredOnce(incoming.params['options']);
    if (conversation === undefined) return incoming.answer({ result: cancelled });
    const call = told(conversation, membersOf(incoming.params['toolCall']));
    const takeBack = asOpenQuestion(conversation, incoming);
    const event = callEvent(conversation, call, deps.agent);
    const answer = await judged(event);
    takeBack();
    if (answer.kind === 'refuse') {
      explain(conversation, call, answer.why);
      return incoming.answer({ result: outcomeOf(options, 'reject_once') });
    }
    if (event.id !== null) conversation.allowed.add(event.id);
    // A way out of a plan is the person's to choose; so is what no sandbox bounds.
    if (answer.kind === 'allow' && call['kind'] !== 'switch_mode')
      return incoming.answer({ result: outcomeOf(options, 'allow_once') });
    askPerson(conversation, incoming, options, event.id);
  }

  /** Cancelled with the turn it belongs to. What it returns says that it is open no more. */
  function asOpenQuestion(conversation: Conversation, incoming: Incoming): () => void {
    const cancel = (): void => incoming.answer({ result: cancelled });
    conversation.questions.add(cancel);
    return () => void conversation.questions.delete(cancel);
  }

  function askPerson(
    conversation: Conversation,
    incoming: Incoming,
    options: ReturnType<typeof offeredOnce>,
    call: string | null,
  ): void {
    const answer = (reply: Reply | null): void => {
      conversation.questions.delete(cancel);
      const option = reply !== null && 'result' in reply ? chosen(options, reply.result) : undefined;
      if (option?.kind !== 'allow_once' && call !== null) ended(conversation, call, 'denied');
      incoming.answer({
        result: option === undefined ? cancelled : { outcome: { outcome: 'selected', optionId: option.optionId } },
      });
    };
    const takeBack = editor.ask(incoming.method, { ...incoming.params, options }, answer);
    const cancel = (): void => {
      takeBack();
      answer(null);
    };
    conversation.questions.add(cancel);
    incoming.onCancel(cancel);
  }

  /** Why it was not done, where the person looks: the protocol has no place for it in the answer. */
  function explain({ id }: Conversation, { toolCallId }: Message, why: string): void {
    if (typeof toolCallId !== 'string') return;
    const update = { sessionUpdate: 'tool_call_update', toolCallId, content: [textOf(why)] };
    editor.notify('session/update', { sessionId: id, update });
  }

  /** The editor's own hands. Where a sandbox stands around the agent they would reach outside it, and are not lent. */
  async function byEditor(incoming: Incoming, said: Parameters<typeof editorCall>[3]): Promise<void> {
    const conversation = ofSession(incoming.params);
    if (conversation === undefined) return incoming.answer(refusal('no such session is open', invalidParams));
    if (deps.contained)
      return incoming.answer(
        refusal('the editor does nothing for an agent in a sandbox, because it would be done outside it'),
      );
    const id = `editor-${String((count += 1))}`;
    const answer = await judged(editorCall(conversation, incoming.method, id, said));
    if (answer.kind === 'refuse') return incoming.answer(refusal(answer.why));
    conversation.allowed.add(id);
    incoming.onCancel(
      editor.ask(incoming.method, incoming.params, (reply) => {
        const terminal = 'result' in reply ? membersOf(reply.result)['terminalId'] : undefined;
        if (incoming.method === 'terminal/create' && typeof terminal === 'string')
          conversation.terminals.set(terminal, id);
        else ended(conversation, id, 'error' in reply ? 'failed' : 'done');
        incoming.answer(reply);
      }),
    );
  }

  /** What is asked of a terminal that was judged when it was opened. */
  function ofTerminal(incoming: Incoming): void {
    const conversation = ofSession(incoming.params);
    const terminal = String(incoming.params['terminalId']);
    const call = conversation?.terminals.get(terminal);
    if (conversation === undefined || call === undefined)
      return incoming.answer(refusal('no such terminal is open', invalidParams));
    incoming.onCancel(
      editor.ask(incoming.method, incoming.params, (reply) => {
        const { exitCode } = 'result' in reply ? membersOf(reply.result) : {};
        if (incoming.method === 'terminal/wait_for_exit') ended(conversation, call, exitCode === 0 ? 'done' : 'failed');
        if (incoming.method === 'terminal/release') {
          ended(conversation, call, 'failed');
          conversation.terminals.delete(terminal);
        }
        incoming.answer(reply);
      }),
    );
  }

  function update(params: Message): void {
    const conversation = ofSession(params);
    const said = updateOf(params);
    if (conversation === undefined) return editor.notify('session/update', params);
    switch (said['sessionUpdate']) {
      case 'tool_call':
      case 'tool_call_update':
        toldOf(conversation, told(conversation, said));
        break;
      case 'current_mode_update':
        conversation.offered = {
          ...conversation.offered,
          modes: { ...membersOf(conversation.offered['modes']), ...said },
        };
        if (!staysAsking(conversation, said['currentModeId'])) return;
        break;
      case 'config_option_update': {
        conversation.offered = { ...conversation.offered, configOptions: said['configOptions'] };
        if (!staysAsking(conversation, modeIn({ configOptions: said['configOptions'] }))) return;
        return editor.notify('session/update', { ...params, update: { ...said, ...withoutValues(modes, said) } });
      }
      default:
    }
    editor.notify('session/update', params);
  }

  /** INVARIANT: an effect without a question before it is looked at by the same judge, and what it does not cover holds the session. */
  function toldOf(conversation: Conversation, call: Message): void {
    const { toolCallId, status } = call;
    if (conversation.isReplaying || typeof toolCallId !== 'string') return;
    if (status !== 'completed' && status !== 'failed') return;
    if (conversation.allowed.has(toolCallId))
      ended(conversation, toolCallId, status === 'completed' ? 'done' : 'failed');
    else if (status === 'completed' && hasEffect(call)) deps.unasked(callEvent(conversation, call, deps.agent));
  }

  /** A mode that does not ask, entered by the agent itself, is left at once. */
  function staysAsking(conversation: Conversation, mode: unknown): boolean {
    // Of its history; where it is then is looked at with the answer.
    if (conversation.isReplaying || mode === undefined || asks(modes, mode)) return true;
    const back = wayBack(modes, conversation.offered);
    const fail = (): void => deps.blind(`it went into the mode \`${nameOf(mode)}\`, which does not ask`);
    if (back === null) fail();
    else
      agent.ask(back.method, { sessionId: conversation.id, ...back.params }, (reply) => {
        if ('error' in reply) fail();
      });
    return false;
  }

  return {
    update,
    ended,
    request(incoming: Incoming): void {
      const { method, params } = incoming;
      const failed = (error: unknown): void => incoming.answer(refusal(String(error)));
      switch (method) {
        case 'session/request_permission':
          return void permission(incoming).catch(failed);
        case 'fs/read_text_file':
          return void byEditor(incoming, { tool: 'Read', input: { file_path: params['path'] } }).catch(failed);
        case 'fs/write_text_file':
          return void byEditor(incoming, { tool: 'Write', input: { file_path: params['path'] } }).catch(failed);
        case 'terminal/create':
          return void byEditor(incoming, programOf(params)).catch(failed);
        case 'terminal/output':
        case 'terminal/wait_for_exit':
        case 'terminal/release':
        case 'terminal/kill':
          return ofTerminal(incoming);
        case 'elicitation/create':
          return incoming.onCancel(editor.ask(method, params, incoming.answer));
        default:
          incoming.answer(refusal(`\`${method}\` does not go through Writ`, noSuchMethod));
      }
    },
  };
}

/** A program with its words and its environment, as one command; a command without words may be a whole line. */
function programOf({ command, args, env, cwd }: Message): Parameters<typeof editorCall>[3] {
  const words = Array.isArray(args) ? args.map(String) : [];
  const set = (Array.isArray(env) ? env : [])
    .map(membersOf)
    .map(({ name, value }) => `${String(name)}=${String(value)}`);
  const line = String(command);
  const isLine = words.length === 0 && set.length === 0;
  const all = [...(set.length === 0 ? [] : ['env', ...set]), line, ...words];
  const [call] = toolCalls('codex', 'shell', { command: isLine ? line : all });
  return { tool: 'Bash', input: call?.input ?? {}, cwd };
}
