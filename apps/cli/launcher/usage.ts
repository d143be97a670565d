/** Tokens a Claude Code session used, read from its transcript. Nothing is guessed: no transcript, no number. */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const line = z.object({
  requestId: z.string().optional(),
  message: z.object({
    id: z.string(),
    usage: z.object({
      input_tokens: z.int().default(0),
      output_tokens: z.int().default(0),
      cache_creation_input_tokens: z.int().default(0),
      cache_read_input_tokens: z.int().default(0),
    }),
  }),
});

export type Usage = { readonly input: number; readonly output: number; readonly cached: number };

/** The usage in a transcript's lines. One response is written as several lines with the same ids and counts once. */
export function usageOf(transcript: string): Usage {
  const seen = new Map<string, Usage>();
  for (const raw of transcript.split('\n')) {
    let json: unknown;
    try {
      json = JSON.parse(raw);
    } catch {
      continue; // the last line of a running session can be half written
    }
    const parsed = line.safeParse(json);
    if (!parsed.success) continue;
    const { usage, id } = parsed.data.message;
    seen.set(`${id} ${parsed.data.requestId ?? ''}`, {
      input: usage.input_tokens + usage.cache_creation_input_tokens,
      output: usage.output_tokens,
      cached: usage.cache_read_input_tokens,
    });
  }
  return [...seen.values()].reduce(
    (sum, usage) => ({
      input: sum.input + usage.input,
      output: sum.output + usage.output,
      cached: sum.cached + usage.cached,
    }),
    { input: 0, output: 0, cached: 0 },
  );
}

/** One line about what was spent, or that it is not known. */
export async function spentLine(transcriptPath: string | null): Promise<string> {
  if (transcriptPath === null) return 'not known (no transcript was seen)';
  try {
    const { input, output, cached } = usageOf(await readFile(transcriptPath, 'utf8'));
    return `${String(input)} tokens in, ${String(output)} out${cached > 0 ? `, ${String(cached)} from cache` : ''}`;
  } catch {
    return 'not known (the transcript cannot be read)';
  }
}
