/**
 * The `model` driver: a turn is a conversation with a model of an API that speaks as OpenAI's does. The loop and its tools are a run as any other (`turn-program.ts`); this records what
 * it says, keeps the conversation with a digest of all of it, and gives it back whole at the next turn.
 */

import { dirname } from 'node:path';
import type { JsonValue } from '@writ/journal';
import { actionWithin } from '@writ/authority';
import type { Ports } from '../../ports.ts';
import { itself } from '../../ports.ts';
import type { LiveRun } from '../../runner/live-run.ts';
import { startRun } from '../../runner/start-run.ts';
import { advanced, rebuild } from '../../session/context.ts';
import type { SessionEvent } from '../../session/events.ts';
import { isTurnOf, recordFacts } from '../../session/facts.ts';
import type { Leaves } from '../acp-leave.ts';
import { createLeaves, parkedEnd } from '../acp-leave.ts';
import { followUntil, turnEnd } from '../command.ts';
import type { Driver, TurnEnd, TurnWork } from '../driver.ts';
import { modelProgram } from './model-program.ts';
import { modelTools, realPlace } from './tools.ts';
import type { LeaveLine, TurnAsk, TurnLine } from './turn-lines.ts';
import { readLine } from './turn-lines.ts';

const usualSteps = 50;

/** A driver for a model. The agent's file names the model, and its configuration the address (`url`) and the variable of the key (`key_env`). */
export function modelDriver(ports: Ports): Driver {
  return {
    // Its program holds the conversation of the turn; one that outlived its follower is ended, and the turn with it.
    adopts: false,
    async run(work) {
      const { model, config, session } = work;
      const url = config['url'];
      if (model === null || typeof url !== 'string')
        return no('its agent names no model, or no `url` in its configuration', 'say both in its file');
      const stream = ports.records.sessions.streamOf(session.id);
      const rebuilt = await rebuild(ports.records.journal, stream, session);
      if (!rebuilt.ok) return no(rebuilt.sentence, 'begin a new conversation: `writ unpause`');
      const started = await startRun(ports, {
        ...{ session: session.id, turn: work.turn, purpose: 'work', argv: modelProgram, cwd: work.cwd, env: {} },
        stdin: null,
      });
      if (!started.ok) return turnEnd(started.end);
      const stateDir = realPlace(dirname(ports.dir), work.cwd);
      return converse(ports, work, started.run, askOf(work, { model, url, stateDir, messages: rebuilt.messages }));
    },
  };
}

const no = (summary: string, wayOut: string): TurnEnd => ({
  ...{ ended: 'refused', hold: null, code: 'invalid', summary, wayOut },
});

function askOf(
  { config, system, prompt, session }: TurnWork,
  {
    model,
    url,
    stateDir,
    messages,
  }: Pick<TurnAsk, 'model' | 'url' | 'stateDir'> & { readonly messages: readonly JsonValue[] },
): TurnAsk {
  const { activity } = session;
  const actions = activity.name === 'turn' ? (activity.acting?.actions ?? null) : null;
  const has = (needed: string): boolean => actions === null || actions.some((own) => actionWithin(needed, own));
  const steps = config['max_steps'];
  const key = config['key_env'];
  // JSON values as they were read; the schema's are mutable.
  return {
    ...{
      system,
      model,
      url,
      stateDir,
      prompt,
      project: session.project,
      settings: { ...config } as TurnAsk['settings'],
    },
    keyEnv: typeof key === 'string' ? key : null,
    // JSON values as they were read; the schema's arrays are mutable.
    messages: [...messages] as TurnAsk['messages'],
    tools: Object.entries(modelTools).flatMap(([name, { needs }]) => (has(needs) ? [name] : [])),
    maxSteps: typeof steps === 'number' && Number.isSafeInteger(steps) && steps > 0 ? steps : usualSteps,
  };
}

async function converse(ports: Ports, work: TurnWork, run: LiveRun, ask: TurnAsk): Promise<TurnEnd> {
  const [killing, parking] = [new AbortController(), new AbortController()];
  const leaves = createLeaves(ports, work, {
    record: (event) => {
      recorder.add(event);
    },
    onRefused: () => undefined,
    onLost: (why) => {
      killing.abort(why);
    },
    onParked: () => {
      parking.abort('it waits for a person');
    },
  });
  const recorder = new LineRecorder(ports, work, {
    async held({ call, title, action, resource, parameters }) {
      const leave = await leaves.judge(call, title, [{ action, resource, parameters }]);
      await run.input(`${JSON.stringify({ leave: call, ...leave } satisfies LeaveLine)}\n`);
    },
    finished: (call, end) => {
      leaves.ended(call, end);
    },
  });
  let pending = '';
  const take = (text: string): void => {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) recorder.take(line);
  };
  const stopping = AbortSignal.any([work.signal, killing.signal, parking.signal]);
  const ended = followUntil(run, stopping, take, false);
  await run.input(`${JSON.stringify(ask)}\n`);
  let steers = 0;
  work.steer?.(async (text) => {
    const name = String((steers += 1));
    const heard = recorder.whenHeard(name);
    return (await run.input(`${JSON.stringify({ steer: text, name })}\n`)) && heard;
  });
  const end = await ended;
  const wasEnded = end.ended !== 'exited';
  await leaves.close(wasEnded ? 'interrupted' : 'unknown', wasEnded ? 'its run was ended' : 'its turn was over');
  await recorder.flush();
  if (leaves.parked !== null && !work.signal.aborted) return parkedEnd(leaves.parked);
  const { last } = recorder;
  if (end.ended !== 'exited' || last === null) return turnEnd(end);
  return { ended: last.done ? 'done' : 'failed', exitCode: end.exitCode, summary: last.why };
}

type CallsOf = {
  readonly held: (line: Extract<TurnLine, { readonly line: 'held' }>) => Promise<void>;
  readonly finished: Leaves['ended'];
};

/** Writes what the program says into the log, in order. */
class LineRecorder {
  last: { readonly done: boolean; readonly why: string } | null = null;
  private readonly ports: Ports;
  private readonly work: TurnWork;
  private said = '';
  private readonly waiting = new Map<string, (isHeard: boolean) => void>();
  private writing: Promise<unknown> = Promise.resolve();

  private readonly calls: CallsOf;

  constructor(ports: Ports, work: TurnWork, calls: CallsOf) {
    this.ports = ports;
    this.work = work;
    this.calls = calls;
  }

  take(text: string): void {
    const line = readLine(text);
    if (line === null) {
      if (text !== '')
        this.add({ type: 'agent.said', data: { turn: this.work.turn, kind: 'output', text: chars(text) } });
      return;
    }
    if (line.line === 'said') {
      this.said += line.text;
      if (this.said.length > 8_000) this.flushSaid();
      return;
    }
    this.flushSaid();
    this.takeOther(line);
  }

  /** Resolves with whether what was said into the turn under `name` is in it: at the end of the step under way, or of the turn. */
  whenHeard(name: string): Promise<boolean> {
    return new Promise((resolve) => this.waiting.set(name, resolve));
  }

  /** Nothing more comes. */
  async flush(): Promise<void> {
    this.flushSaid();
    for (const resolve of this.waiting.values()) resolve(false);
    await this.writing;
  }

  private takeOther(line: Exclude<TurnLine, { readonly line: 'said' }>): void {
    const { turn } = this.work;
    switch (line.line) {
      case 'judged': {
        const { call, title, action, resource, decision, sentence } = line;
        this.add({ type: 'tool.judged', data: { turn, call, title, action, resource, decision, sentence } });
        return;
      }
      case 'held':
        void this.calls.held(line);
        return;
      case 'finished':
        this.calls.finished(line.call, line.status === 'completed' ? 'done' : 'failed');
        this.add({ type: 'tool.updated', data: { turn, call: line.call, status: line.status, title: line.tool } });
        return;
      case 'heard':
        this.waiting.get(line.name)?.(true);
        this.waiting.delete(line.name);
        return;
      case 'used': {
        const { input, output, model } = line;
        this.add({ type: 'observation.recorded', data: { type: 'model.used', data: { turn, input, output, model } } });
        return;
      }
      case 'messages':
        this.advance(line.messages);
        return;
      case 'ended':
        this.last = { done: line.done, why: line.why.slice(0, 4_000).toWellFormed() };
        return;
    }
  }

  private flushSaid(): void {
    const text = this.said;
    this.said = '';
    if (text !== '')
      this.add({ type: 'agent.said', data: { turn: this.work.turn, kind: 'message', text: chars(text) } });
  }

  add(event: SessionEvent): void {
    const { id } = this.work.session;
    this.writing = this.writing.then(() => recordFacts(this.ports, id, [event], itself));
  }

  /** The messages of a step, and the digest of all there are by now, at once: no conversation is recorded in part. */
  private advance(messages: readonly JsonValue[]): void {
    const { turn, session } = this.work;
    this.writing = this.writing.then(() =>
      this.ports.records.sessions.act(
        session.id,
        (now) => {
          // After its turn, or of a writer whose lease somebody took: the conversation is not this one's to go on with.
          if (!isTurnOf(now, turn, this.ports.boot)) return { ok: true, events: [] };
          const { conversation } = now;
          const digest = messages.reduce<string | null>(advanced, conversation?.digest ?? null) ?? '';
          const count = (conversation?.messages ?? 0) + messages.length;
          return {
            ok: true,
            events: [
              ...messages.map((message): SessionEvent => ({ type: 'message.recorded', data: { turn, message } })),
              { type: 'conversation.advanced', data: { turn, digest, messages: count, agentSession: null } },
            ],
          };
        },
        itself,
      ),
    );
  }
}

/** What an event can carry. */
const chars = (text: string): string => text.slice(0, 60_000).toWellFormed();
