/** What a session used, read from the harness's own history: tokens, and what they cost at list prices. Nothing is guessed: no history, no number; no price, no sum. */

import type { RecordedTokens } from '@writ/enforce';
import { readHistory } from '@writ/enforce';
import type { HistoryHarness } from '@writ/enforce';
import { costOf } from '../look/prices.ts';
import { dollars } from '../render/looked.ts';

const isKept = (harness: string): harness is HistoryHarness => ['claude', 'codex', 'opencode'].includes(harness);

type Used = { readonly model: string; readonly tokens: RecordedTokens };

/** One line about what was spent, or that it is not known. `path`: the history the harness named in its hooks. */
export function spentLine(harness: string, path: string | null): string {
  if (!isKept(harness)) return 'not known (its history is not read)';
  if (path === null) return 'not known (no transcript was seen)';
  const each = new Map<string, Used>();
  try {
    for (const one of readHistory({ harness, path }, 0)) if (one.kind === 'usage') each.set(one.id, one);
  } catch {
    return 'not known (the transcript cannot be read)';
  }
  return sumOf([...each.values()]);
}

/** Answers added up, in words. */
export function sumOf(all: readonly Used[]): string {
  const of = (part: (tokens: RecordedTokens) => number): number =>
    all.reduce((sum, { tokens }) => sum + part(tokens), 0);
  const written = of(({ input, cacheWrite, cacheWriteHour }) => input + cacheWrite + cacheWriteHour);
  const cached = of(({ cacheRead }) => cacheRead);
  const costs = all.map(({ model, tokens }) => costOf(model, tokens));
  const unpriced = [...new Set(all.filter((_, index) => costs[index] === null).map(({ model }) => model))];
  const cost = costs.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return [
    `${String(written)} tokens in, ${String(of(({ output }) => output))} out`,
    ...(cached > 0 ? [`${String(cached)} from cache`] : []),
    ...(all.length > unpriced.length && cost > 0 ? [`${dollars(cost)} at list prices`] : []),
    ...(unpriced.length > 0 ? [`the price of \`${unpriced.join('`, `')}\` is not known`] : []),
  ].join(', ');
}
