/** Attack 34: two questions that share a key of the cache, so that one is answered with the other's yes. */
import { createVerdictCache } from '@writ/enforce';
import type { Question } from '@writ/enforce';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const parts = ['mandate', 'actor', 'action', 'resource', 'circumstances'] as const;
const now = { wall: 0, monotonic: 0 };
const questionOf = (texts: readonly string[]): Question => ({
  mandate: texts[0] ?? '',
  actor: texts[1] ?? '',
  action: texts[2] ?? '',
  resource: texts[3] ?? '',
  circumstances: texts[4] ?? '',
});
/** Whether a yes to `a` is given to `b`. */
function isShared(a: Question, b: Question): boolean {
  const cache = createVerdictCache(4);
  cache.put(a, { actionClass: 'workspace_write', chain: ['m'], validUntil: 10, askedAt: now });
  return cache.get(b, now) !== null;
}
const isSame = (a: Question, b: Question) => parts.every((part) => a[part] === b[part]);

describe('attack 34: delimiters in a key', () => {
  // Pieces that a careless key would join with, and what JSON escapes.
  const piece = fc.constantFrom(
    '',
    'a',
    'b',
    ',',
    '"',
    '","',
    '\\',
    '\\"',
    '|',
    ':',
    '/',
    '\n',
    '\0',
    '[',
    ']',
    '\u2028',
    '\ud800',
    '\\ud800',
    'null',
  );
  const text = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(''));
  const texts = fc.tuple(text, text, text, text, text);

  test('a yes is given to the same question and to no other', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(isShared(questionOf(a), questionOf(a))).toBe(true);
        expect(isShared(questionOf(a), questionOf(b))).toBe(isSame(questionOf(a), questionOf(b)));
      }),
      { seed: 34, numRuns: 1_000 },
    );
  });

  test('text moved from one part into the next makes another question', () => {
    fc.assert(
      fc.property(texts, fc.nat({ max: 3 }), fc.constantFrom('', ',', '","', '|', ':', '\0'), (a, at, joint) => {
        const whole = `${a[at] ?? ''}${joint}${a[at + 1] ?? ''}`;
        for (let cut = 0; cut <= whole.length; cut += 1) {
          const b = a.with(at, whole.slice(0, cut)).with(at + 1, whole.slice(cut));
          expect(isShared(questionOf(a), questionOf(b))).toBe(isSame(questionOf(a), questionOf(b)));
        }
      }),
      { seed: 34, numRuns: 300 },
    );
  });
});
