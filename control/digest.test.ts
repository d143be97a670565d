import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestJson, digestText } from './digest.ts';

test('the digest is that of the canonical text, whatever way it is had', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(digestJson(value)).toBe(digestText(canonicalize(value) ?? ''));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['keys out of order', { b: 1, a: 2 }, '{"a":2,"b":1}'],
  ['integer keys, which an object lists first', { a: 1, 10: 2, 9: 3 }, '{"10":2,"9":3,"a":1}'],
  ['a member that is undefined', { a: undefined, b: 1 }, '{"b":1}'],
  ['negative zero', { a: -0 }, '{"a":0}'],
  ['an object that says itself what it is in JSON', { a: new Date(0) }, '{"a":"1970-01-01T00:00:00.000Z"}'],
  ['a list', [{ a: [1, 'é', null, true] }], '[{"a":[1,"é",null,true]}]'],
])('%s', (_, value, text) => {
  expect(digestJson(value)).toBe(digestText(text));
});

test.each([
  ['a lone surrogate', { a: '\ud800' }],
  ['a lone surrogate in a key', { '\ud800': 1 }],
  ['a number that JSON has not', { a: Infinity }],
])('%s has no digest', (_, value) => {
  expect(() => digestJson(value)).toThrow();
});
