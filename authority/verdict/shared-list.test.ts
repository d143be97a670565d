import { expect, test } from 'vitest';
import { mostRemembered, sharedList } from './shared-list.ts';

const [a, b] = [{ is: 'same' }, { is: 'same' }];

test('lists of the very same members in one order are one', () => {
  const list = sharedList([a, b]);
  expect(sharedList([a, b])).toBe(list);
  expect(sharedList([b, b])).toEqual([b, b]);
  expect(sharedList([b, b])).not.toBe(list);
  expect(sharedList([b, a])).not.toBe(list);
  expect(sharedList([b])).toEqual([b]);
  expect(sharedList([a, a, b])).toHaveLength(3);
});

test('members that look alike are not the same', () => {
  expect(sharedList([a, { ...b }])).not.toBe(sharedList([a, b]));
});

test('a list that ends in nothing is given as it is, and no more than some are remembered', () => {
  const empty: object[] = [];
  expect(sharedList(empty)).toBe(empty);
  const holed = [a, undefined];
  expect(sharedList(holed)).toBe(holed);
  const last = {};
  const first = sharedList([{}, last]);
  for (let more = 0; more < mostRemembered; more += 1) sharedList([{}, last]);
  expect(sharedList([...first])).not.toBe(first);
});
