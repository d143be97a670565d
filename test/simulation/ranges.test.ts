import { expect, test } from 'vitest';
import { fromRanges, toRanges } from './ranges.ts';

test('steps are told as ranges and read back', () => {
  const steps = [0, 1, 2, 7, 9, 10];
  expect(toRanges(steps)).toBe('0-2,7,9-10');
  expect(fromRanges('0-2,7,9-10')).toEqual(steps);
  expect(fromRanges('3,4, 5')).toEqual([3, 4, 5]);
  expect(() => fromRanges('1,x')).toThrow('`x`');
});
