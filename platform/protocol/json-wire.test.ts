import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { jsonWire } from './json-wire.ts';

test('every JSON value is taken as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(jsonWire.parse(value)).toBe(value);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['a number that no double carries', JSON.parse('{"a":[1e999]}')],
  ['nothing', undefined],
  ['what JSON has not', { a: () => undefined }],
])('%s is refused', (_, value) => {
  expect(jsonWire.safeParse(value).success).toBe(false);
  expect(z.object({ data: jsonWire }).safeParse({ data: value }).success).toBe(false);
});

test('a member that is missing is not null', () => {
  expect(z.object({ data: jsonWire }).safeParse({}).success).toBe(false);
});
