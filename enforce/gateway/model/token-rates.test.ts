/** Rates that were learnt from the price list cost what the list says: for models with one price, and with prices in steps by the size of the input. */

import { calcPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordedPrices } from './model-price.ts';
import { tokenCosts } from './token-rates.ts';

const tokens = fc.oneof(fc.nat(1_000), fc.nat(400_000), fc.constantFrom(0, 128_000, 200_000, 200_001, 272_000));

describe('rates', () => {
  it.each(['claude-sonnet-4-5', 'claude-opus-4-1', 'gpt-5', 'gemini-2.5-pro', 'gemini-2.5-flash', 'deepseek-chat'])(
    'of `%s` cost what the list says, answer by answer',
    async (model) => {
      const prices = await recordedPrices();
      fc.assert(
        fc.property(tokens, tokens, tokens, tokens, (input, output, cacheRead, cacheWrite) => {
          const used = {
            input_tokens: input + cacheRead + cacheWrite,
            output_tokens: output,
            cache_read_tokens: cacheRead,
            cache_write_tokens: cacheWrite,
          };
          const listed = Math.round((calcPrice(used, model)?.total_price ?? 0) * 1e6);
          const own =
            prices.costMicros(model, { input, output, cacheRead, cacheWrite, cacheWriteHour: 0 }) ?? Number.NaN;
          // The last digit of a sum of products hangs on their order.
          expect(Math.abs(own - listed)).toBeLessThanOrEqual(1);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('are none of what is priced otherwise, or does not add up: the list is asked each time', () => {
    let asked = 0;
    const costs = tokenCosts(() => {
      asked += 1;
      return { total_price: 7, model_price: { input_mtok: 'by the moon' } };
    });
    const used = { input_tokens: 10, output_tokens: 1, cache_read_tokens: 0, cache_write_tokens: 0 };
    expect([costs(used), costs(used)]).toEqual([7, 7]);
    expect(asked).toBeGreaterThan(1);
    const flat = tokenCosts(() => ({ total_price: 7, model_price: { input_mtok: 1 } }));
    expect(flat({ ...used, cache_read_tokens: 11 })).toBe(7);
    expect(tokenCosts(() => null)(used)).toBeNull();
  });
});
