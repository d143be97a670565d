import fc from 'fast-check';
import { expect, test } from 'vitest';
import { whyMalformedSubject } from '@writ/authority';
import type { JsonValue } from '@writ/protocol';
import { namesOf } from './subject-name.ts';

test.each([
  [{ format: 'email', email: 'Ada+x@Example.com' }, ['ada+x@example.com']],
  [{ format: 'iss_sub', iss: 'https://idp.example/', sub: 'ada@x/y#z' }, ['https://idp.example/#ada@x%2Fy%23z']],
  [{ format: 'opaque', id: 'a@b:c/d#e+f' }, ['a%40b%3Ac%2Fd%23e%2Bf']],
  [{ format: 'phone_number', phone_number: '+12065550100' }, ['+12065550100']],
  [{ format: 'phone_number', phone_number: '0800' }, []],
  [{ format: 'account', uri: 'acct:ada@x.org' }, ['acct:ada@x.org']],
  [{ format: 'account', uri: 'https://x.org' }, []],
  [{ format: 'did', url: 'did:example:1#key' }, ['did:example:1%23key']],
  [{ format: 'uri', uri: 'urn:uuid:4e85' }, ['urn:uuid:4e85']],
  [
    {
      format: 'aliases',
      identifiers: [
        { format: 'opaque', id: 'a' },
        { format: 'aliases', identifiers: [] },
      ],
    },
    ['a'],
  ],
  [{ format: 'email', email: 'ada' }, []],
  [{ format: 'email', email: '@x' }, []],
  [{ format: 'opaque' }, []],
  [{ format: 'jwt_id', iss: 'x', jti: 'y' }, []],
  [{ email: 'a@b.c' }, []],
  [null, []],
])('%j is %j', (identifier, names) => {
  expect(namesOf(identifier as JsonValue)).toEqual(names);
});

test('attack 34: identifiers that differ have names that differ, and a facet after one is never part of another', () => {
  const text = fc.oneof(
    fc.constantFrom(
      'a',
      'a/sessions',
      'a#b',
      'a@b',
      'acct:a@b',
      '+1234',
      '%40',
      'https://i.e',
      'https://i.e#a',
      'é',
      'a:b',
    ),
    fc.string({
      minLength: 1,
      maxLength: 6,
      unit: fc.constantFrom('a', 'b', '@', ':', '#', '/', '+', '%', '.', '4', '0'),
    }),
  );
  const identifier = fc.oneof(
    text.map((email) => ({ format: 'email', email: email.toLowerCase() })),
    fc.record({ format: fc.constant('iss_sub'), iss: text, sub: text }),
    text.map((id) => ({ format: 'opaque', id })),
    text.map((phone_number) => ({ format: 'phone_number', phone_number })),
    text.map((uri) => ({ format: 'uri', uri })),
  );
  const facet = fc.constantFrom('', '/sessions', '/risk');
  const subject = (one: object, of: string) => namesOf(one as JsonValue).map((name) => `person:${name}${of}`)[0];
  fc.assert(
    fc.property(identifier, facet, identifier, facet, (a, of, b, or) => {
      const [one, other] = [subject(a, of), subject(b, or)];
      fc.pre(one !== undefined && other !== undefined);
      expect(whyMalformedSubject(one ?? '')).toBeUndefined();
      expect(one === other).toBe(JSON.stringify([a, of]) === JSON.stringify([b, or]));
    }),
    { seed: 34, numRuns: 2_000 },
  );
});
