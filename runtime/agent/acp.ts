/**
 * The `acp` driver: a turn is one prompt to an Agent Client Protocol agent (protocol version 1), whose program runs as any other run does, with its
 * standard input and output carried through the enforcer. Its requests for permission are put to control one by one.
 *
 * It refuses `allow_always` and `reject_always`, which would move later decisions out of sight, and offers no file system and no terminal of ours: the
 * agent's own sandbox bounds what it reaches. A turn that does not end when cancelled is ended by process group.
 */

import { homedir } from 'node:os';
import { dirname } from 'node:path';
import type { ClientContext, McpServerStdio, SessionNotification, ToolCallStatus } from '@agentclientprotocol/sdk';
import { client, methods, ndJsonStream, PROTOCOL_VERSION } from '@agentclientprotocol/sdk';
import type { AskedCalls } from '@writ/enforce';
import { createAskedCalls, serversAtDoor } from '@writ/enforce';
import { enforcerApi } from '@writ/protocol';
import type { Ports } from '../ports.ts';
import { itself } from '../ports.ts';
import type { LiveRun } from '../runner/live-run.ts';
import { environmentOf } from '../runner/run.ts';
import { startRun } from '../runner/start-run.ts';
import type { SessionEvent } from '../session/events.ts';
import { recordFacts } from '../session/facts.ts';
import type { OpenSession } from './acp-conversation.ts';
import { Heard, keepConversation, openAcpSession } from './acp-conversation.ts';
import type { CallEnd, Leaves } from './acp-leave.ts';
import { createLeaves, parkedEnd } from './acp-leave.ts';
import { followUntil, turnEnd } from './command.ts';
import type { Driver, TurnEnd, TurnWork } from './driver.ts';
import { wholePrompt } from './driver.ts';
import { realPlace } from './model/tools.ts';

/** How long an agent has to end its turn after `session/cancel`; milliseconds. */
const cancelGraceMs = 1_500;

/** A driver for any ACP agent. */
export function acpDriver(ports: Ports): Driver {
  return {
    // The conversation lived in the process that held the pipe: a run that outlived it cannot be talked to.
    adopts: false,
    async run(work) {
      const [program, ...rest] = work.argv;
      if (program === undefined)
        return { ended: 'refused', hold: null, code: 'invalid', summary: 'the agent has no program', wayOut: null };
      const started = await startRun(ports, {
        session: work.session.id,
        turn: work.turn,
        purpose: 'work',
        argv: [program, ...rest],
        cwd: work.cwd,
        env: environmentOf({ driver: 'acp' }, work.argv),
        stdin: null,
      });
      return started.ok ? converse(ports, work, started.run) : turnEnd(started.end);
    },
  };
}

async function converse(ports: Ports, work: TurnWork, run: LiveRun): Promise<TurnEnd> {
  const killing = new AbortController();
  const parking = new AbortController();
  const stopping = AbortSignal.any([work.signal, parking.signal]);
  const recorder = new UpdateRecorder(ports, work);
  const wire = pipe(run, (line) => {
    recorder.say('output', `${line}\n`);
  });
  const servers = await mcpServersFor(ports, work);
  const mcpServers = serversAtDoor(servers).map(({ name, at }): McpServerStdio => ({
    ...{ name, command: 'writ', args: ['mcp', 'connect', at], env: [] },
  }));
  const calls = askedCalls(ports, work, servers);
  const leaves = createLeaves(ports, work, {
    record: (event) => {
      recorder.add(event);
    },
    onRefused: (sentence) => {
      recorder.refused.push(sentence);
    },
    onLost: (why) => {
      killing.abort(why);
    },
    onParked: () => {
      parking.abort();
    },
  });
  let endedByItself = false;
  let stay: OpenSession['stay'] = () => Promise.resolve();
  const followed = followUntil(run, killing.signal, wire.receive, false).finally(() => {
    endedByItself = !killing.signal.aborted;
    wire.close();
    leaves.withdraw();
  });
  const app = client({ name: 'writ' })
    .onRequest(methods.client.session.requestPermission, ({ params }) => leaves.answer(params, calls))
    .onNotification(methods.client.session.update, ({ params }) => {
      const { sessionUpdate, ...told } = params.update;
      if (sessionUpdate === 'tool_call' || sessionUpdate === 'tool_call_update') {
        calls.tell(told);
        const end = endSaid(params.update);
        if (end !== null) leaves.ended(params.update.toolCallId, end);
      }
      recorder.take(params);
      void stay(params.update).catch((error: unknown) => {
        killing.abort(error instanceof Error ? error.message : 'it could not be brought back to ask');
      });
    });
  const talked = await app
    .connectWith(ndJsonStream(wire.output, wire.input), (agent) =>
      prompt(ports, agent, {
        ...{ work, stopping, killing, mcpServers, recorder, leaves },
        opened: (session) => {
          ({ stay } = session);
        },
      }),
    )
    .catch((error: unknown): TurnEnd => ({
      ended: 'failed',
      exitCode: null,
      summary: `the agent and we did not understand each other: ${error instanceof Error ? error.message : String(error)}`,
    }));
  killing.abort('its turn is over');
  const end = await followed;
  const wasEnded = work.signal.aborted || (endedByItself && end.ended !== 'exited');
  const because = wasEnded ? 'its run was ended' : 'its turn was over, and the agent did not say how the call ended';
  await leaves.close(wasEnded ? 'interrupted' : 'unknown', because);
  await recorder.flush();
  // The run's own end is the truth where the conversation broke off because of it.
  if (talked.ended === 'failed' && endedByItself) return turnEnd(end);
  if (work.signal.aborted) return { ended: 'interrupted', summary: String(work.signal.reason) };
  return leaves.parked === null ? talked : parkedEnd(leaves.parked);
}

/** How a call ended, where `told` says that it did. */
function endSaid({ status }: { readonly status?: ToolCallStatus | null }): CallEnd | null {
  return status === 'completed' ? 'done' : status === 'failed' ? 'failed' : null;
}

/** The MCP servers a person gave to the project, each reached through the door of the run, by name. */
async function mcpServersFor(ports: Ports, { session: { project } }: TurnWork): Promise<readonly string[]> {
  const known = await ports.enforcer.call(enforcerApi.listMcpServers);
  // Without them an agent works with less, and nothing goes around anything.
  if (!known.ok) return [];
  return known.value.items
    .filter((server) => server.project === null || server.project === project)
    .map(({ name }) => name);
}

/** What the agent asks leave for is read as any other call of a tool is, in the place its turn works in. */
function askedCalls(ports: Ports, { session, argv, cwd }: TurnWork, doorServers: readonly string[]): AskedCalls {
  const realPath = (path: string): string => realPlace(path, cwd);
  const root = realPath(cwd);
  const stateDir = realPath(dirname(ports.dir));
  return createAskedCalls(argv, {
    ...{ project: session.project, root, cwd: root, home: homedir(), realPath, stateDir, doorServers },
  });
}

type Talk = {
  readonly work: TurnWork;
  /** Aborts when the turn is to end now. */
  readonly stopping: AbortSignal;
  readonly killing: AbortController;
  readonly mcpServers: McpServerStdio[];
  readonly recorder: UpdateRecorder;
  readonly leaves: Leaves;
  readonly opened: (session: OpenSession) => void;
};

async function prompt(
  ports: Ports,
  agent: ClientContext,
  { work, stopping, killing, mcpServers, recorder, leaves, opened }: Talk,
): Promise<TurnEnd> {
  const { agentCapabilities } = await agent.request(methods.agent.initialize, {
    protocolVersion: PROTOCOL_VERSION,
    clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
  });
  const session = await openAcpSession(ports, agent, {
    ...{ work, mcpServers, canLoad: agentCapabilities?.loadSession === true },
    hear: (replay) => {
      recorder.replay = replay;
    },
    tell: (event) => {
      recorder.add(event);
    },
  });
  const { sessionId, isKept } = session;
  opened(session);
  // The protocol has one prompt at a time: what is said into a turn ends the prompt, and is the next.
  const steered: string[] = [];
  // Whoever does not hear it is ended all the same, or has ended.
  const tellCancel = (): Promise<boolean> => {
    leaves.withdraw();
    return agent.notify(methods.agent.session.cancel, { sessionId }).then(
      () => true,
      () => false,
    );
  };
  work.steer?.(async (text) => {
    steered.push(text);
    if (await tellCancel()) return true;
    // It goes into the next turn, unless it was said here already.
    const at = steered.indexOf(text);
    if (at < 0) return true;
    steered.splice(at, 1);
    return false;
  });
  const cancel = (): void => {
    void tellCancel();
    setTimeout(() => {
      killing.abort('it did not end when it was cancelled');
    }, cancelGraceMs).unref();
  };
  if (stopping.aborted) cancel();
  stopping.addEventListener('abort', cancel, { once: true });
  try {
    const say = (text: string) => {
      recorder.heard.say('user', text);
      return agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text }] });
    };
    let { stopReason } = await say(wholePrompt(work));
    for (let told = 0; !stopping.aborted; told += 1) {
      const next = steered.shift() ?? (told < maxTold ? goOn(recorder.refused.splice(0)) : undefined);
      if (next === undefined) break;
      ({ stopReason } = await say(next));
    }
    await recorder.flush();
    if (isKept) await keepConversation(ports, work, sessionId, recorder.heard);
    switch (stopReason) {
      case 'end_turn':
        return { ended: 'done', exitCode: null, summary: 'the agent ended its turn' };
      case 'cancelled':
        return { ended: 'interrupted', summary: 'the turn was cancelled' };
      default:
        return { ended: 'failed', exitCode: null, summary: `the agent stopped: ${stopReason.replaceAll('_', ' ')}` };
    }
  } finally {
    stopping.removeEventListener('abort', cancel);
  }
}

/** How often an agent that ends its turn at a refusal is told why, in one turn of ours. */
const maxTold = 5;

/** What is said to one that ended its turn at a refusal: some do, and none was told why. Undefined where it did not. */
const goOn = (refused: readonly string[]): string | undefined =>
  refused.length === 0
    ? undefined
    : `What you asked leave for was refused: ${refused.join('; ')}. Do not try it again. \`writ request\` asks a person for more; go on with what is allowed.`;

/** Writes what the agent reports into the session's log, in order, and pieces of one text together. */
class UpdateRecorder {
  private readonly ports: Ports;
  private readonly work: TurnWork;
  private said: { kind: string; text: string } | null = null;
  private writing: Promise<unknown> = Promise.resolve();
  /** What was said in this turn. */
  readonly heard = new Heard();
  /** Why it was refused what it asked leave for, as long as it did nothing since. */
  readonly refused: string[] = [];
  /** Where a memory goes that the agent replays: it was said before, and is in the log. */
  replay: Heard | null = null;

  constructor(ports: Ports, work: TurnWork) {
    this.ports = ports;
    this.work = work;
  }

  take({ update }: SessionNotification): void {
    if (this.replay !== null) {
      this.replay.take(update);
      return;
    }
    if (update.sessionUpdate === 'agent_message_chunk') this.heard.take(update);
    if (update.sessionUpdate === 'agent_message_chunk' || update.sessionUpdate === 'tool_call') this.refused.length = 0;
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
      case 'agent_thought_chunk':
        if (update.content.type === 'text')
          this.say(update.sessionUpdate === 'agent_message_chunk' ? 'message' : 'thought', update.content.text);
        return;
      case 'tool_call':
      case 'tool_call_update':
        this.add({
          type: 'tool.updated',
          data: {
            turn: this.work.turn,
            call: update.toolCallId,
            status: update.status ?? 'pending',
            title: (update.title ?? '').slice(0, 500).toWellFormed(),
          },
        });
        return;
      default:
        this.add({ type: 'observation.recorded', data: { type: `acp.${update.sessionUpdate}`, data: null } });
    }
  }

  add(event: SessionEvent): void {
    this.flushSaid();
    this.write(event);
  }

  /** Resolves when everything taken so far is in the log. */
  async flush(): Promise<void> {
    this.flushSaid();
    await this.writing;
  }

  /** A piece of text; pieces of one kind are put together, and one that is too long for an event becomes several. */
  say(kind: string, text: string): void {
    for (let at = 0; at < text.length; at += maxSaidChars) {
      if (this.said !== null && (this.said.kind !== kind || this.said.text.length > 8_000)) this.flushSaid();
      this.said = { kind, text: (this.said?.text ?? '') + text.slice(at, at + maxSaidChars) };
    }
  }

  private flushSaid(): void {
    const said = this.said;
    this.said = null;
    if (said !== null)
      this.write({
        type: 'agent.said',
        data: { turn: this.work.turn, kind: said.kind, text: said.text.toWellFormed() },
      });
  }

  private write(event: SessionEvent): void {
    this.writing = this.writing.then(() => recordFacts(this.ports, this.work.session.id, [event], itself));
  }
}

/** With what was put together before it, and whatever JSON makes of each character, an event can carry it. */
const maxSaidChars = 30_000;

/** The run's input and output as byte streams. Lines that are not JSON (an agent's warnings) never reach the protocol. */
function pipe(run: LiveRun, onOther: (line: string) => void) {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let pending = '';
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let isOpen = true;
  const input = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
    cancel() {
      isOpen = false;
    },
  });
  const output = new WritableStream<Uint8Array>({
    async write(chunk) {
      if (!(await run.input(decoder.decode(chunk, { stream: true }))))
        throw new Error('the agent does not listen any more');
    },
  });
  const receive = (text: string): void => {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.trimStart().startsWith('{')) onOther(line);
      else if (isOpen) controller?.enqueue(encoder.encode(`${line}\n`));
    }
  };
  const close = (): void => {
    if (isOpen) controller?.close();
    isOpen = false;
  };
  return { input, output, receive, close };
}
