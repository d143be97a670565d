/**
 * What a session of Gemini CLI used, by the file it writes down: a line for each message, written again as it changes, with the tokens of a model's answer. As
 * version 0.61 writes it; of its calls it keeps nothing that is judged here.
 */

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { RecordedTokens } from './recorded.ts';

const answer = z.object({
  id: z.string(),
  type: z.literal('gemini'),
  model: z.string().default(''),
  tokens: z.object({
    input: z.number().default(0),
    output: z.number().default(0),
    cached: z.number().default(0),
    thoughts: z.number().default(0),
  }),
});

export type GeminiUsage = { readonly model: string; readonly tokens: RecordedTokens };

/** One for each answer of a model. Throws where the file cannot be read; a line that is none of these says nothing. */
export function readGeminiUsage(path: string): readonly GeminiUsage[] {
  const each = new Map<string, GeminiUsage>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const found = answer.safeParse(parsed(line));
    if (!found.success) continue;
    const { id, model, tokens } = found.data;
    const { input, output, cached, thoughts } = tokens;
    each.set(id, {
      model,
      // What was read from the cache is a part of its input.
      tokens: { input: input - cached, output: output + thoughts, cacheRead: cached, cacheWrite: 0, cacheWriteHour: 0 },
    });
  }
  return [...each.values()];
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // empty, or cut off while it was written
  }
}
