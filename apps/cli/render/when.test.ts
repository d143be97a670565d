import { expect, it } from 'vitest';
import { duration, relative } from './when.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

it.each([
  [0, '0 ms'],
  [950, '950 ms'],
  [1_250, '1.2 s'],
  [42_000, '42 s'],
  [180_000, '3 min'],
  [12_000_000, '3 h 20 min'],
  [7_200_000, '2 h'],
  [90_000_000, '1 day 1 h'],
  [5 * 86_400_000 + 3_600_000, '5 days'],
])('says %d ms as %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

it('says times as seen from now', () => {
  expect(relative('2026-03-01T11:57:00Z', now)).toBe('3 min ago');
  expect(relative('2026-03-01T14:00:00Z', now)).toBe('in 2 h');
  expect(relative('2026-03-01T12:00:01Z', now)).toBe('just now');
  expect(relative('soon', now)).toBe('soon');
});
