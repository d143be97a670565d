/**
 * What a token of each kind costs of one model, learnt from the price list once: adding up a hundred thousand answers by the list itself takes longer than reading them.
 *
 * A price is what the list says it is. What it prices in steps by the size of the input has rates of its own for each step; what it prices in a way that is not known here
 * has none, and is priced by the list answer by answer.
 */

import { z } from 'zod';

export type PricedTokens = {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
};

/** US dollars for so many tokens of a model, and the prices it was computed by; null where none is known. Throws where the parts do not add up. */
export type PriceOf = (tokens: PricedTokens) => { readonly total_price: number; readonly model_price: unknown } | null;

/** Dollars for each token: of input that is neither read from the cache nor written to it, and so on. */
type Rates = { readonly input: number; readonly output: number; readonly read: number; readonly written: number };

const step = z.object({ base: z.unknown(), tiers: z.array(z.object({ start: z.number().nonnegative() })) });
const listed = z.record(z.string(), z.union([z.number(), step, z.null(), z.undefined()]));

/** Dollars for tokens of one model, as `priceOf` says; null where no price is known. */
export type Costs = (tokens: PricedTokens) => number | null;

/** Learns the rates as they are needed. */
export function tokenCosts(priceOf: PriceOf): Costs {
  const known = new Map<number, Rates>();
  let steps: readonly number[] | null | undefined;
  const dollars = (tokens: PricedTokens): number => priceOf(tokens)?.total_price ?? 0;
  const ratesAt = (size: number): Rates => {
    const all = { input_tokens: size, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 };
    const input = dollars(all);
    return {
      input: input / size,
      output: (dollars({ ...all, output_tokens: size }) - input) / size,
      read: dollars({ ...all, cache_read_tokens: size }) / size,
      written: dollars({ ...all, cache_write_tokens: size }) / size,
    };
  };
  return (tokens) => {
    const { input_tokens: size, output_tokens: output, cache_read_tokens: read, cache_write_tokens: written } = tokens;
    const plain = size - read - written;
    if (steps === undefined) {
      const price = priceOf(tokens);
      if (price === null) return null;
      steps = stepsOf(price.model_price);
    }
    const isOdd = ![plain, output, read, written].every((one) => Number.isFinite(one) && one >= 0);
    if (steps === null || isOdd) return priceOf(tokens)?.total_price ?? null;
    // A step is for what is above its start.
    const passed = steps.filter((start) => size > start).length;
    let rates = known.get(passed);
    if (rates === undefined) {
      const [from = 0, to] = [steps[passed - 1], steps[passed]];
      rates = ratesAt(to ?? from + 1_000_000);
      known.set(passed, rates);
    }
    return plain * rates.input + output * rates.output + read * rates.read + written * rates.written;
  };
}

/** Where another price begins, by the size of the input, in order; null: priced otherwise. */
function stepsOf(prices: unknown): readonly number[] | null {
  const found = listed.safeParse(prices);
  if (!found.success) return null;
  const starts = Object.values(found.data).flatMap((price) =>
    typeof price === 'object' && price !== null ? price.tiers.map(({ start }) => start) : [],
  );
  return [...new Set(starts)].toSorted((a, b) => a - b);
}
