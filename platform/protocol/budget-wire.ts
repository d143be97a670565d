/**
 * What is drawn on budgets, as control's API takes and shows it: estimates, use, statements. Integers only; money in millionths of its currency.
 *
 * It refuses what is no amount: negative, minus zero, fractions, text, and what a number cannot hold exactly.
 */

import { z } from 'zod';
import { id, iso } from './mandate-wire.ts';

/** The most that one operation can use of anything: what sums of it over a lifetime still hold exactly. */
const mostOfOne = 1_000_000_000_000;

const amount = z
  .int()
  .min(0)
  .max(mostOfOne)
  .refine((value) => !Object.is(value, -0), 'minus zero is no amount');
const currency = z.string().regex(/^[A-Z]{3}$/, 'three capital letters, as in ISO 4217');

const drawn = {
  tokens: amount.default(0),
  money_micros: amount.default(0),
  /** Of the money; needed where there is some. */
  currency: currency.nullable().default(null),
};
const hasCurrency = (value: { money_micros: number; currency: string | null }): boolean =>
  value.money_micros === 0 || value.currency !== null;
const noCurrency = 'money needs its currency';

/** What an operation will use, as far as that is known before. It is set aside when it begins. */
export const estimateWire = z.object(drawn).refine(hasCurrency, noCurrency);

const source = z.enum(['reported', 'computed', 'estimated']);

/** All that an operation used, said with its end. */
export const finalUsageWire = z.object({ ...drawn, source }).refine(hasCurrency, noCurrency);

/** All that an operation has used so far: sent twice it counts once. `final`: nothing more will come. */
export const usageWire = z
  .object({ ...drawn, source, final: z.boolean().default(false) })
  .refine(hasCurrency, noCurrency);

const shown = z.number();
/** One mandate's account; a list of them has parents before children. */
export const statementWire = z.object({
  mandate: id,
  parent: id.nullable(),
  actor: z.string(),
  state: z.string(),
  currency: z.string().nullable(),
  lines: z.array(
    z.object({
      kind: z.enum(['calls', 'tokens', 'money']),
      /** Null: it has no bound of its own, and draws on what is above. */
      limit: shown.nullable(),
      spent: shown,
      /** Held for what is under way, or whose end or use nobody has said. */
      reserved: shown,
      /** Set aside for children by name and not drawn yet. */
      promised: shown,
      /** Null: nobody bounds it. */
      left: shown.nullable(),
    }),
  ),
  wall_until: iso.nullable(),
});
