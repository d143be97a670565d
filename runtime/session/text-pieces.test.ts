import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contextEvents, textDigest } from './context.ts';
import { textPieces } from './text-pieces.ts';

it('LAW: the pieces of a text are all of it, none longer than asked, and no character comes apart', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 2, max: 9 }), (text, most) => {
      const pieces = textPieces(text, most);
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) expect(piece.length <= most && piece.length > 0 && piece.isWellFormed()).toBe(true);
    }),
  );
});

it('what a turn was given is kept whole, wherever it is cut', () => {
  for (const before of ['', 'x']) {
    const text = before + '😀'.repeat(40_000);
    const kept = contextEvents('t-1', text).map(({ data }) => data as { text: string; digest: string }); // as it writes them
    expect(kept.every((part) => part.text.isWellFormed() && part.digest === textDigest(text))).toBe(true);
    expect(kept.map((part) => part.text).join('')).toBe(text);
  }
});
