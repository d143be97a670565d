import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareInstant, firstMillisecond, parseInstant } from './instant.ts';

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
    '2026/07-01T00:00:00Z',
    '2026-07/01T00:00:00Z',
    '2026-07-01T00.00:00Z',
    '2026-07-01T00:00.00Z',
    '2026-07-01T00:60:00Z',
    '2026-07-01T00:00:00 02:00',
    '2026-07-01T00:00:00+02.00',
    '2026-07-01T00:00:00+24:00',
    '2026-07-01T00:00:00+02:60',
    '2026-07-01T00:00Z',
    '2026-07-01T00:00+02:00',
    '2026-07-01T00:00:00.Z',
    '2026-07-01T00:00:00,5Z',
    '2026-07-01T00:00:00.5.5Z',
    '2026-07-01T00:00:00.5e1Z',
    '2026-07-01T00:00:005Z',
    `2026-07-01T00:00:00.${'1'.repeat(31)}Z`,
    '2026-07-00T00:00:00Z',
    '2026-07--1T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-02-30T00:00:00Z',
    '2024-01-32T00:00:00Z',
    '2024-04-31T00:00:00Z',
  ])('`%s` is not an instant', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test.each([
    '2024-02-29T00:00:00Z',
    '2000-02-29T00:00:00Z',
    '2024-01-31T00:00:00Z',
    '2024-03-31T00:00:00Z',
    '2024-02-01T00:00:00Z',
    '2026-07-01T23:59:59Z',
    '2026-07-01T00:00:00+23:59',
    '2026-07-01T00:00:00-05:30',
    '2026-07-01T00:00:00.12Z',
  ])('%s is the moment the platform reads', (text) => {
    expect(parseInstant(text)).toEqual({ ms: Date.parse(text), rest: '' });
  });

  test('a small `t` and `z` are as good as capital ones', () => {
    expect(compare('2026-07-01t00:00:00z', '2026-07-01T00:00:00Z')).toBe(0);
  });

  test('as many digits of a fraction as a clock could write are read', () => {
    expect(parseInstant(`2026-07-01T00:00:00.${'1'.repeat(30)}Z`)).toEqual({
      ms: Date.UTC(2026, 6, 1, 0, 0, 0, 111),
      rest: '1'.repeat(27),
    });
  });

  test('what is no text is no instant, and throws nothing', () => {
    // @ts-expect-error parsed JSON that skipped the edge
    expect([parseInstant(undefined), parseInstant(7), parseInstant(['2026'])]).toEqual(Array(3).fill(undefined));
  });

  test('the first whole millisecond at or after it', () => {
    expect(firstMillisecond({ ms: 5, rest: '' })).toBe(5);
    expect(firstMillisecond({ ms: 5, rest: '0001' })).toBe(6);
  });

  test('orders moments, whichever comes first', () => {
    expect(compare('2026-07-01T00:00:00Z', '2026-07-01T00:00:00.001Z')).toBe(-1);
    expect(compare('2026-07-01T00:00:00.001Z', '2026-07-01T00:00:00Z')).toBe(1);
    expect(compare('2026-07-01T00:00:00.0002Z', '2026-07-01T00:00:00.0001Z')).toBe(1);
    expect(compare('2026-07-01T00:00:00.0001Z', '2026-07-01T00:00:00.0001Z')).toBe(0);
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
