import { describe, expect, test } from 'vitest';
import { askPolicy } from './ask-policy.ts';
import { coversSubject, whyMalformedSubject } from './subject.ts';

describe('a subject', () => {
  test.each([
    ['branch:app/main', undefined],
    ['x'.repeat(512), undefined],
    ['Größe', undefined],
    ['', 'it is empty'],
    ['x'.repeat(513), 'it is longer than 512 characters'],
    ['a b', 'it holds a space or a character that cannot be seen'],
    ['a\u200bb', 'it holds a space or a character that cannot be seen'],
    ['a\ud800', 'it holds a space or a character that cannot be seen'],
    ['Gro\u0308\u00dfe', 'it holds a character in more than one way to write it'],
  ])('%j: %s', (text, why) => {
    expect(whyMalformedSubject(text)).toBe(why);
  });

  test.each([
    ['branch:app', 'branch:app', true],
    ['branch:app', 'branch:app/main', true],
    ['branch:', 'branch:app', true],
    ['branch', 'branch:app', true],
    ['pr', 'pr#7', true],
    ['pr#', 'pr#7', true],
    ['branch:app', 'branch:apple', false],
    ['branch:app/main', 'branch:app', false],
    ['risk', 'branch', false],
    ['risk:', 'branch:app', false],
  ])('%s covers %s: %s', (prefix, subject, covers) => {
    expect(coversSubject(prefix, subject)).toBe(covers);
  });
});

describe('policy', () => {
  const policy = { version: 'p1', refusedToAgents: { 'mandate.administer': 'people do that' }, classes: {} };

  test('refuses what it names to agents, with its reason, and nothing that every object has', () => {
    expect(askPolicy(policy, 'mandate.administer', 'privileged_administration')).toEqual({
      permits: false,
      version: 'p1',
      detail: 'people do that',
    });
    for (const action of ['file.read', 'toString', 'constructor'])
      expect(askPolicy(policy, action, 'consequential_write')).toEqual({ permits: true, version: 'p1' });
  });
});
