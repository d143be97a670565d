/** Attack 29: a text that two parsers read differently. What is taken is exactly what `JSON.parse` gives. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxStrictDepth, parseStrictJson } from './strict-json.ts';

const value = (text: string | Uint8Array) => {
  const parsed = parseStrictJson(text);
  return parsed.ok ? parsed.value : `refused: ${parsed.why}`;
};
const isTooLarge = (item: unknown) => Number.isInteger(item) && !Number.isSafeInteger(item);
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('parseStrictJson', () => {
  it('takes what JSON.stringify writes, and gives it back', () => {
    // JSON.stringify writes integers past 2^53, which are refused; everything else it writes is exact.
    const exact = fc
      .jsonValue({ stringUnit: 'grapheme' })
      .map((given) => JSON.stringify(given, (_, item: unknown) => (isTooLarge(item) ? 0 : item), 2));
    fc.assert(
      fc.property(exact, (text) => {
        expect(value(text)).toEqual(JSON.parse(text));
        expect(value(new TextEncoder().encode(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('says the same of a text as of the same text with a space before it', () => {
    // A text that JSON.stringify would write is seen at a glance; with a space it is read.
    const part = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"\\u0061"',
      '1',
      '-0',
      '1e3',
      '0.1',
      '12345678901234567',
      'null',
      '"\ud800"',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
          fc.jsonValue().map((given) => JSON.stringify(given)),
          fc.nat({ max: 140 }).map(nested),
        ),
        (text) => {
          expect(parseStrictJson(text)).toEqual(parseStrictJson(` ${text}`));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('refuses any object once one of its members is repeated', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.integer(), { minKeys: 1 }),
        fc.nat(),
        fc.nat(),
        (object, which, where) => {
          const members = Object.entries(object).map(([name, item]) => `${JSON.stringify(name)}:${String(item)}`);
          const twice = members.toSpliced(where % (members.length + 1), 0, members[which % members.length] ?? '');
          expect(parseStrictJson(`{${members.join()}}`)).toEqual({ ok: true, value: object });
          expect(parseStrictJson(`{${twice.join()}}`).ok).toBe(false);
        },
      ),
    );
  });

  it.each([
    ['at the top', '{"a":1,"a":2}'],
    ['with the same value', '{"a":1,"a":1}'],
    ['spelled with an escape', String.raw`{"actor":1,"\u0061ctor":2}`],
    ['spelled with two kinds of escape', String.raw`{"\n":1,"\u000a":2}`],
    ['after a nested object', '{"a":{"b":1},"c":[{"a":1}],"a":2}'],
    ['deep inside an array', '[[{"x":[1,{"k":1,"j":2,"k":3}]}]]'],
    ['with white space around', '{ "a" : 1 ,\n\t"a" : 2 }'],
    ['named like a prototype', '{"__proto__":1,"__proto__":2}'],
    ['empty', '{"":1,"":2}'],
  ])('refuses a member given twice: %s', (_, text) => {
    expect(() => void JSON.parse(text)).not.toThrow();
    expect(value(text)).toBe('refused: it names a member of an object twice');
  });

  it.each([
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":"a"}',
    '{"a":["a","a"],"b":{"a":"{\\"a\\":1,\\"a\\":2}"}}',
    '{"a":"\\\\","b":"\\"","c":"\\\\\\""}',
    '{"toString":1,"constructor":{"prototype":2},"hasOwnProperty":3}',
    '"\\ud83d\\ude00"',
  ])('takes %s', (text) => {
    expect(value(text)).toEqual(JSON.parse(text));
  });

  it('keeps a member named `__proto__` a member, not a prototype', () => {
    const parsed = value('{"__proto__":{"admin":true}}');
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(Object.keys(parsed as object)).toEqual(['__proto__']);
  });

  it.each([
    '1e309',
    '-1e309',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '1e16',
    '1e-400',
    '-0',
    '-0.0',
    '-0e9',
    '3.141592653589793238462643383279',
    '0.1000000000000000055511151231257827',
    '1.00000000000000001',
  ])('refuses the number %s', (text) => {
    expect(value(`{"limit":[${text}]}`)).toBe('refused: it holds a number that not every reader takes for the same');
  });

  it.each([
    '0',
    '7',
    '-7',
    '0.1',
    '0.10',
    '1E2',
    '1e+2',
    '100e-2',
    '0.0',
    '0e99',
    '9007199254740991',
    '5e-324',
    '1.5e-7',
    '-2.50',
  ])('takes the number %s', (text) => {
    expect(value(text)).toBe(Number(text));
  });

  it.each([
    ['in a value', String.raw`{"a":"\ud800"}`],
    ['in a name', String.raw`{"\udfff":1}`],
    ['the wrong way round', String.raw`"\ude00\ud83d"`],
    ['unescaped', '"\ud800"'],
  ])('refuses a lone surrogate %s', (_, text) => {
    expect(value(text)).toBe('refused: it holds a string with a lone surrogate');
  });

  it.each([
    ['an overlong encoding', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut sequence', [0x22, 0xe2, 0x82, 0x22]],
  ])('refuses bytes that are not UTF-8: %s', (_, bytes) => {
    expect(value(Uint8Array.from(bytes))).toBe('refused: it is not UTF-8');
  });

  it.each([
    ['nothing', ''],
    ['a byte order mark', '\ufeff{}'],
    ['a trailing comma', '{"a":1,}'],
    ['a comment', '{}//'],
    ['two values', '{}{}'],
    ['NaN', '[NaN]'],
    ['a plus sign', '+1'],
    ['a leading zero', '01'],
    ['a control character', '"\n"'],
  ])('refuses what is not JSON: %s', (_, text) => {
    expect(value(text)).toBe('refused: it is not JSON');
    expect(value(new TextEncoder().encode(text))).toBe('refused: it is not JSON');
  });

  it('refuses nesting past its bound, and takes it up to there', () => {
    expect(parseStrictJson(nested(maxStrictDepth)).ok).toBe(true);
    expect(value(nested(maxStrictDepth + 1))).toBe(
      `refused: it is nested deeper than ${String(maxStrictDepth)} levels`,
    );
    expect(parseStrictJson(nested(100_000)).ok).toBe(false);
  });
});
