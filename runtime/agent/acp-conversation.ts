/**
 * The conversation with an Agent Client Protocol agent that keeps it itself (`loadSession`): what was sent and seen stands in the log as digests, and it goes on from its own memory only where that,
 * as the agent replays it, has the digests it had.
 *
 * INVARIANT: a memory that is gone or differs is said, and a new conversation begins; it is never passed for the one that was (anthropics/claude-code#40319).
 *
 * Protocol: Agent Client Protocol 1, `session/new`, `session/load`, `session/set_config_option`.
 */

import type {
  ClientContext,
  LoadSessionResponse,
  McpServerStdio,
  NewSessionResponse,
  SessionConfigOption,
  SessionUpdate,
} from '@agentclientprotocol/sdk';
import { methods } from '@agentclientprotocol/sdk';
import { acpAgentOf, asks, modeIn, nameOf, wayBack } from '@writ/enforce';
import type { JsonValue } from '@writ/journal';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import { advanced, rebuild, textDigest } from '../session/context.ts';
import type { SessionEvent } from '../session/events.ts';
import { isTurnOf } from '../session/facts.ts';
import type { TurnWork } from './driver.ts';

type Role = 'user' | 'agent';
type Said = { readonly role: Role; readonly text: string };
type Line = { readonly role: Role; readonly digest: string };

/** What one side said, by its words alone: agents break lines of what they replay as they like. */
const lineOf = ({ role, text }: Said): Line => ({ role, digest: textDigest(text.replace(/\s+/gu, ' ').trim()) });

/** What is said, piece by piece, put together as long as one side speaks. */
export class Heard {
  private readonly all: { readonly role: Role; text: string }[] = [];

  say(role: Role, text: string): void {
    const last = this.all.at(-1);
    if (last?.role === role) last.text += text;
    else this.all.push({ role, text });
  }

  /** Takes in a piece that an agent sent. */
  take(update: SessionUpdate): void {
    if (update.sessionUpdate !== 'user_message_chunk' && update.sessionUpdate !== 'agent_message_chunk') return;
    if (update.content.type !== 'text') return;
    this.say(update.sessionUpdate === 'user_message_chunk' ? 'user' : 'agent', update.content.text);
  }

  lines(): readonly Line[] {
    return this.all.filter(({ text }) => text.trim() !== '').map(lineOf);
  }
}

/** Which program keeps a conversation, before what it calls it: another one knows nothing of it. */
const keeperOf = ({ argv }: TurnWork): string => textDigest(JSON.stringify(argv)).slice(7, 19);

export type OpenSession = {
  readonly sessionId: string;
  readonly isKept: boolean;
  /** Takes what the agent tells: one that leaves the modes that ask is brought back. Rejects where it does not come. */
  readonly stay: (update: SessionUpdate) => Promise<void>;
};
type Opening = {
  readonly work: TurnWork;
  readonly mcpServers: McpServerStdio[];
  readonly canLoad: boolean;
  /** What comes until it is called again goes there, and not into the log; null for the log. */
  readonly hear: (replay: Heard | null) => void;
  readonly tell: (event: SessionEvent) => void;
};

/** Goes on with the conversation the session is in, where its agent still has it; else begins one. */
export async function openAcpSession(ports: Ports, agent: ClientContext, opening: Opening): Promise<OpenSession> {
  const { work, mcpServers, canLoad } = opening;
  const { conversation } = ports.records.sessions.get(work.session.id) ?? work.session;
  const [keeper, known] = conversation?.agentSession?.split(' ', 2) ?? [];
  // One that is chosen for a message speaks for itself, and leaves the conversation of the others as it is.
  const isOthers = keeper !== undefined && keeper !== keeperOf(work);
  if (known !== undefined && !isOthers) {
    const loaded = canLoad ? await load(ports, agent, opening, known) : 'its agent cannot load what it knew';
    if (typeof loaded !== 'string')
      return { sessionId: known, isKept: true, stay: staying(agent, known, loaded, opening) };
    opening.tell({ type: 'conversation.reset', data: { reason: loaded } });
  } else if (conversation !== null && !isOthers)
    opening.tell({ type: 'conversation.reset', data: { reason: 'its agent has no memory of what was said before' } });
  const begun = await agent.request(methods.agent.session.new, { cwd: work.cwd, mcpServers });
  const { sessionId } = begun;
  await chooseMode(agent, sessionId, begun, opening);
  await chooseModel(agent, sessionId, begun.configOptions ?? [], opening);
  return { sessionId, isKept: canLoad && !isOthers, stay: staying(agent, sessionId, begun, opening) };
}

/** What it was loaded with, where the agent remembers exactly what the log says; else why it does not, one sentence. */
async function load(
  { records }: Ports,
  agent: ClientContext,
  opening: Opening,
  sessionId: string,
): Promise<LoadSessionResponse | string> {
  const { work, mcpServers, hear } = opening;
  const session = records.sessions.get(work.session.id) ?? work.session;
  const replay = new Heard();
  hear(replay);
  let loaded: LoadSessionResponse;
  try {
    loaded = await agent.request(methods.agent.session.load, { sessionId, cwd: work.cwd, mcpServers });
    await chooseModel(agent, sessionId, loaded.configOptions ?? [], opening);
  } catch (error) {
    return `its agent does not know the conversation any more: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    hear(null);
  }
  await chooseMode(agent, sessionId, loaded, opening);
  const rebuilt = await rebuild(records.journal, records.sessions.streamOf(session.id), session);
  if (!rebuilt.ok) return rebuilt.sentence;
  const theirs = replay.lines();
  const digest = theirs.reduce<string | null>((before, line) => advanced(before, { ...line }), null);
  // INVARIANT: the digest of the log's own, which `rebuild` has just proved.
  return digest === session.conversation?.digest
    ? loaded
    : `what its agent remembers (${String(theirs.length)} messages) is not what was said (${String(rebuilt.messages.length)} messages, ${session.conversation?.digest ?? ''})`;
}

/** Keeps what was said in a turn, as digests, all of it at once. */
export async function keepConversation(
  { records, boot }: Ports,
  work: TurnWork,
  sessionId: string,
  heard: Heard,
): Promise<void> {
  const { turn } = work;
  const agentSession = `${keeperOf(work)} ${sessionId}`;
  await records.sessions.act(
    work.session.id,
    (session) => {
      if (!isTurnOf(session, turn, boot)) return { ok: true, events: [] };
      const lines = heard.lines().map((line): JsonValue => ({ ...line }));
      const digest = lines.reduce<string | null>(advanced, session.conversation?.digest ?? null) ?? '';
      const messages = (session.conversation?.messages ?? 0) + lines.length;
      return {
        ok: true,
        events: [
          ...lines.map((message): SessionEvent => ({ type: 'message.recorded', data: { turn, message } })),
          { type: 'conversation.advanced', data: { turn, digest, messages, agentSession } },
        ],
      };
    },
    itself,
  );
}

/**
 * INVARIANT: an agent hears its prompt in a mode that asks, and otherwise only where a sandbox bounds what it does unasked. Rejects where it could not be brought there.
 */
async function chooseMode(
  agent: ClientContext,
  sessionId: string,
  opened: NewSessionResponse | LoadSessionResponse,
  { work: { argv, session }, tell }: Opening,
): Promise<void> {
  const { modes, title } = acpAgentOf(argv);
  const mode = modeIn({ ...opened });
  if (mode === undefined || asks(modes, mode)) return;
  const back = wayBack(modes, { ...opened });
  if (back === null && session.sandbox.kind !== 'contain')
    throw new Error(`${title} is in the mode \`${nameOf(mode)}\`, which is not known to ask`);
  const taken = back === null ? null : (back.params['modeId'] ?? back.params['value']);
  if (back !== null) await agent.request(back.method, { sessionId, ...back.params });
  const data = { was: nameOf(mode), now: nameOf(taken ?? mode), asks: back !== null };
  tell({ type: 'observation.recorded', data: { type: 'acp.mode', data } });
}

/** For a turn that is under way. */
function staying(
  agent: ClientContext,
  sessionId: string,
  opened: NewSessionResponse | LoadSessionResponse,
  { work: { argv, session } }: Opening,
): OpenSession['stay'] {
  const { modes, title } = acpAgentOf(argv);
  const back = wayBack(modes, { ...opened });
  return async (update) => {
    const mode = update.sessionUpdate === 'current_mode_update' ? update.currentModeId : modeIn({ ...update });
    if (mode === undefined || asks(modes, mode)) return;
    if (back !== null) await agent.request(back.method, { sessionId, ...back.params });
    else if (session.sandbox.kind !== 'contain')
      throw new Error(`${title} went into the mode \`${nameOf(mode)}\`, which is not known to ask`);
  };
}

/** Gives the model that the agent's file names to an agent that offers a choice, and says where it does not offer that one. */
async function chooseModel(
  agent: ClientContext,
  sessionId: string,
  offered: readonly SessionConfigOption[],
  { work: { model }, tell }: Opening,
): Promise<void> {
  if (model === null) return;
  const choice = offered.find(({ id, category }) => category === 'model' || id === 'model');
  const values =
    choice?.type === 'select' ? choice.options.flatMap((each) => ('options' in each ? each.options : [each])) : [];
  const found = values.find(({ value, name }) => value === model || name === model);
  if (choice !== undefined && found !== undefined) {
    const chosen = { sessionId, configId: choice.id, value: found.value };
    await agent.request(methods.agent.session.setConfigOption, chosen);
  }
  const data = { asked: model, taken: found !== undefined, offered: values.map(({ value }) => value).slice(0, 100) };
  tell({ type: 'observation.recorded', data: { type: 'acp.model', data } });
}
