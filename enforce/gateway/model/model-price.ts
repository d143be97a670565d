/**
 * What tokens of a model cost, in millionths of a US dollar, by the price list of `@pydantic/genai-prices` as it was installed: nothing is fetched.
 *
 * A model it does not know has no price: null, never zero. The list is loaded with the first call of a model; where it was left out of an installation, no price is known.
 */

import type { RecordedTokens } from '../histories/recorded.ts';
import type { ModelFormat } from './model-call.ts';
import type { Costs } from './token-rates.ts';
import { tokenCosts } from './token-rates.ts';
import type { TokenUsage } from './usage-meter.ts';

export interface ModelPrices {
  /** The cost, rounded up; null where the price is not known. */
  costMicros(model: string, usage: TokenUsage): number | null;
}

export const priceCurrency = 'USD';

const providers: Readonly<Record<ModelFormat, string>> = {
  anthropic: 'anthropic',
  chat: 'openai',
  responses: 'openai',
  gemini: 'google',
};

type CalcPrice = (
  usage: Readonly<Record<string, number>>,
  model: string,
  options?: { readonly providerId: string },
) => { readonly total_price: number; readonly model_price: unknown } | null;

/** An optional dependency, so that its name is looked up when it runs. */
const library: string = '@pydantic/genai-prices';
let calculator: Promise<CalcPrice | null> | undefined;

async function loadCalculator(): Promise<CalcPrice | null> {
  try {
    const loaded: unknown = await import(library);
    const found: unknown = typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, 'calcPrice') : null;
    // The function of that name, as its version that is pinned has it.
    return typeof found === 'function' ? (found as CalcPrice) : null;
  } catch {
    return null; // left out of this installation
  }
}

/** The prices for calls in `format`: of its first provider, and else of whoever offers a model of that name. */
export async function modelPrices(format: ModelFormat): Promise<ModelPrices> {
  const calcPrice = await (calculator ??= loadCalculator());
  return {
    costMicros(model, { input, output, cacheRead, cacheWrite }) {
      if (model === '' || calcPrice === null) return null;
      const used = {
        input_tokens: input,
        output_tokens: output,
        cache_read_tokens: cacheRead,
        cache_write_tokens: cacheWrite,
      };
      try {
        const price = calcPrice(used, model, { providerId: providers[format] }) ?? calcPrice(used, model);
        // Less than a millionth of rounding in the list's arithmetic is no cost.
        return price === null ? null : Math.ceil(price.total_price * 1_000_000 - 1e-6);
      } catch {
        return null; // parts that do not add up have no price
      }
    },
  };
}

/** Which list the prices are of, in words. */
export const priceList = 'genai-prices 0.1.8';

export interface RecordedPrices {
  /** What an answer cost by the list, in millionths of a US dollar; null where the price is not known. */
  costMicros(model: string, tokens: RecordedTokens): number | null;
}

/** The prices for answers that a harness wrote down, of whoever offers a model of that name. A cache that is kept for an hour costs as the list says of writing one. */
export async function recordedPrices(): Promise<RecordedPrices> {
  const calcPrice = await (calculator ??= loadCalculator());
  const byModel = new Map<string, Costs>();
  return {
    costMicros(model, { input, output, cacheRead, cacheWrite, cacheWriteHour }) {
      if (model === '' || calcPrice === null) return null;
      const costs = byModel.get(model) ?? tokenCosts((used) => calcPrice(used, model));
      byModel.set(model, costs);
      const written = cacheWrite + cacheWriteHour;
      const used = {
        input_tokens: input + cacheRead + written,
        output_tokens: output,
        cache_read_tokens: cacheRead,
        cache_write_tokens: written,
      };
      try {
        const dollars = costs(used);
        return dollars === null ? null : Math.round(dollars * 1_000_000);
      } catch {
        return null; // parts that do not add up have no price
      }
    },
  };
}
