/**
 * What models cost, as their makers listed it: US dollars for a million tokens. Data alone, with the day it was looked up; a model that is not here has no
 * price, and that is said.
 *
 * Anthropic: platform.claude.com/docs/en/about-claude/pricing. OpenAI: developers.openai.com/api/docs/pricing. Standard service, no batch and no discount.
 */

import type { RecordedTokens } from '@writ/enforce';

export const pricesAsOf = '2026-10-16';

export type Price = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
  /** Another price where the whole prompt is longer than so many tokens. */
  readonly beyond?: { readonly tokens: number; readonly factor: number };
};

/** Anthropic's: a cache is written for 1.25 times the input (an hour: twice), and read for a part of it. */
const anthropic = (input: number, output: number, readPart = 0.1): Price => ({
  input,
  output,
  cacheRead: input * readPart,
  cacheWrite: input * 1.25,
  cacheWriteHour: input * 2,
});
/** OpenAI's: writing the cache costs what input costs. */
const openai = (input: number, output: number, readPart = 0.1): Price => ({
  input,
  output,
  cacheRead: input * readPart,
  cacheWrite: input,
  cacheWriteHour: input,
});

/** The first that matches the name of a model, which may end in a date, holds. */
const prices: readonly (readonly [RegExp, Price])[] = [
  [/^claude-(?:fable|mythos)-5-1/, anthropic(10, 50, 0.025)],
  [/^claude-(?:fable|mythos)-5/, anthropic(10, 50)],
  [/^claude-opus-5-5/, anthropic(4, 20, 0.05)],
  [/^claude-opus-(?:5|4-[5-8])(?!\d)/, anthropic(5, 25)],
  [/^claude-(?:opus-4|3-opus)(?!\d)/, anthropic(15, 75)],
  [/^claude-sonnet-5-5/, anthropic(2, 10, 0.05)],
  [/^claude-sonnet-5/, anthropic(2, 10)],
  [/^claude-(?:sonnet-4|3-[57]-sonnet)/, anthropic(3, 15)],
  [/^claude-haiku-5-5/, { ...anthropic(0.1, 0.5), beyond: { tokens: 100_000, factor: 5 } }],
  [/^claude-haiku-4-5/, anthropic(1, 5)],
  [/^claude-3-5-haiku/, anthropic(0.8, 4)],
  [/^gpt-5\.5-pro$/, openai(30, 180, 1)],
  [/^gpt-5\.5$/, openai(5, 30)],
  [/^gpt-5\.4-mini$/, openai(0.75, 4.5)],
  [/^gpt-5\.4-nano$/, openai(0.2, 1.25)],
  [/^gpt-5\.4-pro$/, openai(30, 180, 1)],
  [/^gpt-5\.4$/, openai(2.5, 15)],
  [/^gpt-5\.[23](?:-codex)?$/, openai(1.75, 14)],
  [/^gpt-5(?:\.1)?(?:-codex(?:-max)?)?$/, openai(1.25, 10)],
  [/^gpt-5-mini$/, openai(0.25, 2)],
];

/** The price of a model by its maker's name for it; undefined where none is known. */
export const priceOf = (model: string): Price | undefined => prices.find(([name]) => name.test(model))?.[1];

/** Millionths of a US dollar, rounded to a whole one; null where the model has no known price. */
export function costOf(model: string, tokens: RecordedTokens): number | null {
  const price = priceOf(model);
  if (price === undefined) return null;
  const { input, output, cacheRead, cacheWrite, cacheWriteHour } = tokens;
  const prompt = input + cacheRead + cacheWrite + cacheWriteHour;
  const factor = price.beyond !== undefined && prompt > price.beyond.tokens ? price.beyond.factor : 1;
  // Dollars for a million tokens are millionths of a dollar for one.
  return Math.round(
    factor *
      (input * price.input +
        output * price.output +
        cacheRead * price.cacheRead +
        cacheWrite * price.cacheWrite +
        cacheWriteHour * price.cacheWriteHour),
  );
}
