/**
 * What a harness would ask the person by itself, as items of the queue: its model's own questions, and its permission prompts. Each is answered once, from anywhere, and
 * the answer goes back into the harness.
 *
 * It approves nothing: an answer to a permission prompt lets the harness go on by its own rules, and what the call does is judged by its mandate all the same.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller, NativeQuestion } from '@writ/enforce';
import { runtimeApi } from '@writ/protocol';
import type { Api } from '../connect/api.ts';
import type { AttentionWire } from '../connect/wire.ts';

export interface NativeQuestions {
  /** The answers by question; null where somebody has not answered in time, and it stays in the inbox. */
  answer(questions: readonly NativeQuestion[]): Promise<Readonly<Record<string, string>> | null>;
  /** A prompt that the harness shows meanwhile: what somebody answered elsewhere; null once it was answered there, or nobody answered. */
  permission(what: string): Promise<'allow' | 'deny' | null>;
  /** The harness went on: what it asked by itself was answered there. */
  wentOn(): void;
}

export type NativeQuestionsDeps = {
  readonly session: string;
  /** The runtime as the launcher, and as the person at the terminal. */
  readonly asPoint: Pick<Caller, 'call'>;
  readonly runtime: () => Promise<Pick<Api, 'attempt'>>;
  /** Shows it at the terminal and takes the answer; null where it is left for later. */
  readonly show: (item: AttentionWire, signal: AbortSignal) => Promise<string | null>;
};

/** As long as a hook may take, and a little less. */
const waitMs = 240_000;
const lookMs = 500;

export function createNativeQuestions({ session, asPoint, runtime, show }: NativeQuestionsDeps): NativeQuestions {
  /** Prompts of the harness that are open. */
  const open = new Map<string, AbortController>();

  async function put(question: string, options: readonly { key: string; label: string; consequence: string }[]) {
    const reply = await asPoint.call(runtimeApi.doorAsk, {
      params: { id: session },
      body: { question, options: [...options], recommendation: null, wait_ms: 0 },
    });
    return reply.ok ? reply.value.item : null;
  }

  async function itemNamed(id: string): Promise<AttentionWire | undefined> {
    const all = await (await runtime()).attempt(runtimeApi.inbox, { query: { all: true } });
    return all.ok ? all.value.items.find((one) => one.id === id) : undefined;
  }

  /** The answer once there is one; null when `signal` aborts first or it is void. */
  async function answered(id: string, signal: AbortSignal): Promise<string | null> {
    while (!signal.aborted) {
      const item = await itemNamed(id);
      if (item === undefined || item.state !== 'open') return item?.answer ?? null;
      await sleep(lookMs, undefined, { signal }).catch(() => undefined);
    }
    return null;
  }

  async function say(id: string, answer: string): Promise<void> {
    await (await runtime()).attempt(runtimeApi.answer, { params: { id }, body: { answer } });
  }

  async function answerOne({ question, options }: NativeQuestion): Promise<string | null> {
    const offered = options.map(({ label, description }, at) => ({
      key: String(at + 1),
      label: label.slice(0, 256),
      consequence: description.slice(0, 512),
    }));
    const labelOf = (answer: string | null): string | null =>
      answer === null ? null : (options[offered.findIndex(({ key }) => key === answer)]?.label ?? answer);
    const id = await put(question, offered);
    const item = id === null ? undefined : await itemNamed(id);
    if (id === null || item === undefined) return null;
    const over = new AbortController();
    const deadline = setTimeout(() => over.abort(), waitMs);
    try {
      const shown = show(item, over.signal).then(async (answer) => {
        if (answer !== null) await say(id, answer);
        return answer;
      });
      // Left for later at the terminal is left for later: the call does not wait for the inbox.
      return labelOf(await Promise.race([shown, answered(id, over.signal)]));
    } finally {
      over.abort();
      clearTimeout(deadline);
    }
  }

  return {
    async answer(questions) {
      const answers: Record<string, string> = {};
      for (const one of questions) {
        const answer = await answerOne(one);
        if (answer === null) return null;
        answers[one.question] = answer;
      }
      return answers;
    },
    async permission(what) {
      const id = await put(`its harness asks whether it may: ${what}`, [
        { key: 'allow', label: 'allow', consequence: 'this once, as far as its mandate allows it' },
        { key: 'deny', label: 'deny', consequence: 'the harness is told no' },
      ]);
      if (id === null) return null;
      const over = new AbortController();
      open.set(id, over);
      const deadline = setTimeout(() => over.abort(), waitMs);
      const answer = await answered(id, over.signal);
      clearTimeout(deadline);
      open.delete(id);
      return answer === 'allow' || answer === 'deny' ? answer : null;
    },
    wentOn() {
      for (const [id, over] of open) {
        over.abort();
        open.delete(id);
        void say(id, 'answered at its own prompt');
      }
    },
  };
}
