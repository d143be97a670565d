import { expect, test } from 'vitest';
import { replayText } from './replay-text.ts';

test.each([
  ['\u001b[31mred\u001b[0m \u001b[2Kline\r\n', '\u001b[31mred\u001b[0m \u001b[2Kline\r\n'],
  ['a\u001b]0;title\u0007b', 'ab'],
  ['a\u001b]52;c;c2VjcmV0\u001b\\b', 'ab'],
  ['a\u001bP+q544e\u001b\\b', 'ab'],
  ['a\u001b]52;c;never ends', 'a'],
  ['a\u001b[6nb\u001b[>cc\u001b[21td', 'abcd'],
  ['a\u0007b\u009bc', 'abc'],
])('%j', (recorded, shown) => {
  expect(replayText(recorded)).toBe(shown);
});
