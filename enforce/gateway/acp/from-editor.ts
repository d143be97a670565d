/**
 * What an editor asks of the agent (ACP v1, Agent methods). Beginning, going on with and forking a conversation, and each prompt, is judged before the agent hears of it;
 * what would loosen its asking is refused; what only tells or lists goes through as it came.
 *
 * INVARIANT: a method that is not known to be harmless does not reach the agent.
 */

import type { HookAnswer } from '../adapters/adapter.ts';
import type { Message } from '../mcp/json-rpc.ts';
import { membersOf } from '../mcp/json-rpc.ts';
import type { AcpDeps, Opening } from './acp-deps.ts';
import type { Conversation, Turn } from './conversation.ts';
import { newConversation } from './conversation.ts';
import { asks, maySet, modeIn, nameOf, wayBack, withoutModes } from './modes.ts';
import type { Incoming, Peer, Reply } from './peer.ts';
import { invalidParams, noSuchMethod, refusal } from './peer.ts';

export type Ends = {
  readonly editor: Peer;
  readonly agent: Peer;
  readonly conversations: Map<string, Conversation>;
  /** A cancelled turn was answered: nothing of it is left when this resolves. */
  readonly verify: (conversation: Conversation, turn: Turn) => Promise<void>;
  readonly say: (conversation: string, text: string) => void;
};

/** Tells, lists, signs in, or ends. */
const harmless: ReadonlySet<string> = new Set([
  'authenticate',
  'logout',
  'auth/status',
  'providers/list',
  'session/list',
  'session/status',
  'session/close',
  'session/delete',
  'session/archive',
  'session/unarchive',
  'session/set_title',
]);

const openings: Readonly<Record<string, Opening>> = {
  'session/new': 'new',
  'session/load': 'load',
  'session/resume': 'resume',
  'session/fork': 'fork',
};

/** The protocol's version that is spoken to both sides. */
const protocolVersion = 1;

/** Answers what the editor asks. */
export function fromEditor(deps: AcpDeps, ends: Ends): (incoming: Incoming) => void {
  const { editor, agent, conversations, verify, say } = ends;
  const { modes } = deps.agent;

  const forward = (incoming: Incoming, params: Message, onReply: (reply: Reply) => void): void =>
    incoming.onCancel(agent.ask(incoming.method, params, onReply));

  function initialize(incoming: Incoming): void {
    const capabilities = membersOf(incoming.params['clientCapabilities']);
    const inside = deps.contained ? { fs: { readTextFile: false, writeTextFile: false }, terminal: false } : {};
    const clientCapabilities = { ...capabilities, ...inside };
    forward(incoming, { ...incoming.params, protocolVersion, clientCapabilities }, (reply) => {
      if ('error' in reply) return incoming.answer(reply);
      const result = membersOf(reply.result);
      if (result['protocolVersion'] !== protocolVersion)
        return incoming.answer(refusal(`${deps.agent.title} does not speak version 1 of the Agent Client Protocol`));
      const able = membersOf(result['agentCapabilities']);
      const { acp: _, ...mcpCapabilities } = membersOf(able['mcpCapabilities']);
      incoming.answer({ result: { ...result, agentCapabilities: { ...able, mcpCapabilities } } });
    });
  }

  async function open(how: Opening, incoming: Incoming): Promise<void> {
    const { params } = incoming;
    const { cwd, sessionId } = params;
    const of = how === 'new' ? null : sessionId;
    if (typeof cwd !== 'string' || (of !== null && typeof of !== 'string'))
      return incoming.answer(refusal('the request names no folder or no session', invalidParams));
    const why = deps.closedBecause() ?? (await deps.mayOpen(how, of, cwd));
    if (why !== null) return incoming.answer(refusal(why));
    // Its history comes before its answer.
    const goesOn = how === 'load' || how === 'resume' ? of : null;
    if (goesOn !== null) conversations.set(goesOn, newConversation(goesOn, cwd));
    forward(incoming, withoutWidening(params), (reply) => {
      const id = goesOn ?? ('result' in reply ? membersOf(reply.result)['sessionId'] : null);
      if ('error' in reply || typeof id !== 'string') {
        if (goesOn !== null) conversations.delete(goesOn);
        return incoming.answer(reply);
      }
      opened(incoming, conversations.get(id) ?? newConversation(id, cwd), membersOf(reply.result));
    });
  }

  /** Without what only the agent understands, and with no other servers and folders than were approved. */
  function withoutWidening(params: Message): Message {
    const { _meta, additionalDirectories: _folders, ...rest } = params;
    const mcpServers = deps.servers.map(({ name, command, args, env }) => ({
      ...{ name, command, args },
      env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
    }));
    const names = new Set(
      deps.servers.flatMap(({ name }) => (name.startsWith('writ-') ? [name.slice('writ-'.length)] : [])),
    );
    const handed = Array.isArray(params['mcpServers']) ? params['mcpServers'].map((one) => membersOf(one)['name']) : [];
    const left = handed.map(String).filter((name) => !names.has(name));
    if (left.length > 0)
      deps.warn(
        `the editor's MCP servers were left out, because nobody gave them to the project: ${left.join(', ')}; \`writ mcp add\` does`,
      );
    return { ...rest, mcpServers, ...(deps.openingMeta === null ? {} : { _meta: deps.openingMeta }) };
  }

  /** INVARIANT: the editor hears of a conversation once it is in a mode that asks. */
  function opened(incoming: Incoming, conversation: Conversation, result: Message): void {
    const { id } = conversation;
    conversations.set(id, conversation);
    conversation.offered = result;
    conversation.isReplaying = false;
    deps.opened(id);
    const mode = modeIn(result);
    if (mode === undefined || asks(modes, mode)) return incoming.answer({ result: withoutModes(modes, result) });
    const back = wayBack(modes, result);
    if (back === null) {
      const sentence = `${deps.agent.title} is in the mode \`${nameOf(mode)}\`, which is not known to ask`;
      if (!deps.contained) return giveUp(incoming, id, sentence);
      deps.warn(`${sentence}: its sandbox bounds it, and what it does without asking is looked at afterwards`);
      return incoming.answer({ result: withoutModes(modes, result) });
    }
    const release = editor.holdBack();
    agent.ask(back.method, { sessionId: id, ...back.params }, (reply) => {
      release(() => {
        if ('error' in reply) return giveUp(incoming, id, `${deps.agent.title} could not be brought to ask`);
        incoming.answer({ result: inMode(withoutModes(modes, result), back.params['modeId'] ?? back.params['value']) });
      });
    });
  }

  function giveUp(incoming: Incoming, id: string, why: string): void {
    conversations.delete(id);
    agent.ask('session/close', { sessionId: id }, () => undefined);
    incoming.answer(refusal(why));
  }

  function prompt(incoming: Incoming): void {
    const conversation = conversations.get(String(incoming.params['sessionId']));
    if (conversation === undefined)
      return incoming.answer(refusal('no such session was opened through Writ', invalidParams));
    const turn: Turn = { ticks: deps.ticks(), isCancelled: false, isJudged: false };
    conversation.turns.add(turn);
    const over = (reply: Reply): void => {
      conversation.turns.delete(turn);
      incoming.answer(reply);
    };
    judgePrompt(conversation.id)
      .then((answer) => {
        turn.isJudged = true;
        if (turn.isCancelled) return over({ result: { stopReason: 'cancelled' } });
        if (answer.kind === 'refuse') {
          say(conversation.id, answer.why);
          return over({ result: { stopReason: 'refusal' } });
        }
        forward(incoming, incoming.params, (reply) => void answered(conversation, turn, reply, over));
      })
      .catch(() => over(refusal('the prompt could not be judged')));
  }

  const said = (session: string) => ({ native: 'session/prompt', session, transcript: null }) as const;

  async function judgePrompt(session: string): Promise<HookAnswer> {
    const why = deps.closedBecause();
    if (why !== null) return { kind: 'refuse', why };
    return deps.judge({ ...said(session), kind: 'prompt', helper: null, isWakeUp: false });
  }

  async function answered(
    conversation: Conversation,
    turn: Turn,
    reply: Reply,
    over: (reply: Reply) => void,
  ): Promise<void> {
    if (turn.isCancelled) await verify(conversation, turn);
    over(reply);
    const isLast = [...conversations.values()].every(({ turns }) => turns.size === 0);
    if (isLast) await deps.judge({ ...said(conversation.id), kind: 'turn_over' });
  }

  function setMode(incoming: Incoming): void {
    const { sessionId, modeId } = incoming.params;
    const conversation = conversations.get(String(sessionId));
    const isFine =
      incoming.method === 'session/set_mode'
        ? asks(modes, modeId)
        : maySet(modes, listIn(conversation?.offered ?? {}), incoming.params);
    if (conversation === undefined || !isFine)
      return incoming.answer(
        refusal(
          'under Writ the agent stays in a mode that asks: what was approved is not asked about, and what was not is asked here',
          invalidParams,
        ),
      );
    forward(incoming, incoming.params, incoming.answer);
  }

  return (incoming) => {
    const { method, params } = incoming;
    const how = Object.hasOwn(openings, method) ? openings[method] : undefined;
    if (how !== undefined)
      void open(how, incoming).catch(() =>
        incoming.answer(refusal('it could not be judged whether this may be opened')),
      );
    else if (method === 'initialize') initialize(incoming);
    else if (method === 'session/prompt') prompt(incoming);
    else if (method === 'session/set_mode' || method === 'session/set_config_option') setMode(incoming);
    else if (harmless.has(method)) forward(incoming, params, incoming.answer);
    else incoming.answer(refusal(`\`${method}\` does not go through Writ`, noSuchMethod));
  };
}

const listIn = ({ configOptions }: Message): readonly unknown[] => (Array.isArray(configOptions) ? configOptions : []);

/** A session's answer, with the mode that it was brought to. */
function inMode(result: Message, mode: unknown): Message {
  const modes = membersOf(result['modes']);
  return {
    ...result,
    ...('modes' in result ? { modes: { ...modes, currentModeId: mode } } : {}),
    ...(Array.isArray(result['configOptions'])
      ? {
          configOptions: result['configOptions'].map((option: unknown) => {
            const { id, category } = membersOf(option);
            return id === 'mode' || category === 'mode' ? { ...membersOf(option), currentValue: mode } : option;
          }),
        }
      : {}),
  };
}
