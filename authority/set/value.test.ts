// How values of bounds and facts are read, where the text of a constraint does not show it; the rest is in permits.test.ts.

import { describe, expect, test } from 'vitest';
import { parseInstant } from './instant.ts';
import {
  earlier,
  isList,
  later,
  own,
  readAmount,
  readDomain,
  readInstant,
  readLabels,
  readText,
  readWindow,
} from './value.ts';

const begin = '2026-07-01T00:00:00Z';
const end = '2026-07-02T00:00:00Z';

/** What passes for the text of a value where it is not text: made text, or asked for its length, it would read as one. */
const notText: readonly unknown[] = [undefined, null, 7, ['EUR'], [begin], { length: 3 }];

describe('reading', () => {
  test('an amount: a decimal and a currency of its own, and nothing else beside them', () => {
    expect(readAmount({ amount: '5.0', currency: 'EUR' })).toMatchObject({
      source: { amount: '5.0', currency: 'EUR' },
    });
    expect(readAmount({ amount: '5.0', currency: 'EUR', per: undefined })).toBeDefined();
    const inherited: unknown = Object.create({ amount: '5', currency: 'EUR' });
    for (const none of [
      ...notText,
      inherited,
      {},
      { amount: '5' },
      { currency: 'EUR' },
      { amount: '5', currency: 'EURO' },
      { amount: '5', currency: 'XEUR' },
      { amount: '5', currency: 'eur' },
      { amount: '5', currency: ['EUR'] },
      { amount: ['5'], currency: 'EUR' },
      { amount: 5, currency: 'EUR' },
      { amount: '5', currency: 'EUR', per: 'day' },
    ])
      expect([none, readAmount(none)]).toEqual([none, undefined]);
  });

  test('a window: at least one side, and a side that is there is an instant', () => {
    const sides = (value: unknown) => {
      const window = readWindow(value);
      return window && [window.source, window.notBefore?.source, window.notAfter?.source];
    };
    expect(sides({ notBefore: begin })).toEqual([{ notBefore: begin }, begin, undefined]);
    expect(sides({ notAfter: end })).toEqual([{ notAfter: end }, undefined, end]);
    expect(sides({ notBefore: begin, notAfter: end })).toEqual([{ notBefore: begin, notAfter: end }, begin, end]);
    expect(sides({ notBefore: begin, notAfter: undefined })).toEqual([{ notBefore: begin }, begin, undefined]);
    for (const none of [
      ...notText,
      {},
      { notBefore: undefined },
      { notBefore: 'soon' },
      { notBefore: 'soon', notAfter: end },
      { notBefore: begin, notAfter: 'later' },
      { notBefore: begin, notAfter: 7 },
      { notBefore: begin, days: ['mon'] },
    ])
      expect([none, sides(none)]).toEqual([none, undefined]);
  });

  test('labels, text, names and instants, and nothing that only looks like one', () => {
    expect(readLabels([])).toEqual([]);
    expect(readLabels(['a', 'b'])).toEqual(['a', 'b']);
    for (const none of ['ab', { 0: 'a', length: 1 }, [''], ['a', ''], ['a', 7], undefined])
      expect(readLabels(none)).toBeUndefined();
    expect(readText('a')).toBe('a');
    expect(readText('')).toBeUndefined();
    expect(readDomain('Example.com')).toBe('example.com');
    expect(readInstant(begin)).toEqual({ source: begin, instant: parseInstant(begin) });
    for (const none of notText)
      expect([readText(none), readDomain(none), readInstant(none)]).toEqual(Array(3).fill(undefined));
    expect([isList([]), isList('ab'), isList({ length: 0 })]).toEqual([true, false, false]);
  });

  test('a member the object has itself', () => {
    expect(own({ a: 1 }, 'a')).toBe(1);
    const inherited: { a?: number } = Object.create({ a: 1 }) as object; // cast: what a polluted prototype gives
    expect(own(inherited, 'a')).toBeUndefined();
  });
});

test('of two instants the later and the earlier; of one moment in two spellings the first', () => {
  const at = (text: string) => readInstant(text) ?? { source: 'none', instant: { ms: Number.NaN, rest: '' } };
  const [first, second] = [at(begin), at(end)];
  const same = at('2026-07-01T02:00:00+02:00');
  expect([later(first, second), later(second, first)]).toEqual([second, second]);
  expect([earlier(first, second), earlier(second, first)]).toEqual([first, first]);
  expect([later(first, same), earlier(first, same)]).toEqual([first, first]);
  expect([later(same, first), earlier(same, first)]).toEqual([same, same]);
});
