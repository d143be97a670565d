// Decimal digits inside a text, read where they stand: the ASCII digits and no others.

const ZERO = 48;

/** The number that the digits from one index up to another make; NaN where there are none, or something else is among them. Exact up to 15 digits. */
export function digits(text: string, from: number, to: number): number {
  if (to <= from || to > text.length) return Number.NaN;
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
