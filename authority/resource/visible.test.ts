import { describe, expect, test } from 'vitest';
import { imitates } from './lookalike.ts';
import { quote, quoteBriefly, spelt, visible } from './visible.ts';

describe('text that is safe to show', () => {
  test.each([
    ['plain text, with a space', 'plain text, with a space'],
    ['Größe 設計 😀', 'Größe 設計 😀'],
    ['a\u202eb', 'a\\u{202e}b'],
    ['a\u001b[2Jb', 'a\\u{1b}[2Jb'],
    ['a\nb\u2028c', 'a\\u{a}b\\u{2028}c'],
    ['a\u00a0b', 'a\\u{a0}b'],
    ['a`b\\c', 'a\\u{60}b\\u{5c}c'],
    ['\ud800', '\\u{d800}'],
    ['\u0301a', '\\u{301}a'],
    ['e\u0301', 'e\u0301'],
    ['\u{e0041}', '\\u{e0041}'],
    ['', ''],
  ])('%j', (text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(quote(text)).toBe(`\`${shown}\``);
  });

  test('spelt out, it is ASCII', () => {
    expect(spelt('Gr\u00f6\u00dfe')).toBe('Gr\\u{f6}\\u{df}e');
    expect(spelt('\u{1f600}`')).toBe('\\u{1f600}\\u{60}');
    expect(spelt('plain')).toBe('plain');
  });

  test('for a message it is short, and what is no text is named by its kind', () => {
    expect(quoteBriefly('a'.repeat(200))).toBe(`\`${'a'.repeat(200)}\``);
    expect(quoteBriefly('a'.repeat(201))).toBe(`\`${'a'.repeat(200)}\`…`);
    expect(quoteBriefly('')).toBe('``');
    expect(quoteBriefly(null)).toBe('(null)');
    expect(quoteBriefly(undefined)).toBe('(undefined)');
    expect(quoteBriefly({ length: 1 })).toBe('(object)');
    expect(quoteBriefly(7)).toBe('(number)');
  });
});

describe('words that imitate others', () => {
  test.each([
    'a\u0441me', // a Cyrillic letter among Latin ones
    'x \u0430\u0441\u0435', // a word of nothing but letters drawn like Latin ones
    'x.\u0420\u0410\u0421-7',
    '\u03bf7',
    'acme\u03bf',
    'ａｃｍｅ', // full width, which folds into Latin
    'ﬁle',
    '\u13aa\u13a0b',
  ])('%s does', (text) => {
    expect(imitates(text)).toBe(true);
  });

  test.each([
    'acme',
    'Größe',
    'документы',
    'документы-acme',
    'план 7',
    'дом',
    'кит',
    'λόγος',
    '設計',
    '',
    '7',
    'a.b/c_d',
  ])('%s does not', (text) => {
    expect(imitates(text)).toBe(false);
  });
});
