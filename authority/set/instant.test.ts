import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareInstant, parseInstant } from './instant.ts';

const compare = (a: string, b: string): number | undefined => {
  const [x, y] = [parseInstant(a), parseInstant(b)];
  return x && y && compareInstant(x, y);
};

describe('RFC 3339 instants', () => {
  test('the same moment in several spellings is the same moment', () => {
    expect(compare('2026-07-01T00:00:00Z', '2026-07-01T02:00:00.000+02:00')).toBe(0);
    expect(compare('2026-07-01T00:00:00.5Z', '2026-06-30t19:00:00.50000-05:00')).toBe(0);
  });

  test('fractions finer than a millisecond count', () => {
    expect(compare('2026-07-01T00:00:00.0001Z', '2026-07-01T00:00:00.00010001Z')).toBe(-1);
    expect(compare('2026-07-01T00:00:00.00010Z', '2026-07-01T00:00:00.0001Z')).toBe(0);
    expect(compare('2026-07-01T00:00:00.0012Z', '2026-07-01T00:00:00.00105Z')).toBe(1);
  });

  test.each([
    '2026-07-01',
    '2026-07-01T00:00:00',
    '2026-07-01 00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-06-31T00:00:00Z',
    '2026-07-01T24:00:00Z',
    '2026-12-31T23:59:60Z',
    '2026-07-01T00:00:00+2:00',
    '2026-07-01T00:00:00Z\n',
    '',
  ])('`%s` is not an instant', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test('agrees with the calendar of the platform', () => {
    const date = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (d) => {
        expect(parseInstant(d.toISOString())).toEqual({ ms: d.getTime(), rest: '' });
      }),
    );
  });
});
