/** What a session used, read from the harness's own history: tokens, and what they cost at list prices. Nothing is guessed: no history, no number; no price, no sum. */

import type { HistoryHarness, RecordedPrices, RecordedTokens } from '@writ/enforce/harness';
import { readGeminiUsage, readHistory, recordedPrices } from '@writ/enforce/harness';
import { dollars } from '../render/looked.ts';

type Used = { readonly model: string; readonly tokens: RecordedTokens };

/** Where a harness writes a conversation down, as its hooks named it. */
export type Transcript = { readonly path: string; readonly session: string };

const isKept = (harness: string): harness is HistoryHarness => ['claude', 'codex', 'opencode'].includes(harness);

/** One line about what was spent since `since`, or that it is not known. */
export async function spentLine(harness: string, transcript: Transcript | null, since: number): Promise<string> {
  if (transcript === null) return 'not known (no transcript was seen)';
  const prices = await recordedPrices();
  try {
    if (harness === 'gemini') return sumOf(readGeminiUsage(transcript.path), prices);
    if (!isKept(harness)) return `not known (the transcripts of \`${harness}\` are not read)`;
    return sumOf(usedIn(harness, transcript, since), prices);
  } catch {
    return 'not known (the transcript cannot be read)';
  }
}

function usedIn(harness: HistoryHarness, { path, session }: Transcript, since: number): readonly Used[] {
  // One history of opencode holds every session there was.
  const isShared = harness === 'opencode';
  const each = new Map<string, Used>();
  for (const one of readHistory({ harness, path }, isShared ? since : 0))
    if (one.kind === 'usage' && (!isShared || one.session === session)) each.set(one.id, one);
  return [...each.values()];
}

/** Answers added up, in words. */
export function sumOf(all: readonly Used[], prices: RecordedPrices): string {
  const of = (part: (tokens: RecordedTokens) => number): number =>
    all.reduce((sum, { tokens }) => sum + part(tokens), 0);
  const written = of(({ input, cacheWrite, cacheWriteHour }) => input + cacheWrite + cacheWriteHour);
  const cached = of(({ cacheRead }) => cacheRead);
  const costs = all.map(({ model, tokens }) => prices.costMicros(model, tokens));
  const unpriced = [...new Set(all.filter((_, index) => costs[index] === null).map(({ model }) => model))];
  const cost = costs.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return [
    `${String(written)} tokens in, ${String(of(({ output }) => output))} out`,
    ...(cached > 0 ? [`${String(cached)} from cache`] : []),
    ...(all.length > unpriced.length && cost > 0 ? [`${dollars(cost)} at list prices`] : []),
    ...(unpriced.length > 0 ? [`the price of \`${unpriced.join('`, `')}\` is not known`] : []),
  ].join(', ');
}
