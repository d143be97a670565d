import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createReplay } from './replay-text.ts';

const replayed = (...pieces: readonly string[]): string => {
  const { show } = createReplay();
  return pieces.map(show).join('');
};

test.each([
  ['\u001b[31mred\u001b[0m \u001b[2Kline\r\n', '\u001b[31mred\u001b[0m \u001b[2Kline\r\n'],
  [
    '\u001b[?1049h\u001b[2J\u001b[3;4Hx\u001b(0q\u001b(B\u001b7',
    '\u001b[?1049h\u001b[2J\u001b[3;4Hx\u001b(0q\u001b(B\u001b7',
  ],
  ['a\u001b]0;title\u0007b', 'ab'],
  ['a\u001b]52;c;c2VjcmV0\u001b\\b', 'ab'],
  ['a\u001bP+q544e\u001b\\b', 'ab'],
  ['a\u001b]52;c;never ends', 'a'],
  ['a\u001b[6nb\u001b[>cc\u001b[21td', 'abcd'],
  ['a\u0007b\u009bc', 'abc'],
  // What is left out is never what makes a sequence of the rest.
  ['a\u001b\u001b]0;\u0007]52;c;c2VjcmV0\u001b\\b', 'a]52;c;c2VjcmV0b'],
  // A terminal does what a control inside a sequence says, and goes on with the sequence.
  ['a\u001b[6\u0000n\u001b[\r6nb', 'a\rb'],
  // Asks for an answer, resets, prints, clears the scrollback, reports the mouse, changes the keyboard.
  ['a\u0005\u001bZ\u001bc\u001b[5i\u001b[3J\u001b[?1003h\u001b[?2004h\u001b[>4;2m\u001b=\u001b[!pb', 'ab'],
])('%j', (recorded, shown) => {
  expect(replayed(recorded)).toBe(shown);
});

test('a recording is shown alike however it was cut into pieces', () => {
  expect(replayed('a\u001b', ']52;c;c2Vj', 'cmV0\u001b', '\\b')).toBe('ab');
  const piece = fc.constantFrom(...Array.from('\u001b[]?;16nmhHc\u0007\u0018\\P(0 a\r'));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(40), (characters, at) => {
      const text = characters.join('');
      const whole = replayed(text);
      expect(replayed(text.slice(0, at), text.slice(at))).toBe(whole);
      // And what is shown holds nothing that would be left out of it.
      expect(replayed(whole)).toBe(whole);
    }),
    { numRuns: 2_000 },
  );
});

test('the terminal is left as it was', () => {
  const { show, end } = createReplay();
  show('\u001b[?1049h\u001b[?25l\u001b[2;5r\u001b[7m\u001b(0x');
  expect(end()).toBe('\u001b[?1049l\u001b7\u001b[r\u001b8\u001b(B\u001b[0m\u001b[?25h');
  show('\u001b[?1049l\u001b[?25h\u001b[0m\u001b(B');
  expect(end()).toBe('\u001b7\u001b[r\u001b8');
});
