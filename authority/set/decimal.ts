// Exact decimal numbers for amounts (draft, "Common Constraints": value space, never binary floating point).
// Refuses signs, exponents, separators, more than 18 fractional digits, and numbers too long to be an amount.

import { digits } from './digits.ts';

/** A non-negative number by its digits: the whole part without leading zeros, the fraction without trailing ones. So each number has one form. */
export type Decimal = { readonly whole: string; readonly fraction: string };

const MAX_LENGTH = 100;
const MAX_FRACTION = 18;
const ZERO = 48;

/** The number the text denotes, or undefined when it is not an exact decimal string. `500`, `500.0` and `500.00` are the same number. */
export function parseDecimal(text: string): Decimal | undefined {
  if (typeof text !== 'string' || text.length > MAX_LENGTH) return undefined;
  const point = text.indexOf('.');
  const end = point < 0 ? text.length : point;
  if (Number.isNaN(digits(text, 0, end))) return undefined;
  if (point < 0) return { whole: text.slice(afterZeros(text, end), end), fraction: '' };
  if (text.length - end - 1 > MAX_FRACTION || Number.isNaN(digits(text, end + 1, text.length))) return undefined;
  let last = text.length;
  while (text.charCodeAt(last - 1) === ZERO) last -= 1; // stops at the point
  return { whole: text.slice(afterZeros(text, end), end), fraction: text.slice(end + 1, last) };
}

/** The first place before `end` that is not a zero. */
function afterZeros(text: string, end: number): number {
  let first = 0;
  while (first < end && text.charCodeAt(first) === ZERO) first += 1;
  return first;
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareDecimal(a: Decimal, b: Decimal): -1 | 0 | 1 {
  // Without leading zeros the longer whole part is the greater; of one length they order as text, as fractions always do.
  if (a.whole.length !== b.whole.length) return a.whole.length < b.whole.length ? -1 : 1;
  if (a.whole !== b.whole) return a.whole < b.whole ? -1 : 1;
  if (a.fraction === b.fraction) return 0;
  return a.fraction < b.fraction ? -1 : 1;
}
