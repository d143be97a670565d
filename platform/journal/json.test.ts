import { isDeepStrictEqual } from 'node:util';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toCanonical } from './json.ts';

// Keys that JavaScript orders by itself, keys that are prefixes of each other, and the one that is not a key at all when assigned.
const key = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('10', '9', '1a', '-1', '', ' ', '__proto__', 'constructor', 'toJSON', 'a', 'aa', 'ﬀ', '😀', '\u0000'),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, -0, 1e21, 1e-7, Number.MAX_SAFE_INTEGER),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries) as unknown),
  ),
}));

test('the text is the one of RFC 8785, as the canonicalize package gives it', () => {
  fc.assert(
    fc.property(value, (given) => {
      const canonical = toCanonical(given);
      expect(canonical).toMatchObject({ ok: true, text: canonicalize(given) });
    }),
    { numRuns: 1000 },
  );
});

test('the value is what a reader will parse from the text, and shares nothing with what was given', () => {
  fc.assert(
    fc.property(value, (given) => {
      const canonical = toCanonical(given);
      if (!canonical.ok) throw new Error(canonical.what);
      // Not toStrictEqual, which asks a value for its constructor.
      expect(isDeepStrictEqual(canonical.value, JSON.parse(canonical.text))).toBe(true);
      if (given !== null && typeof given === 'object') expect(canonical.value).not.toBe(given);
    }),
  );
});

test('the path leads to the first thing that JSON cannot carry', () => {
  expect(toCanonical({ a: [0, { b: [Number.NaN] }] })).toEqual({ ok: false, path: '.a[1].b[0]', what: 'NaN' });
});

test('nesting is taken to 128 levels and not beyond, however deep it goes', () => {
  const nested = (levels: number): unknown => Array.from({ length: levels }).reduce<unknown>((inner) => [inner], null);
  expect(toCanonical(nested(128)).ok).toBe(true);
  expect(toCanonical(nested(129))).toMatchObject({ ok: false, what: 'nested deeper than 128 levels' });
  expect(toCanonical(nested(1_000_000)).ok).toBe(false);
});
