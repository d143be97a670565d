import { describe, expect, test } from 'vitest';
import { readWeekWindow, windowEnd } from './week-window.ts';

const at = (text: string): number => Date.parse(text);
const endOf = (window: string, now: string): string | undefined => {
  const read = readWeekWindow(window);
  if (read === undefined) throw new Error(`\`${window}\` is no window`);
  const end = windowEnd(read, at(now));
  return end === undefined ? undefined : new Date(end).toISOString();
};

describe('a time of the week', () => {
  // 2026-01-01 is a Thursday.
  test.each([
    ['mon-fri 09:00-17:00 Z', '2026-01-01T09:00:00.000Z', '2026-01-01T17:00:00.000Z'],
    ['mon-fri 09:00-17:00 Z', '2026-01-01T16:59:59.999Z', '2026-01-01T17:00:00.000Z'],
    ['mon-fri 09:00-17:00 Z', '2026-01-01T08:59:59.999Z', undefined],
    ['mon-fri 09:00-17:00 Z', '2026-01-01T17:00:00.000Z', undefined],
    ['mon-fri 09:00-17:00 Z', '2026-01-03T12:00:00.000Z', undefined],
    ['mon-fri 09:00-17:00 +01:00', '2026-01-01T08:00:00.000Z', '2026-01-01T16:00:00.000Z'],
    ['mon-fri 09:00-17:00 -05:30', '2026-01-01T14:30:00.000Z', '2026-01-01T22:30:00.000Z'],
    ['thu 22:00-06:00 Z', '2026-01-02T05:59:00.000Z', '2026-01-02T06:00:00.000Z'],
    ['thu 22:00-06:00 Z', '2026-01-01T05:59:00.000Z', undefined],
    ['fri-mon 00:00-24:00 Z', '2026-01-04T12:00:00.000Z', '2026-01-05T00:00:00.000Z'],
    ['fri-mon 00:00-24:00 Z', '2026-01-01T12:00:00.000Z', undefined],
    ['daily 12:00-12:00 Z', '2026-01-01T12:00:00.000Z', '2026-01-02T12:00:00.000Z'],
    ['thu 10:59-11:59 +00:59', '2026-01-01T10:30:00.000Z', '2026-01-01T11:00:00.000Z'],
    ['thu 00:00-24:00 +14:00', '2025-12-31T10:00:00.000Z', '2026-01-01T10:00:00.000Z'],
    ['sat,sun 10:00-11:00 Z', '1969-12-27T10:30:00.000Z', '1969-12-27T11:00:00.000Z'],
  ])('%s at %s ends %s', (window, now, end) => {
    expect(endOf(window, now)).toBe(end);
  });

  test.each([
    '',
    'mon',
    'mon 9:00-17:00 Z',
    'mon 09:00-17:00',
    'monday 09:00-17:00 Z',
    'mon-tue-wed 09:00-17:00 Z',
    'mon 24:00-01:00 Z',
    'mon 09:60-10:00 Z',
    'mon 09:00-24:01 Z',
    'mon 09:00-17:00 +15:00',
    'mon 09:00-17:00 +01:60',
    'mon 09:00-17:00 +01:000',
    'mon-x 09:00-17:00 Z',
    'x-mon 09:00-17:00 Z',
    'mon 09:00-17:00 Europe/Berlin',
    ' mon 09:00-17:00 Z',
    'mon  09:00-17:00 Z',
    'MON 09:00-17:00 Z',
  ])('`%s` is none', (text) => {
    expect(readWeekWindow(text)).toBeUndefined();
  });

  test('a clock that reads nonsense is in none', () => {
    const always = readWeekWindow('daily 00:00-24:00 Z');
    expect(always && [Number.NaN, Infinity, 1.5].map((now) => windowEnd(always, now))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
