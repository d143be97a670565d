import { describe, expect, it } from 'vitest';
import { cut, hang, padTo, table, width, wrap } from './width.ts';

describe('width', () => {
  it('counts columns, not code units', () => {
    expect([width('abc'), width('通行'), width('a\u0301'), width('👍'), width('\u001b[31mred\u001b[39m')]).toEqual([
      3, 4, 1, 2, 3,
    ]);
  });

  it('cuts at the column and says that it did', () => {
    expect(cut('abcdef', 6)).toBe('abcdef');
    expect(cut('abcdefg', 6)).toBe('abcde…');
    expect(width(cut('通行通行通行', 7))).toBeLessThanOrEqual(7);
  });

  it('pads to the column and never cuts', () => {
    expect(padTo('通', 4)).toBe('通  ');
    expect(padTo('abcdef', 2)).toBe('abcdef');
  });

  it('wraps at spaces and leaves long words whole', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('a /very/long/path b', 6)).toEqual(['a', '/very/long/path', 'b']);
  });

  it('hangs what does not fit below the text', () => {
    expect(hang('writ  ', 'one two three', 13)).toEqual(['writ  one two', '      three']);
    expect(hang('writ  ', 'one two three', Infinity)).toEqual(['writ  one two three']);
  });

  it('aligns columns of coloured and wide cells', () => {
    const rows = table([
      ['\u001b[32m通\u001b[39m', 'x'],
      ['abcd', 'y'],
    ]);
    expect(rows.map((row) => width(row))).toEqual([9, 9]);
  });
});
