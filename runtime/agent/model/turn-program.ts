/**
 * The program of a model's turn: it speaks with the model, has each call of a tool judged, and carries out what was permitted. It is a run as any other, in a sandbox, under a begun
 * operation; its model is reached through the gate alone, which judges and counts each call and puts in the key.
 *
 * It decides nothing: no answer to a question is a no. What it prints is for the runtime, one line at a time (`turn-lines.ts`).
 */

import type { Caller, JudgedAction } from '@writ/enforce';
import { callActions } from '@writ/enforce';
import { agentDoorApi } from '@writ/protocol';
import { modelTools, realPlace } from './tools.ts';
import type { LeaveLine, TurnAsk, TurnLine } from './turn-lines.ts';
import { leaveLine, steerLine, turnAsk } from './turn-lines.ts';

export type TurnProgram = {
  /** Lines of standard input. */
  readonly lines: AsyncIterable<string>;
  readonly say: (line: TurnLine) => void;
  /** The door of the run. */
  readonly door: Caller;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
};

type Sdk = typeof import('ai');
type Compatible = typeof import('@ai-sdk/openai-compatible');
type Message = import('ai').ModelMessage;
type Json = TurnAsk['messages'][number];

/** Runs one turn to its end. Rejects for nothing that a model or a tool does. */
export async function runTurnProgram(program: TurnProgram): Promise<void> {
  const incoming = program.lines[Symbol.asyncIterator]();
  const first = await incoming.next();
  const ask = turnAsk.parse(JSON.parse(first.done === true ? '{}' : first.value));
  const steered: Said[] = [];
  const waiting: Waiting = new Map();
  void takeLines(incoming, steered, waiting);
  try {
    // Optional parts of an installation, loaded by who needs them.
    const [sdk, compatible] = await Promise.all([import('ai'), import('@ai-sdk/openai-compatible')]);
    await converse(program, { ...ask, waiting }, steered, { sdk, compatible });
  } catch (error) {
    program.say({ line: 'ended', done: false, why: wordsOf(error) });
  }
}

type Said = ReturnType<typeof steerLine.parse>;

/** What has to be said of a call before it goes on, by its name. */
type Waiting = Map<string, (leave: LeaveLine) => void>;
type Asked = TurnAsk & { readonly waiting: Waiting };

async function takeLines(incoming: AsyncIterator<string>, steered: Said[], waiting: Waiting): Promise<void> {
  for (;;) {
    const next = await incoming.next().catch(() => null);
    if (next === null || next.done === true) return;
    const line: unknown = JSON.parse(next.value);
    const [read, leave] = [steerLine.safeParse(line), leaveLine.safeParse(line)];
    if (read.success) steered.push(read.data);
    if (leave.success) waiting.get(leave.data.leave)?.(leave.data);
  }
}

async function converse(
  program: TurnProgram,
  ask: Asked,
  steered: Said[],
  { sdk, compatible }: { readonly sdk: Sdk; readonly compatible: Compatible },
): Promise<void> {
  const { say, env, signal } = program;
  const key = ask.keyEnv === null ? undefined : env[ask.keyEnv];
  const provider = compatible.createOpenAICompatible({
    ...{ name: 'model', baseURL: throughGate(ask.url, env), includeUsage: true },
    ...(key === undefined ? {} : { apiKey: key }),
  });
  // What the runtime kept of this very loop's own messages.
  const messages = [...ask.messages, { role: 'user', content: ask.prompt }] as Message[];
  say({ line: 'messages', messages: [{ role: 'user', content: ask.prompt }] });
  const offered = Object.entries(modelTools).filter(([name]) => ask.tools.includes(name));
  const tools = Object.fromEntries(
    offered.map(([name, { description, input }]) => [name, sdk.tool({ description, inputSchema: input })]),
  );
  for (let step = 0; step < ask.maxSteps; step += 1) {
    const result = sdk.streamText({
      ...{ model: provider(ask.model), messages, tools, maxRetries: 1, abortSignal: signal },
      ...(ask.system === null ? {} : { instructions: ask.system }),
      ...settingsIn(ask),
      onError: () => undefined,
    });
    for await (const piece of result.textStream) say({ line: 'said', text: piece });
    const [calls, answered, usage] = await Promise.all([result.toolCalls, result.responseMessages, result.usage]);
    say({ line: 'used', input: usage.inputTokens ?? 0, output: usage.outputTokens ?? 0, model: ask.model });
    const results = [];
    for (const { toolCallId, toolName, input } of calls) {
      const value = await carryOut(program, ask, toolCallId, toolName, input);
      results.push({ type: 'tool-result' as const, toolCallId, toolName, output: { type: 'text' as const, value } });
    }
    const said: Message[] = [
      ...answered,
      ...(results.length === 0 ? [] : [{ role: 'tool' as const, content: results }]),
    ];
    const heard = steered.splice(0);
    const between: Message[] = heard.map(({ steer }) => ({ role: 'user', content: steer }));
    messages.push(...said, ...between);
    // Plain data by way of text, as it will be read again.
    say({ line: 'messages', messages: JSON.parse(JSON.stringify([...said, ...between])) as Json[] });
    // INVARIANT: only what the model will be told is heard; what comes after its last word is the next turn's.
    for (const { name } of heard) say({ line: 'heard', name });
    if (calls.length === 0 && between.length === 0) {
      say({ line: 'ended', done: true, why: 'the model ended its turn' });
      return;
    }
  }
  say({ line: 'ended', done: false, why: `it was not done after ${String(ask.maxSteps)} steps` });
}

const settingsIn = ({ settings }: TurnAsk) => ({
  ...(typeof settings['temperature'] === 'number' ? { temperature: settings['temperature'] } : {}),
  ...(typeof settings['max_output_tokens'] === 'number' ? { maxOutputTokens: settings['max_output_tokens'] } : {}),
});

/** The address as the gate of the run leads there; itself where the run has no gate. An address of the gate's own, from the environment, is taken as it is. */
function throughGate(url: string, env: TurnProgram['env']): string {
  const proxy = env['HTTP_PROXY'];
  const named = /^\$([A-Za-z_][A-Za-z0-9_]*)(.*)$/.exec(url);
  if (named !== null) return `${env[named[1] ?? ''] ?? ''}${named[2] ?? ''}`;
  if (proxy === undefined) return url;
  const { origin, password } = new URL(proxy);
  return `${origin}${password === '' ? '' : `/${password}`}/to/${url.replace(/^(https?):\/\//, '$1/')}`;
}

/** Judges one call, and carries it out where all of it is permitted. */
async function carryOut(program: TurnProgram, ask: Asked, call: string, name: string, input: unknown): Promise<string> {
  const { say, door, cwd, signal, env } = program;
  const tool = ask.tools.includes(name) && Object.hasOwn(modelTools, name) ? modelTools[name] : undefined;
  if (tool === undefined) return `there is no tool \`${name}\` here; do not call it again`;
  const read = tool.input.safeParse(input);
  if (!read.success) return `the input of \`${name}\` is not what it takes: ${read.error.message}`;
  const realPath = (path: string): string => realPlace(path, cwd);
  const { project, stateDir } = ask;
  const place = { project, root: realPath(cwd), cwd, home: env['HOME'] ?? cwd, realPath, stateDir };
  for (const one of callActions([tool.as(read.data, cwd)], place)) {
    const { action, resource } = one;
    const title = titleOf(name, read.data);
    const { decision, sentence } = await judge(door, one);
    if (decision === 'hold') {
      const leave = await untilAnswered(program, ask, { ...one, call, title });
      if (leave.said === 'permit') continue;
      say({ line: 'finished', call, tool: name, status: 'failed' });
      return leave.said === 'refuse'
        ? `refused: ${leave.sentence}. Do not try again; work with what is allowed.`
        : `not yet: it waits for a person (${sentence}). The answer comes back here; the same call passes once they said yes.`;
    }
    say({ line: 'judged', call, tool: name, title, action, resource, decision, sentence });
    if (decision !== 'permit') {
      say({ line: 'finished', call, tool: name, status: 'failed' });
      return `refused: ${sentence}. Do not try again; work with what is allowed.`;
    }
  }
  try {
    const spawn = (agent: string, purpose: string) => spawnAgent(door, agent, purpose);
    const result = await tool.carryOut(read.data, { cwd, signal, spawn });
    say({ line: 'finished', call, tool: name, status: 'completed' });
    return result;
  } catch (error) {
    say({ line: 'finished', call, tool: name, status: 'failed' });
    return `it failed: ${wordsOf(error)}`;
  }
}

/** The runtime puts it before people, and says what came of it; the call stands still until then. */
function untilAnswered(
  { say, signal }: TurnProgram,
  { waiting }: Asked,
  held: JudgedAction & { readonly call: string; readonly title: string },
): Promise<LeaveLine> {
  const { call, title, action, resource, parameters } = held;
  return new Promise((resolve) => {
    const stop = (): void => resolve({ leave: call, said: 'cancelled', sentence: 'the turn was ended' });
    waiting.set(call, resolve);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    say({ line: 'held', call, title, action, resource, parameters: { ...parameters } });
  });
}

type Judged = { readonly decision: 'permit' | 'refuse' | 'hold'; readonly sentence: string };

/** INVARIANT: only a yes is one. */
async function judge(door: Caller, { action, resource }: JudgedAction): Promise<Judged> {
  const asked = await door.call(agentDoorApi.check, { body: { action, resource } });
  if (!asked.ok) return { decision: 'refuse', sentence: asked.problem.detail };
  const { decision, sentence } = asked.value;
  return { decision: decision === 'permit' ? 'permit' : decision === 'hold' ? 'hold' : 'refuse', sentence };
}

async function spawnAgent(door: Caller, agent: string, purpose: string): Promise<string> {
  const spawned = await door.call(agentDoorApi.spawn, {
    body: { agent, purpose, accepted: true },
    timeoutMs: 3_600_000,
  });
  if (!spawned.ok) throw new Error(spawned.problem.detail);
  const { session, outcome, said } = spawned.value;
  return [`session ${session}: ${outcome}`, said].filter((line) => line !== '').join('\n');
}

/** What is read of a call: the tool, and the first of what it names. */
function titleOf(name: string, input: Readonly<Record<string, unknown>>): string {
  const named = ['path', 'command', 'pattern', 'agent'].map((key) => input[key]).find((one) => typeof one === 'string');
  return `${name} ${typeof named === 'string' ? named : ''}`.slice(0, 300).toWellFormed();
}

const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 2_000).toWellFormed();
