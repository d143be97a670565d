/** Agent output is hostile wherever it is shown: these strings have moved cursors, hidden text and reordered it elsewhere. */

import { describe, expect, it } from 'vitest';
import { safeJson, safeLines, safeText } from './safe-text.ts';

const acting = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff]/;

describe('safeText', () => {
  it('keeps what a person can read, in any script', () => {
    for (const text of ['plain', 'naïve café', 'ключ доступа', '通行密钥', 'مفتاح', '👩‍💻 ok', 'a\u0301'])
      expect(safeText(text)).toBe(text);
  });

  it.each([
    ['cursor movement', 'a\u001b[2J\u001b[1;1Hb', 'a␛[2J␛[1;1Hb'],
    ['a window title', '\u001b]0;owned\u0007', '␛]0;owned␇'],
    ['a hyperlink', '\u001b]8;;https://evil\u001b\\click\u001b]8;;\u001b\\', '␛]8;;https://evil␛\\click␛]8;;␛\\'],
    ['an 8-bit CSI', '\u009b31m', '‹U+009B›31m'],
    ['a carriage return that rewrites the line', 'approve\rrefuse', 'approve␍refuse'],
    ['backspaces', 'rm\b\bls', 'rm␈␈ls'],
    ['reordering', 'user\u202etxt.exe', 'user‹U+202E›txt.exe'],
    ['isolates', '\u2066a\u2069', '‹U+2066›a‹U+2069›'],
    ['zero width', 'pay\u200bpal\ufeff', 'pay‹U+200B›pal‹U+FEFF›'],
    ['a tag character', 'a\u{e0041}', 'a‹U+E0041›'],
    ['a lone surrogate', 'a\ud800', 'a‹U+D800›'],
  ])('shows %s instead of doing it', (_, hostile, shown) => {
    expect(safeText(hostile)).toBe(shown);
    expect(safeText(hostile)).not.toMatch(acting);
  });

  it('removes colours and keeps one line', () => {
    expect(safeText('\u001b[1;31mred\u001b[0m')).toBe('red');
    expect(safeText('one\ntwo\r\nthree\tfour')).toBe('one ↵ two ↵ three four');
  });

  it('is no more to be fooled the second time', () => {
    const once = safeText('\u001b\u001b[31m[2Jx');
    expect(once).not.toMatch(acting);
    expect(safeText(once)).toBe(once);
  });
});

describe('safeLines', () => {
  it('keeps lines and neutralises each', () => {
    expect(safeLines('a\n\u001b[Ab\n\tc')).toEqual(['a', '␛[Ab', '  c']);
  });
});

describe('safeJson', () => {
  it('is the same value with nothing a terminal acts on', () => {
    const value = { text: 'a\u009b2J\u202eb\u{e0041}\ud800', list: ['\u001b[2J'] };
    const json = safeJson(value);
    expect(JSON.parse(json)).toEqual(value);
    expect(json).not.toMatch(acting);
  });
});
