import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareDecimal, parseDecimal } from './decimal.ts';

const compare = (a: string, b: string): number | undefined => {
  const [x, y] = [parseDecimal(a), parseDecimal(b)];
  return x && y && compareDecimal(x, y);
};

describe('exact decimals', () => {
  test('the same number in several spellings is the same number', () => {
    expect(compare('500', '500.0')).toBe(0);
    expect(compare('500.0', '500.00')).toBe(0);
    expect(compare('0500', '500.000000000000000000')).toBe(0);
  });

  test('differences that binary floating point cannot hold', () => {
    expect(compare('0.1', '0.100000000000000001')).toBe(-1);
    expect(compare('9007199254740993', '9007199254740992')).toBe(1);
  });

  test.each([
    '',
    '-1',
    '+1',
    '1.',
    '.5',
    '1e300',
    'NaN',
    'Infinity',
    '1,000',
    ' 1',
    '1\n',
    '١',
    '0x10',
    '1.1234567890123456789',
    '9'.repeat(101),
  ])('`%s` is not a decimal', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  test.each([
    ['007.50', '7', '5'],
    ['0', '', ''],
    ['000.000', '', ''],
    ['10', '10', ''],
    ['9'.repeat(100), '9'.repeat(100), ''],
    ['1.123456789012345678', '1', '123456789012345678'],
  ])('%s has one form', (text, whole, fraction) => {
    expect(parseDecimal(text)).toEqual({ whole, fraction });
  });

  test('what is no text is no decimal, and throws nothing', () => {
    // @ts-expect-error parsed JSON that skipped the edge
    expect([parseDecimal(undefined), parseDecimal(5), parseDecimal(['5'])]).toEqual(Array(3).fill(undefined));
  });

  test.each([
    ['9', '10', -1],
    ['10', '9', 1],
    ['19', '20', -1],
    ['20', '19', 1],
    ['1.2', '1.19', 1],
    ['1.19', '1.2', -1],
    ['1.2', '1.20', 0],
  ])('%s beside %s: %i', (a, b, expected) => {
    expect(compare(a, b)).toBe(expected);
  });

  test('orders as the numbers do', () => {
    const digits = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 18 }));
    const write = (units: bigint, places: number): string => {
      const text = units.toString().padStart(places + 1, '0');
      return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
    };
    fc.assert(
      fc.property(digits, digits, ([a, p], [b, q]) => {
        const [x, y] = [a * 10n ** BigInt(18 - p), b * 10n ** BigInt(18 - q)];
        expect(compare(write(a, p), write(b, q))).toBe(x === y ? 0 : x < y ? -1 : 1);
      }),
    );
  });
});
