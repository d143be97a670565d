// Exact decimal numbers for amounts (draft, "Common Constraints": value space, never binary floating point).
// Refuses signs, exponents, separators, more than 18 fractional digits, and numbers too long to be an amount.

/** A non-negative number counted in units of 10⁻¹⁸. */
export type Decimal = { readonly units: bigint };

const GRAMMAR = /^([0-9]+)(?:\.([0-9]{1,18}))?$/;
const MAX_LENGTH = 100;
const FRACTION_DIGITS = 18;

/** The number the text denotes, or undefined when it is not an exact decimal string. `500`, `500.0` and `500.00` are the same number. */
export function parseDecimal(text: string): Decimal | undefined {
  if (typeof text !== 'string' || text.length > MAX_LENGTH) return undefined;
  const [whole, integer, fraction] = GRAMMAR.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return { units: BigInt(`${integer ?? ''}${(fraction ?? '').padEnd(FRACTION_DIGITS, '0')}`) };
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareDecimal(a: Decimal, b: Decimal): -1 | 0 | 1 {
  if (a.units === b.units) return 0;
  return a.units < b.units ? -1 : 1;
}
