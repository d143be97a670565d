/**
 * Reads how many tokens a model's answer says it used, while the answer goes by: whole, or as a stream of server-sent events.
 *
 * It guesses nothing: an answer that does not say gives null. What is said more than once in a stream grows; the largest counts.
 */

import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import type { ModelFormat } from './model-call.ts';

export type TokenUsage = {
  /** All that was read, what came from a cache included. */
  readonly input: number;
  readonly output: number;
  /** Of the input. */
  readonly cacheRead: number;
  readonly cacheWrite: number;
};

export interface UsageMeter {
  take(chunk: Buffer): void;
  /** What was said up to now; null where nothing was. */
  usage(): TokenUsage | null;
  /** How many bytes went by. */
  readonly bytes: number;
}

/** The most of an answer that is kept to be read as a whole, in bytes. */
const maxKept = 32 * 1024 * 1024;

/** A meter for an answer of `contentType`. */
export function createUsageMeter(format: ModelFormat, contentType: string): UsageMeter {
  const decoder = new TextDecoder();
  const kept: Buffer[] = [];
  let said: TokenUsage | null = null;
  let bytes = 0;
  const look = (text: string): void => {
    for (const part of partsOf(text)) {
      const found = usageIn[format](part);
      if (found !== null) said = said === null ? found : largest(said, found);
    }
  };
  const isStream = contentType.includes('text/event-stream');
  const parser = createParser({
    onEvent: ({ data }) => {
      look(data);
    },
  });
  return {
    take(chunk) {
      bytes += chunk.length;
      if (isStream) parser.feed(decoder.decode(chunk, { stream: true }));
      else if (bytes <= maxKept) kept.push(chunk);
    },
    usage() {
      if (!isStream && bytes <= maxKept) look(Buffer.concat(kept).toString('utf8'));
      return said;
    },
    get bytes() {
      return bytes;
    },
  };
}

/** The JSON values in a text: one, or those of a list. */
function partsOf(text: string): readonly unknown[] {
  try {
    const read: unknown = JSON.parse(text);
    return Array.isArray(read) ? read : [read];
  } catch {
    return []; // `[DONE]`, or an answer that was cut
  }
}

const count = z.int().min(0).nullish();
const anthropicUsage = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
});
const anthropic = z.object({
  usage: anthropicUsage.optional(),
  message: z.object({ usage: anthropicUsage }).optional(),
});
const chat = z.object({
  usage: z.object({
    prompt_tokens: count,
    completion_tokens: count,
    prompt_tokens_details: z.object({ cached_tokens: count }).nullish(),
  }),
});
const responsesUsage = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z.object({ cached_tokens: count }).nullish(),
});
const responses = z.object({
  usage: responsesUsage.nullish(),
  response: z.object({ usage: responsesUsage.nullish() }).optional(),
});
const gemini = z.object({
  usageMetadata: z.object({
    promptTokenCount: count,
    candidatesTokenCount: count,
    thoughtsTokenCount: count,
    toolUsePromptTokenCount: count,
    cachedContentTokenCount: count,
  }),
});

const saysNothing = (...counts: readonly (number | null | undefined)[]): boolean =>
  counts.every((one) => one === null || one === undefined);

const usageIn: Readonly<Record<ModelFormat, (part: unknown) => TokenUsage | null>> = {
  anthropic(part) {
    const read = anthropic.safeParse(part);
    const of = read.data?.message?.usage ?? read.data?.usage;
    if (of === undefined || saysNothing(of.input_tokens, of.output_tokens)) return null;
    const [cacheRead, cacheWrite] = [of.cache_read_input_tokens ?? 0, of.cache_creation_input_tokens ?? 0];
    // What came from a cache is not in its `input_tokens`.
    const input = (of.input_tokens ?? 0) + cacheRead + cacheWrite;
    return { input, output: of.output_tokens ?? 0, cacheRead, cacheWrite };
  },
  chat(part) {
    const of = chat.safeParse(part).data?.usage;
    if (of === undefined || saysNothing(of.prompt_tokens, of.completion_tokens)) return null;
    const cacheRead = of.prompt_tokens_details?.cached_tokens ?? 0;
    return { input: of.prompt_tokens ?? 0, output: of.completion_tokens ?? 0, cacheRead, cacheWrite: 0 };
  },
  responses(part) {
    const read = responses.safeParse(part).data;
    const of = read?.response?.usage ?? read?.usage;
    if (of === undefined || of === null || saysNothing(of.input_tokens, of.output_tokens)) return null;
    const cacheRead = of.input_tokens_details?.cached_tokens ?? 0;
    return { input: of.input_tokens ?? 0, output: of.output_tokens ?? 0, cacheRead, cacheWrite: 0 };
  },
  gemini(part) {
    const of = gemini.safeParse(part).data?.usageMetadata;
    if (of === undefined || saysNothing(of.promptTokenCount, of.candidatesTokenCount)) return null;
    return {
      input: (of.promptTokenCount ?? 0) + (of.toolUsePromptTokenCount ?? 0),
      output: (of.candidatesTokenCount ?? 0) + (of.thoughtsTokenCount ?? 0),
      cacheRead: of.cachedContentTokenCount ?? 0,
      cacheWrite: 0,
    };
  },
};

const largest = (a: TokenUsage, b: TokenUsage): TokenUsage => ({
  input: Math.max(a.input, b.input),
  output: Math.max(a.output, b.output),
  cacheRead: Math.max(a.cacheRead, b.cacheRead),
  cacheWrite: Math.max(a.cacheWrite, b.cacheWrite),
});
