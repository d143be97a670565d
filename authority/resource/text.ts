// Which characters a name inside a resource may be made of, judged on its fully decoded text.
// Refuses whatever two programs could read differently: text that is not NFC, invisible and reordering characters, and characters that
// become a separator or a dot under compatibility folding or in an older code page. Guards attack 25 of the speed-and-safety list (Unicode confusion).

const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{DI}]|(?! )\p{Zs}/u;
const NON_ASCII = /[^\u0000-\u007f]/gu;
const STRUCTURAL = /[/\\.%?#:@]/;
// Fraction and division slashes, set minus and their kin: folding leaves them alone, and best-fit code pages turn them into `/` or `\`.
const SLASH_LIKE = /[\u2044\u2215\u2216\u29f5\u29f8\u29f9]/;

/** Why this decoded text cannot be part of a resource, or undefined when it can. */
export function whyUnsafeText(text: string): string | undefined {
  if (!text.isWellFormed()) return 'it holds half of a surrogate pair';
  if (INVISIBLE.test(text)) return 'it holds an invisible, control or text-reordering character';
  if (text.normalize('NFC') !== text) return 'it is not in Unicode normal form NFC';
  for (const [character] of text.matchAll(NON_ASCII)) {
    if (STRUCTURAL.test(character.normalize('NFKC')) || SLASH_LIKE.test(character))
      return 'it holds a character that can be taken for a separator';
  }
  return undefined;
}
