import { describe, expect, test } from 'vitest';
import type { Condition, SignalValue } from '../mandate/mandate.ts';
import { holdsUntil, readingText, standing, timeSubject, whyMalformedConditions } from './condition.ts';

const at = Date.UTC(2026, 0, 5, 12); // a Monday, noon
const condition = (more: Partial<Condition>): Condition => ({
  id: 'c',
  subject: 'risk',
  test: 'equals',
  value: 70,
  onFailure: 'suspend',
  returns: 'automatically',
  holdMs: 0,
  maxAgeMs: null,
  whenUnreported: 'unknown',
  ...more,
});
const hours = (value: string, more: Partial<Condition> = {}) =>
  condition({ subject: timeSubject, test: 'within', value, ...more });
const read = (value: SignalValue, when = at) => ({ value, at: when, sequence: 1 });

describe('the standing of a condition', () => {
  test.each<[Condition['test'], SignalValue, SignalValue, string]>([
    ['equals', 70, 70, 'holds'],
    ['equals', 70, 71, 'fails'],
    ['equals', 'open', 'open', 'holds'],
    ['equals', true, 'true', 'fails'],
    ['equals', Number.NaN, Number.NaN, 'fails'],
    ['not_equals', 70, 71, 'holds'],
    ['not_equals', 70, 70, 'fails'],
    ['not_equals', true, 'true', 'unknown'],
    ['not_equals', 70, Number.NaN, 'unknown'],
    ['not_equals', Number.NaN, 70, 'unknown'],
    ['less_than', 70, 69, 'holds'],
    ['less_than', 70, 70, 'fails'],
    ['less_than', 70, 71, 'fails'],
    ['at_most', 70, 69, 'holds'],
    ['at_most', 70, 70, 'holds'],
    ['at_most', 70, 71, 'fails'],
    ['greater_than', 70, 69, 'fails'],
    ['greater_than', 70, 70, 'fails'],
    ['greater_than', 70, 71, 'holds'],
    ['at_least', 70, 69, 'fails'],
    ['at_least', 70, 70, 'holds'],
    ['at_least', 70, 71, 'holds'],
    ['at_least', 'a', 'b', 'unknown'],
    ['less_than', true, false, 'unknown'],
    ['less_than', 70, '69', 'unknown'],
    ['at_least', 70, Number.NaN, 'unknown'],
  ])('%s %j, read %j: %s', (kind, value, actual, expected) => {
    expect(standing(condition({ test: kind, value }), read(actual), at)).toBe(expected);
  });

  test('of a subject nobody reported on is what its approver said', () => {
    expect(standing(condition({ whenUnreported: 'holds' }), undefined, at)).toBe('holds');
    expect(standing(condition({ whenUnreported: 'unknown' }), undefined, at)).toBe('unknown');
  });

  test('of a reading that is older than it may be, or from further ahead, is unknown', () => {
    const of = (when: number, now = at) => standing(condition({ maxAgeMs: 1_000 }), read(70, when), now);
    expect(of(at - 1_000)).toBe('holds');
    expect(of(at - 1_001)).toBe('unknown');
    expect(of(at + 1_000)).toBe('holds');
    expect(of(at + 1_001)).toBe('unknown');
    expect(of(Number.NaN)).toBe('unknown');
    expect(of(at, Number.NaN)).toBe('unknown');
    expect(standing(condition({}), read(70, 0), at)).toBe('holds');
  });

  test('of the clock needs no reading', () => {
    expect(standing(hours('mon-fri 09:00-17:00 Z'), undefined, at)).toBe('holds');
    expect(standing(hours('tue-fri 09:00-17:00 Z'), undefined, at)).toBe('fails');
    expect(standing(hours('whenever'), undefined, at)).toBe('unknown');
    expect(standing(hours('mon-fri 09:00-17:00 Z'), undefined, Number.NaN)).toBe('unknown');
    expect(standing(hours('mon-fri 09:00-17:00 Z'), undefined, at + 0.5)).toBe('unknown');
  });
});

describe('until when it stands', () => {
  test('as long as its reading is young enough, or its window open', () => {
    expect(holdsUntil(condition({ maxAgeMs: 1_000 }), read(70), at)).toBe(at + 1_001);
    expect(holdsUntil(condition({}), read(70), at)).toBe(Infinity);
    expect(holdsUntil(condition({ maxAgeMs: 1_000 }), undefined, at)).toBe(Infinity);
    expect(holdsUntil(hours('mon-fri 09:00-17:00 Z'), undefined, at)).toBe(at + 5 * 3_600_000);
    expect(holdsUntil(hours('sun 09:00-17:00 Z'), undefined, at)).toBe(at);
    expect(holdsUntil(hours('whenever'), undefined, at)).toBe(at);
  });

  test('and what a person reads of it', () => {
    expect(readingText(condition({}), read(71))).toBe('71');
    expect(readingText(condition({}), read(false))).toBe('false');
    expect(readingText(condition({}), undefined)).toBe('unknown');
    expect(readingText(hours('daily 00:00-24:00 Z'), undefined)).toBe('outside of it');
  });
});

describe('conditions that mean nothing', () => {
  test.each<[string | undefined, readonly Condition[]]>([
    [undefined, []],
    [undefined, [condition({ id: 'a' }), condition({ id: 'b' })]],
    [undefined, [hours('mon-fri 09:00-17:00 +01:00')]],
    [undefined, [condition({ holdMs: 60_000 })]],
    ['two conditions are called `c`; give each its own id', [condition({}), condition({ subject: 'other' })]],
    ['condition `c` has to hold for a time that is none', [condition({ holdMs: -1 })]],
    ['condition `c` has to hold for a time that is none', [condition({ holdMs: 0.5 })]],
    [
      'condition `c` is of `risk`: `within` is of `time`, and `time` of nothing else',
      [condition({ test: 'within', value: 'daily 00:00-24:00 Z' })],
    ],
    [
      'condition `c` is of `time`: `within` is of `time`, and `time` of nothing else',
      [condition({ subject: timeSubject })],
    ],
    ['the subject of condition `c` cannot be used: it is empty', [condition({ subject: '' })]],
    ['condition `c` is no time of the week; write one such as `mon-fri 09:00-17:00 +01:00`', [hours('whenever')]],
    [
      'condition `c` is of the clock, which comes back by itself: let it suspend and return automatically, or give an earlier expiry',
      [hours('daily 00:00-24:00 Z', { onFailure: 'revoke' })],
    ],
    [
      'condition `c` is of the clock, which comes back by itself: let it suspend and return automatically, or give an earlier expiry',
      [hours('daily 00:00-24:00 Z', { returns: 'by_reinstatement' })],
    ],
  ])('%s', (why, conditions) => {
    expect(whyMalformedConditions(conditions)).toBe(why);
  });
});
