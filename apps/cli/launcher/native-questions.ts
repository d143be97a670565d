/**
 * What a harness would ask the person by itself, as items of the queue: its model's own questions, and its permission prompts. Each is answered once, from anywhere, and
 * the answer goes back into the harness.
 *
 * It approves nothing: an answer to a permission prompt lets the harness go on by its own rules, and what the call does is judged by its mandate all the same.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller, NativeQuestion, Prompt } from '@writ/enforce/attended';
import { runtimeApi } from '@writ/protocol';
import type { Api } from '../connect/api.ts';
import type { AttentionWire } from '../connect/wire.ts';

export interface NativeQuestions {
  /** The answers by question; null where somebody has not answered in time, and it stays in the inbox. */
  answer(questions: readonly NativeQuestion[]): Promise<Readonly<Record<string, string>> | null>;
  /** A prompt of the harness's own: what somebody answered here or elsewhere; null where it is left to that prompt, or was answered there. */
  permission(asked: PromptAsked): Promise<'allow' | 'deny' | null>;
  /** The harness went on: what it asked by itself, or by this prompt, was answered there. */
  wentOn(prompt?: string): void;
}

export type PromptAsked = Pick<Prompt, 'what' | 'prompt' | 'isShown'>;

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
  const open = new Map<string, { readonly over: AbortController; readonly prompt: string | null }>();

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

  /** Shows it at the terminal and says the answer; null where it is left. */
  async function putHere(id: string, signal: AbortSignal): Promise<string | null> {
    const item = await itemNamed(id);
    const answer = item === undefined ? null : await show(item, signal);
    if (answer !== null) await say(id, answer);
    return answer;
  }

  async function answerOne({ question, options }: NativeQuestion): Promise<string | null> {
    const offered = options.map(({ label, description }, at) => ({
      key: String(at + 1),
      label: label.slice(0, 256).toWellFormed(),
      consequence: description.slice(0, 512).toWellFormed(),
    }));
    const labelOf = (answer: string | null): string | null =>
      answer === null ? null : (options[offered.findIndex(({ key }) => key === answer)]?.label ?? answer);
    const id = await put(question, offered);
    if (id === null) return null;
    const over = new AbortController();
    const deadline = setTimeout(() => over.abort(), waitMs);
    try {
      // Left for later at the terminal is left for later: the call does not wait for the inbox.
      return labelOf(await Promise.race([putHere(id, over.signal), answered(id, over.signal)]));
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
    async permission({ what, prompt, isShown }) {
      const id = await put(`its harness asks whether it may: ${what}`, [
        { key: 'allow', label: 'allow', consequence: 'this once, as far as its mandate allows it' },
        { key: 'deny', label: 'deny', consequence: 'the harness is told no' },
      ]);
      if (id === null) return null;
      const over = new AbortController();
      open.set(id, { over, prompt });
      const deadline = setTimeout(() => over.abort(), waitMs);
      try {
        // Two prompts for one thing would be one too many.
        const here = isShown ? [] : [putHere(id, over.signal)];
        const answer = await Promise.race([answered(id, over.signal), ...here]);
        if (open.has(id) && answer === null) await say(id, 'left to its own prompt');
        return answer === 'allow' || answer === 'deny' ? answer : null;
      } finally {
        over.abort();
        clearTimeout(deadline);
        open.delete(id);
      }
    },
    wentOn(answeredAt) {
      for (const [id, { over, prompt }] of open) {
        if (answeredAt !== undefined && prompt !== answeredAt) continue;
        open.delete(id);
        over.abort();
        void say(id, 'answered at its own prompt');
      }
    },
  };
}
